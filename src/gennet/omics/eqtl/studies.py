"""The study that maps expression quantitative trait loci of a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent
from gennet.expression import ExpressionMatrix, Samples, read_matrix
from gennet.genomics.builds import Build, chromosome_code, chromosome_name
from gennet.genomics.cohorts.dosages import dosage_blocks
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD, COHORT
from gennet.omics.eqtl.association import Convention, Pairs, Places, Residuals, all_pairs, residuals
from gennet.omics.eqtl.fine_mapping import conditional, single_effects
from gennet.omics.eqtl.permutation import Lead, cis_leads, q_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort

_FALSE = 0.05
"""False discovery rate up to which a gene is mapped further."""
_MOST_CELLS = 2_000_000_000
"""Genotypes held at once, at most (16 GB)."""


class Range(StrEnum):
    """Which variants are tested."""

    CIS = "cis"
    """Those near each gene, with permutations."""
    TRANS = "trans"
    """All, for every gene."""


@dataclass(frozen=True, slots=True)
class EqtlOptions:
    """What `gennet expression eqtl` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    expression: Annotated[Path, Doc("Normalised expression: genes in rows, people in columns (or --samples-in rows).")]
    genes: Annotated[Path, Doc("Table with a header: gene, chromosome, position of the transcription start.")]
    covariates: Annotated[Path | None, Doc("Table: covariates in rows, people in columns.")] = None
    people: Annotated[Path | None, Doc("Table with a header: name in the expression, name in the cohort.")] = None
    samples_in: Annotated[Samples, Doc("Where the people of the expression table are.")] = Samples.COLUMNS
    reach: Annotated[Range, Doc("Variants near each gene, or all.")] = Range.CIS
    window: Annotated[int, Doc("Bases on both sides of a gene's start, for cis.")] = 1_000_000
    permutations: Annotated[int, Doc("Permutations of the people, for cis.")] = 1_000
    threshold: Annotated[float, Doc("Largest p-value that is kept, for trans.")] = 1e-5
    least_frequency: Annotated[float, Doc("Leave out variants whose minor allele is rarer.")] = 0.01
    convention: Annotated[
        Convention, Doc("Take covariates out of expression and genotypes, or, as some published tables, of expression.")
    ] = Convention.BOTH
    seed: Annotated[int, Doc("Seed of the permutations.")] = 1
    build: Annotated[Build | None, Doc(BUILD)] = None


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    genes: tuple[str, ...]
    names: tuple[str, ...]
    """Of variants: chromosome:position:reference:alternate."""
    places: Places
    held: Residuals
    notes: tuple[str, ...]


def run(options: EqtlOptions, watch: Watch, folder: Path | None) -> Findings:
    """Map the loci."""
    _ = folder
    if options.permutations < 100 or options.window < 1 or not 0 < options.threshold <= 1:
        raise InvalidContent("needs 100 permutations, a window and a threshold up to 1", place="options", remedy="correct them")  # fmt: skip
    data = _read(options, watch)
    return _cis(options, data, watch) if options.reach is Range.CIS else _trans(options, data, watch)


def _cis(options: EqtlOptions, data: _Data, watch: Watch) -> Findings:
    rng = np.random.default_rng(options.seed)
    leads = cis_leads(
        data.held, data.places, rng, window=options.window, permutations=options.permutations, watch=watch
    )
    if not leads:
        raise BadInput("no gene has a variant near it", place="genes", remedy="check chromosomes, positions and build")
    q = q_values(np.array([lead.p_beta for lead in leads]))
    own = [lead for lead, value in zip(leads, q.tolist(), strict=True) if value <= _FALSE]
    signals, likely = list[tuple[Cell, ...]](), list[tuple[Cell, ...]]()
    for done, lead in enumerate(own):
        watch("mapping signals", done, len(own))
        signals += _signals(data, lead, options.window)
        likely += _likely(data, lead, options.window)
    return Findings(
        "eqtl",
        f"{len(own):,} of {len(leads):,} genes have a variant near them that goes with their expression (q up to "
        f"{_FALSE}), in {data.held.expression.shape[1]:,} people.",
        (
            _lead_table(data, leads, q),
            table("signals", "Independent signals",
                  ("gene: Gene", "variant: Variant", "position: Position", "p: p given the others"), signals),
            table("likely", "Variants likely to act (95 % sets)",
                  ("gene: Gene", "set: Set", "variant: Variant", "inclusion: Probability to act", "purity: Purity of the set"),
                  likely),
        ),
        (
            Figure("manhattan", "Genes along the genome", Drawing.MANHATTAN, "genes", x="position", y="minus_log10_p",
                   label="chromosome"),
            Figure("qq", "Observed against expected", Drawing.QQ, "genes", y="p_beta"),
        ),
        (*data.notes, *_about(options, data.held)),
    )  # fmt: skip


def _lead_table(data: _Data, leads: list[Lead], q: NDArray[np.float64]) -> Table:
    columns = (
        "gene: Gene", "chromosome: Chromosome", "position: Start [bp]", "tested: Variants near", "variant: Strongest variant",
        "distance: From the start [bp]", "p: p of it", "slope: Change with each alternate allele", "error: Standard error",
        "p_permuted: p by permutation", "p_beta: p by beta law", "q: q", "minus_log10_p: -log10 p (beta law)",
    )  # fmt: skip
    rows = [
        (
            data.genes[lead.gene], str(data.places.gene_chromosome[lead.gene]), int(data.places.gene_position[lead.gene]),
            lead.tested, data.names[lead.variant],
            int(data.places.variant_position[lead.variant] - data.places.gene_position[lead.gene]), lead.p, lead.slope,
            lead.error, lead.p_permuted, lead.p_beta, float(value), -float(np.log10(max(lead.p_beta, 1e-300))),
        )
        for lead, value in zip(leads, q, strict=True)
    ]  # fmt: skip
    return table("genes", "Genes", columns, rows)


def _rows_near(data: _Data, gene: int, window: int) -> NDArray[np.intp]:
    near = np.flatnonzero(data.places.variant_chromosome == data.places.gene_chromosome[gene])
    far = np.abs(data.places.variant_position[near] - data.places.gene_position[gene]) > window
    return np.asarray(near[~far & (data.held.genotype_spread[near] > 0)], np.intp)


def _signals(data: _Data, lead: Lead, window: int) -> Iterator[tuple[Cell, ...]]:
    rows = _rows_near(data, lead.gene, window)
    # The p-value of one variant that the beta law takes for the gene's own: what a further signal has to reach.
    threshold = max(lead.p, _nominal(lead))
    for signal in conditional(data.held.expression[lead.gene], data.held.genotypes[rows], data.held.degrees, threshold):
        variant = int(rows[signal.variant])
        yield data.genes[lead.gene], data.names[variant], int(data.places.variant_position[variant]), signal.p


def _nominal(lead: Lead) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(*lead.shapes, _FALSE))


def _likely(data: _Data, lead: Lead, window: int) -> Iterator[tuple[Cell, ...]]:
    rows = _rows_near(data, lead.gene, window)
    found = single_effects(data.held.expression[lead.gene], data.held.genotypes[rows])
    for number, one in enumerate(found.sets, start=1):
        for variant in one.variants.tolist():
            yield (
                data.genes[lead.gene], number, data.names[int(rows[variant])], float(found.inclusion[variant]), one.purity
            )  # fmt: skip


def _trans(options: EqtlOptions, data: _Data, watch: Watch) -> Findings:
    pairs = all_pairs(data.held, options.threshold, watch=watch)
    order = np.argsort(pairs.p, kind="stable")
    tests = len(data.held.expression) * int((data.held.genotype_spread > 0).sum())
    return Findings(
        "eqtl",
        f"{len(order):,} of {tests:,} pairs of a gene and a variant have p up to {options.threshold:g}; "
        f"{options.threshold * tests:,.1f} are expected by chance.",
        (table("pairs", "Pairs", (
            "gene: Gene", "variant: Variant", "chromosome: Chromosome", "position: Position",
            "near: Near the gene", "p: p", "slope: Change with each alternate allele", "error: Standard error",
            "minus_log10_p: -log10 p"), [_pair(data, pairs, i, options.window) for i in order.tolist()]),),
        (Figure("manhattan", "Variants along the genome", Drawing.MANHATTAN, "pairs", x="position", y="minus_log10_p",
                label="chromosome"),) if len(order) else (),
        (*data.notes, *_about(options, data.held)),
    )  # fmt: skip


def _pair(data: _Data, pairs: Pairs, i: int, window: int) -> tuple[Cell, ...]:
    gene, variant, places = int(pairs.gene[i]), int(pairs.variant[i]), data.places
    chromosome, position = str(places.variant_chromosome[variant]), int(places.variant_position[variant])
    near = chromosome == places.gene_chromosome[gene] and abs(position - int(places.gene_position[gene])) <= window
    p = float(pairs.p[i])
    return (
        data.genes[gene], data.names[variant], chromosome, position, near, p, float(pairs.slope[i]), float(pairs.error[i]),
        -float(np.log10(max(p, 1e-300))),
    )  # fmt: skip


def _about(options: EqtlOptions, held: Residuals) -> Iterator[str]:
    yield f"Least squares with {held.degrees} degrees of freedom; a missing genotype counts as the mean."
    if options.convention is Convention.EXPRESSION:
        yield "Covariates were taken out of expression alone: p-values are too small where genotypes go with covariates."
    if options.reach is Range.CIS:
        yield f"{options.permutations:,} permutations of people, the same for all genes; q by Storey's method."


def _read(options: EqtlOptions, watch: Watch) -> _Data:
    matrix = read_matrix(options.expression, samples=options.samples_in)
    cohort = open_given(options.cohort, build=options.build)
    named = {} if options.people is None else {row[0]: row[1] for row in _table(options.people, 2)}
    covariates, of_people = (None, None) if options.covariates is None else _covariates(options.covariates)
    at = {name: i for i, name in enumerate(cohort.samples)}
    shared = [
        (i, at[person])
        for i, name in enumerate(matrix.samples)
        if (person := named.get(name, name)) in at and (of_people is None or name in of_people or person in of_people)
    ]
    if len(shared) < 4:
        raise BadInput(
            f"{len(shared)} people have genotypes, expression and covariates",
            place="people",
            remedy="name people alike, or give --people",
        )
    mine, theirs = (np.array(column, np.intp) for column in zip(*shared, strict=True))
    taken_out = None
    if covariates is not None and of_people is not None:
        pairs = [(matrix.samples[i], cohort.samples[j]) for i, j in shared]
        taken_out = covariates[:, [of_people.get(a, of_people.get(b, -1)) for a, b in pairs]].T
    genes, kept, unplaced = _places(options.genes, matrix)
    rows, genotypes = _genotypes(cohort, theirs, options.least_frequency, watch)
    held = residuals(
        np.ascontiguousarray(matrix.values[mine][:, kept].T), genotypes, taken_out, convention=options.convention
    )
    v = cohort.variants
    chromosomes = np.array([chromosome_name(code) for code in v.chromosome[rows].tolist()])
    names = tuple(
        f"{c}:{p}:{v.reference[i]}:{v.alternate[i]}"
        for c, p, i in zip(chromosomes.tolist(), v.position[rows].tolist(), rows.tolist(), strict=True)
    )
    places = Places(
        np.array([c for _, c, _ in genes]), np.array([p for *_, p in genes], np.int64), chromosomes,
        v.position[rows].astype(np.int64),
    )  # fmt: skip
    notes = [f"{len(shared):,} of {len(matrix.samples):,} people of the expression are in the cohort.", *cohort.notes]
    notes.append(f"{len(rows):,} variants with a minor allele of at least {options.least_frequency:g}.")
    if unplaced:
        notes.append(f"Left out: {unplaced:,} genes without a place.")
    return _Data(tuple(g for g, *_ in genes), names, places, held, tuple(notes))


def _genotypes(
    cohort: Cohort, people: NDArray[np.intp], least: float, watch: Watch
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    code, position = cohort.variants.chromosome, cohort.variants.position
    if cohort.variants.size * len(people) > _MOST_CELLS:
        raise BadInput("the cohort does not fit in memory", place="cohort", remedy="give one chromosome at a time")
    kept, blocks = list[NDArray[np.intp]](), list[NDArray[np.float64]]()
    for block in dosage_blocks(cohort):
        here = block.dosages[:, people].astype(np.float64)
        held = np.isfinite(here)
        frequency = np.where(held, here, 0.0).sum(axis=1) / np.maximum(2.0 * held.sum(axis=1), 1.0)
        rows = np.flatnonzero((np.minimum(frequency, 1.0 - frequency) >= least) & (code[block.start : block.start + len(here)] > 0))  # fmt: skip
        kept.append(rows + block.start)
        blocks.append(here[rows])
        watch("reading genotypes", block.start + len(here), cohort.variants.size)
    rows = np.concatenate(kept)
    if not len(rows):
        raise BadInput("no variant is common enough", place="cohort", remedy="lower --least-frequency")
    order = np.lexsort((position[rows], code[rows]))
    return rows[order], np.concatenate(blocks)[order]


def _table(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        fields = line.split("\t") if "\t" in line else line.split(",")
        if len(fields) < columns:
            raise InvalidContent(
                f"{len(fields)} columns where {columns} are needed", place=f"{path.name}: line {number}",
                remedy="separate them by tabs or commas",
            )  # fmt: skip
        yield [field.strip() for field in fields]


def _places(path: Path, matrix: ExpressionMatrix) -> tuple[list[tuple[str, str, int]], NDArray[np.intp], int]:
    found = dict[str, tuple[str, int]]()
    for number, (gene, chromosome, position, *_) in enumerate(_table(path, 3), start=2):
        if not position.isdigit():
            raise InvalidContent(
                f"{position!r} is no position", place=f"{path.name}: line {number}", remedy="give base pairs"
            )
        code = chromosome_code(chromosome)
        if code:
            found[gene.partition(".")[0] if gene.startswith("ENSG") else gene] = (chromosome_name(code), int(position))
    kept = [i for i, gene in enumerate(matrix.genes) if gene in found]
    if not kept:
        raise BadInput("no gene of the expression has a place", place=path.name, remedy="name genes alike in both")
    return (
        [(matrix.genes[i], *found[matrix.genes[i]]) for i in kept],
        np.array(kept, np.intp),
        len(matrix.genes) - len(kept),
    )


def _covariates(path: Path) -> tuple[NDArray[np.float64], dict[str, int]]:
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    cut = "\t" if lines and "\t" in lines[0] else ","
    names = [name.strip() for name in lines[0].split(cut)[1:]] if lines else []
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        place = f"{path.name}: line {number}"
        try:
            values = [float(x) for x in line.split(cut)[1:]]
        except ValueError:
            raise InvalidContent("a covariate is no number", place=place, remedy="code groups as 0 and 1") from None
        if len(values) != len(names) or not np.isfinite(values).all():
            raise InvalidContent(
                f"{len(values)} values for {len(names)} people, or one is missing", place=place, remedy="give all"
            )
        rows.append(values)
    if not rows or not names:
        raise BadInput("there are no covariates", place=path.name, remedy="give covariates in rows, people in columns")
    return np.array(rows), {name: i for i, name in enumerate(names)}


STUDIES: tuple[Study, ...] = (
    Study(
        "expression", "eqtl", "Map variants that go with the expression of genes", EqtlOptions, run,
        "10.1093/bioinformatics/btv722",
    ),
)  # fmt: skip
