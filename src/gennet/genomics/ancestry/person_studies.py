"""Studies of each person of a cohort: runs of homozygosity, and the sex the chromosomes show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study
from gennet.errors import InvalidContent
from gennet.genomics.ancestry.homozygosity import RunRules, runs_of_homozygosity
from gennet.genomics.ancestry.matching import read_labels
from gennet.genomics.ancestry.sex import FEMALE, MALE, Shown, sexes
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import BUILD, COHORT

if TYPE_CHECKING:
    from gennet.core.study import Watch

_SAID = {
    "1": Shown.MALE,
    "m": Shown.MALE,
    "male": Shown.MALE,
    "2": Shown.FEMALE,
    "f": Shown.FEMALE,
    "female": Shown.FEMALE,
}


@dataclass(frozen=True, slots=True)
class HomozygosityOptions:
    """What `gennet genome homozygosity` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    least_bases: Annotated[int, Doc("Leave out runs shorter than this.")] = 500_000
    least_sites: Annotated[int, Doc("Leave out runs of fewer variants.")] = 50
    build: Annotated[Build | None, Doc(BUILD)] = None


def run_homozygosity(options: HomozygosityOptions, watch: Watch, folder: Path | None) -> Findings:
    """Find the runs and how much of the autosomes they cover."""
    _ = folder
    cohort = open_given(options.cohort, build=options.build)
    rules = RunRules(least_bases=options.least_bases, least_sites=options.least_sites)
    found = runs_of_homozygosity(cohort, rules, watch=watch)
    runs = [
        (cohort.samples[r.person], chromosome_name(r.chromosome), r.start, r.end, r.length, r.sites) for r in found.runs
    ]
    number = np.bincount([r.person for r in found.runs], minlength=len(cohort.samples))
    people = [(name, int(n), float(f)) for name, n, f in zip(cohort.samples, number, found.fraction, strict=True)]
    people.sort(key=lambda row: (-row[2], row[0]))
    return Findings(
        "homozygosity",
        f"{len(runs):,} runs of homozygosity in {int((number > 0).sum()):,} of {len(people):,} people; largest share "
        f"of the autosomes {people[0][2]:.2%} ({people[0][0]}).",
        (
            table("people", "People", ("person: Person", "runs: Runs", "f_roh: Share of the autosomes in runs"), people),
            table("runs", "Runs", ("person: Person", "chromosome: Chromosome", "start: Start", "end: End",
                                   "length: Length [bp]", "variants: Variants"), runs),
        ),
        (
            Figure("people", "Share of the autosomes in runs", Drawing.BARS, "people", x="f_roh", label="person",
                   lines=(0.0156, 0.0625)),
            Figure("runs", "Runs along the genome", Drawing.MANHATTAN, "runs", x="start", y="length", label="chromosome"),
        ),
        (
            *cohort.notes,
            f"{found.covered:,} bases lie between the first and last variants of the autosomes.",
            "Children of first cousins have 1/16 (0.0625) on average, of second cousins 1/64 (0.0156).",
            "Frequencies are those of the cohort: few or very unlike people make them, and the runs, unsure.",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SexOptions:
    """What `gennet genome sex-check` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    stated: Annotated[Path | None, Doc("Table of person and stated sex (male, female, 1, 2), to find mismatches.")] = (
        None
    )
    build: Annotated[Build | None, Doc(BUILD)] = None


def run_sex(options: SexOptions, watch: Watch, folder: Path | None) -> Findings:
    """Compare what the chromosomes show with what is stated."""
    _ = folder
    cohort = open_given(options.cohort, build=options.build)
    stated = {} if options.stated is None else _stated(options.stated)
    found = sexes(cohort, watch=watch)
    rows, wrong = [], 0
    for i, name in enumerate(cohort.samples):
        said, shown = stated.get(name), found.shown[i]
        differs = said is not None and shown is not Shown.OPEN and said is not shown
        wrong += differs
        f, y = float(found.inbreeding[i]), float(found.y_called[i])
        verdict = "differs" if differs else "agrees" if said is shown else ""
        rows.append((
            name, shown.value, said and said.value, verdict, f if np.isfinite(f) else None, int(found.x_variants[i]),
            y if np.isfinite(y) else None,
        ))  # fmt: skip
    open_ = sum(shown is Shown.OPEN for shown in found.shown)
    columns = ("person: Person", "shown: Shown by X", "stated: Stated", "verdict: Verdict", "f: Inbreeding on X",
               "variants: Variants of X", "y: Share of Y called")  # fmt: skip
    return Findings(
        "sex-check",
        f"{wrong:,} of {len(rows):,} people differ from what is stated; {open_:,} are not told.",
        (table("people", "People", columns, rows),),
        (Figure("people", "Inbreeding on X", Drawing.BARS, "people", x="f", label="person", lines=(FEMALE, MALE)),),
        (
            *cohort.notes,
            f"Above {MALE} one X is shown, below {FEMALE} two; what lies between stays open.",
            "Other numbers of X, and contamination, show as such values too: a check of samples, not a diagnosis.",
        ),
    )


def _stated(path: Path) -> dict[str, Shown]:
    made = {}
    for name, word in read_labels(path).items():
        if word.lower() not in _SAID:
            if word.lower() in ("0", "-9", "na", "unknown", ""):
                continue
            raise InvalidContent(
                f"{word!r} is no sex this can compare", place=f"{path.name}: {name}", remedy="use male, female, 1 or 2"
            )
        made[name] = _SAID[word.lower()]
    return made


STUDIES: tuple[Study, ...] = (
    Study(
        "genome", "homozygosity", "Find runs of homozygosity and their share of the genome", HomozygosityOptions,
        run_homozygosity, "10.1093/bioinformatics/btw044",
    ),
    Study("genome", "sex-check", "Compare the sex that X shows with the one stated", SexOptions, run_sex, "10.1086/519795"),
)  # fmt: skip
