"""Studies of ancestry: principal components and classes, admixture, relatedness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.ancestry.admixture import estimate
from gennet.genomics.ancestry.classifier import fit_points
from gennet.genomics.ancestry.components import principal_components, project_oadp
from gennet.genomics.ancestry.matching import Shared, dosages_at, read_labels, shared_variants
from gennet.genomics.ancestry.relatedness import Fst, autosomal, degree, hudson_fst, king_robust
from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD, COHORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort

_MOST_PEOPLE = 5000
"""Pairs grow with the square of the people; more than this is refused rather than left to run out of memory."""


@dataclass(frozen=True, slots=True)
class AncestryOptions:
    """What `gennet genome ancestry` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    reference: Annotated[tuple[Path, ...], Doc("The labelled cohort to compare with, same formats.")]
    labels: Annotated[Path, Doc("Table of reference person and population, tab or comma separated.")]
    components: Annotated[int, Doc("How many principal components.")] = 10
    build: Annotated[Build | None, Doc(BUILD)] = None
    seed: Annotated[int, Doc("Seed of folds and landmarks.")] = 1


def run_ancestry(options: AncestryOptions, watch: Watch, folder: Path | None) -> Findings:
    """Project a cohort onto a reference's components and tell which labels its people resemble."""
    _ = folder
    cohort = open_given(options.cohort, build=options.build)
    reference = open_given(options.reference, build=options.build)
    labels = read_labels(options.labels)
    known = np.array([name in labels for name in reference.samples])
    if not known.any():
        raise BadInput("no reference person has a label", place=options.labels.name, remedy="check the names")
    shared = shared_variants(reference, cohort)
    base = dosages_at(reference, shared.first, np.zeros(len(shared.first), bool))[:, known]
    names = tuple(name for name, has in zip(reference.samples, known.tolist(), strict=True) if has)
    held = HeldCohort(names, reference.variants.at(shared.first), reference.build, base)
    parts = principal_components(held, options.components, watch=watch)
    theirs = dosages_at(cohort, shared.second[parts.rows], shared.swapped[parts.rows])
    scores = project_oadp(parts, theirs)
    classifier = fit_points(parts.scores, [labels[n] for n in names], np.random.default_rng(options.seed))
    chances, far = classifier.probabilities(scores), classifier.none_of_these(scores)
    mute = np.asarray(~(theirs >= 0).any(axis=0))
    people = _people_rows(cohort.samples, classifier.classes, chances, far, mute)
    axes = [f"pc{i + 1}: PC{i + 1}" for i in range(options.components)]
    points = [
        *((n, labels[n], *row) for n, row in zip(names, parts.scores.tolist(), strict=True)),
        *((n, "this cohort", *row) for n, row in zip(cohort.samples, scores.tolist(), strict=True)),
    ]
    tables = (
        table("classes", "Resemblance", ("person: Person", "label: Most like", "probability: Probability"), people),
        table("components", "Principal components", ("person: Person", "group: Group", *axes), points),
    )
    second = "pc2" if options.components > 1 else "pc1"
    figure = Figure(
        "components", "Principal components", Drawing.POINTS, "components", x="pc1", y=second, series=("group",)
    )
    held_out = f"{classifier.card['inner_accuracy']:.1%}"
    summary = f"{len(cohort.samples):,} people beside {len(names):,} of {len(classifier.classes)} populations."
    return Findings("ancestry", summary, tables, (figure,), _ancestry_notes(shared, len(parts.rows), held_out))


def _people_rows(
    samples: Sequence[str],
    classes: Sequence[str],
    chances: NDArray[np.float64],
    far: NDArray[np.bool_],
    mute: NDArray[np.bool_],
) -> list[tuple[Cell, ...]]:
    rows = list[tuple[Cell, ...]]()
    for i, name in enumerate(samples):
        best = int(chances[i].argmax())
        if mute[i]:
            rows.append((name, "not known", None))
        elif far[i]:
            rows.append((name, "none of these", None))
        else:
            rows.append((name, classes[best], float(chances[i, best])))
    return rows


def _ancestry_notes(shared: Shared, used: int, held_out: str) -> tuple[str, ...]:
    return (
        f"{used:,} polymorphic autosomal variants of both cohorts; a missing genotype counts as the mean.",
        f"{shared.ambiguous:,} A/T or C/G variants with swapped alleles were left out: their strand cannot be told.",
        f"Reference people left out were given their own label in {held_out}; settings were chosen on the same folds.",
        "Variants in linkage distort components; prune the reference before.",
    )


@dataclass(frozen=True, slots=True)
class AdmixtureOptions:
    """What `gennet genome admixture` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    populations: Annotated[int, Doc("How many ancestral populations (K).")]
    seed: Annotated[int, Doc("Seed of the starting fractions.")] = 1
    starts: Annotated[int, Doc("How many random starts; the best likelihood is kept.")] = 1
    build: Annotated[Build | None, Doc(BUILD)] = None


def run_admixture(options: AdmixtureOptions, watch: Watch, folder: Path | None) -> Findings:
    """Estimate admixture fractions of a cohort from its genotypes alone."""
    _ = folder
    if options.starts < 1:
        raise BadInput("there is no start", place="starts", remedy="ask for one or more")
    cohort = open_given(options.cohort, build=options.build)
    dosages = _polymorphic(cohort)
    rngs = np.random.default_rng(options.seed).spawn(options.starts)
    tried = [estimate(dosages, options.populations, rng, watch=watch) for rng in rngs]
    found = max(tried, key=lambda one: one.log_likelihood)
    names = [f"k{i + 1}" for i in range(options.populations)]
    mute = np.asarray(~(dosages >= 0).any(axis=0))
    rows = [
        (name, *([None] * (2 * len(names)) if mute[i] else (*_plain(found.fractions[i]), *_plain(found.errors[i]))))
        for i, name in enumerate(cohort.samples)
    ]
    columns = (
        "person: Person", *(f"{k}: Fraction {k}" for k in names), *(f"{k}_error: Standard error {k}" for k in names)
    )  # fmt: skip
    made = table("fractions", "Admixture fractions", columns, rows)
    figure = Figure(
        "fractions", "Admixture fractions", Drawing.STACKED, "fractions", label="person", series=tuple(names)
    )
    summary = f"{len(cohort.samples):,} people as mixtures of {options.populations}; log likelihood {found.log_likelihood:,.2f}."
    notes = (
        f"{len(dosages):,} polymorphic autosomal variants; sites in linkage make errors too small: prune them before.",
        "The order of populations is arbitrary; errors take the estimated frequencies as known.",
        f"{'Converged' if found.converged else 'Stopped before it converged'} after {found.iterations} cycles.",
    )
    return Findings("admixture", summary, (made,), (figure,), notes)


def _plain(values: NDArray[np.float64]) -> list[Cell]:
    return [None if np.isnan(value) else float(value) for value in values]


def _polymorphic(cohort: Cohort) -> NDArray[np.int8]:
    kept = list[NDArray[np.int8]]()
    for block in cohort.blocks(autosomal(cohort)):
        held = block.dosages >= 0
        copies = np.where(held, block.dosages, 0).sum(1)
        kept.append(block.dosages[(copies > 0) & (copies < 2 * held.sum(1))])
    dosages = np.concatenate(kept)
    if not len(dosages):
        raise BadInput("no autosomal variant is polymorphic", remedy="give more people or more variants")
    return dosages


@dataclass(frozen=True, slots=True)
class RelatednessOptions:
    """What `gennet genome relatedness` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    labels: Annotated[Path | None, Doc("Table of person and group, for FST between groups.")] = None
    least: Annotated[float, Doc("List pairs of at least this kinship.")] = 0.0442
    build: Annotated[Build | None, Doc(BUILD)] = None


def run_relatedness(options: RelatednessOptions, watch: Watch, folder: Path | None) -> Findings:
    """Find related people, and how far groups are apart."""
    _ = folder
    cohort = open_given(options.cohort, build=options.build)
    if len(cohort.samples) > _MOST_PEOPLE:
        raise BadInput(f"{len(cohort.samples):,} people", remedy=f"give at most {_MOST_PEOPLE:,} at once")
    kinship = king_robust(cohort, watch=watch)
    rows = _pairs(cohort.samples, kinship.coefficient, options.least)
    tables: list[Table] = [
        table("pairs", "Related pairs", ("pair: Pair", "kinship: Kinship", "relation: Relation"), rows)
    ]
    figures = [
        Figure(
            "pairs", "Kinship of related pairs", Drawing.BARS, "pairs", x="kinship", label="pair",
            lines=(0.0884, 0.177, 0.354),
        )
    ]  # fmt: skip
    if options.labels is not None:
        labels = read_labels(options.labels)
        apart = hudson_fst(cohort, [labels.get(name, "") for name in cohort.samples], watch=watch)
        tables.append(_fst_table(apart))
        figures.append(Figure("fst", "FST between groups", Drawing.BARS, "fst", x="fst", label="groups"))
    unknown = int(np.isnan(kinship.coefficient[np.tril_indices(len(cohort.samples), -1)]).sum())
    notes = (
        f"KING-robust over {kinship.sites:,} autosomal variants; {unknown} pairs share no heterozygous call.",
        "Coefficients are negative between populations that differ; few variants make all of them uncertain.",
    )
    summary = f"{len(rows):,} related pairs among {len(cohort.samples):,} people."
    return Findings("relatedness", summary, tuple(tables), tuple(figures), notes)


def _pairs(samples: Sequence[str], kinship: NDArray[np.float64], least: float) -> list[tuple[Cell, ...]]:
    first, second = np.nonzero(np.tril(np.nan_to_num(kinship, nan=-np.inf), -1) >= least)
    inside = first > second
    found = sorted(
        ((float(kinship[i, j]), samples[j], samples[i]) for i, j in zip(first[inside], second[inside], strict=True)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    return [(f"{a} - {b}", value, degree(value)) for value, a, b in found]


def _fst_table(apart: Sequence[Fst]) -> Table:
    rows = [(f"{f.first} - {f.second}", None if np.isnan(f.value) else f.value, f.variants) for f in apart]
    return table("fst", "Hudson's FST", ("groups: Groups", "fst: FST", "variants: Variants"), rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="ancestry",
        title="Project a cohort onto a reference's principal components and name the populations it resembles",
        options=AncestryOptions,
        run=run_ancestry,
        reference="10.1093/bioinformatics/btaa152",
    ),
    Study(
        field="genome",
        name="admixture",
        title="Estimate admixture fractions with standard errors",
        options=AdmixtureOptions,
        run=run_admixture,
        reference="10.1101/gr.094052.109",
    ),
    Study(
        field="genome",
        name="relatedness",
        title="Find related people by KING-robust kinship, and FST between groups",
        options=RelatednessOptions,
        run=run_relatedness,
        reference="10.1093/bioinformatics/btq559",
    ),
)
