"""The study that lifts a cohort or a scoring file from one genome build to the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.files import head, read_text
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.studies import COHORT, Format, write_as
from gennet.genomics.fasta import Fasta, bases_of
from gennet.genomics.liftover.chain import Outcome, read_chain
from gennet.genomics.liftover.lifting import lift_cohort, lift_scoring_file
from gennet.genomics.liftover.scores import write_scoring_file
from gennet.genomics.names import count
from gennet.genomics.scoring_files import read_scoring_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Variants
    from gennet.genomics.liftover.chain import Chain

_SHOWN = 100_000
"""Most sites that are listed one by one."""
_OTHER = {Build.GRCH37: Build.GRCH38, Build.GRCH38: Build.GRCH37}


@dataclass(frozen=True, slots=True)
class Lifting:
    """What `gennet genome lift-over` asks for."""

    file: Annotated[tuple[Path, ...], Doc(f"A scoring file, or a cohort. {COHORT}")]
    to: Annotated[Build, Doc("Genome build to lift to.")]
    chain: Annotated[Path | None, Doc("UCSC chain file, in place of that of the resources.")] = None
    reference: Annotated[
        Path | None, Doc("Indexed FASTA of the build to lift to: alleles are turned where it has the alternate one.")
    ] = None
    format: Annotated[Format, Doc("Format to write a cohort in.")] = Format.PGEN
    name: Annotated[str, Doc("Name of the files written, without ending.")] = "lifted"


def lift_over(
    options: Lifting, watch: Watch, folder: Path | None, liftover_hg19_hg38: Path, liftover_hg38_hg19: Path
) -> Findings:
    """Lift a file and say what became of each site."""
    known = liftover_hg19_hg38 if options.to is Build.GRCH38 else liftover_hg38_hg19
    watch("reading the chain", 0)
    chain = read_chain(options.chain or known)
    if len(options.file) == 1 and b"effect_allele" in head(options.file[0]):
        return _scoring_file(options, chain, folder)
    return _cohort(options, chain, watch, folder)


def _scoring_file(options: Lifting, chain: Chain, folder: Path | None) -> Findings:
    path = options.file[0]
    file = read_scoring_file(path)
    _refuse_same(file.build, options.to, path.name)
    lifted, outcome = lift_scoring_file(file, chain, options.to)
    notes = list(file.notes)
    if file.set_aside:
        notes.append(f"Left out: {count(file.set_aside, 'row')} that are no weight times dosage.")
    if folder is not None:
        write_scoring_file(lifted, folder / f"{options.name}.txt", read_text(path))
    names = [f"rs{number}" if number else "." for number in file.rsid.tolist()]
    lost = _lost(outcome, file.chromosome, file.position, names)
    return _findings(file.id, outcome, lost, None, notes)


def _cohort(options: Lifting, chain: Chain, watch: Watch, folder: Path | None) -> Findings:
    cohort = open_given(options.file)
    _refuse_same(cohort.build, options.to, options.file[0].name)
    reference = bases_of(Fasta(options.reference)) if options.reference else None
    made, lifted = lift_cohort(cohort, chain, options.to, reference=reference)
    if not made.variants.size:
        raise BadInput(
            "no variant has a place in the other build", place=options.file[0].name, remedy="check its build"
        )
    notes = [*made.notes]
    if cohort.build is None:
        notes.append(f"The file does not state its genome build; {_OTHER[options.to]} was assumed.")
    if reference is None:
        notes.append("Reference alleles were not compared with the other build: give its FASTA with --reference.")
    notes += write_as(made, options.format, folder, options.name, watch)
    v = cohort.variants
    lost = _lost(lifted.outcome, v.chromosome, v.position, v.id)
    swapped = _swapped(made.variants.at(np.flatnonzero(lifted.swapped))) if reference else None
    return _findings(options.file[0].name, lifted.outcome, lost, swapped, notes)


def _refuse_same(there: Build | None, to: Build, place: str) -> None:
    if there is to:
        raise BadInput(f"it is in {to} already", place=place, remedy=f"lift it to {_OTHER[to]}, or use it as it is")


def _findings(
    what: str, outcome: NDArray[np.int8], lost: Table, swapped: Table | None, notes: Sequence[str]
) -> Findings:
    counts = np.bincount(outcome, minlength=len(Outcome))
    rows = [(one.words, int(counts[one])) for one in Outcome if counts[one] or one is Outcome.LIFTED]
    outcomes = table("outcomes", "What became of the sites", ("outcome: Outcome", "sites: Sites"), rows)
    turned = f"; {len(swapped.rows):,} have another reference allele there" if swapped is not None else ""
    return Findings(
        "lift-over",
        f"{what}: {counts[Outcome.LIFTED]:,} of {len(outcome):,} sites were lifted{turned}.",
        (outcomes, lost, *(() if swapped is None else (swapped,))),
        (Figure("outcomes", "What became of the sites", Drawing.BARS, "outcomes", x="sites", label="outcome"),),
        tuple(notes),
    )


def _lost(
    outcome: NDArray[np.int8], chromosome: NDArray[np.int8], position: NDArray[np.int32], names: Sequence[str]
) -> Table:
    rows = list[tuple[Cell, ...]]()
    for row in np.flatnonzero(outcome)[:_SHOWN].tolist():
        place = chromosome_name(int(chromosome[row])), int(position[row])
        rows.append((*place, names[row], Outcome(int(outcome[row])).words))
    columns = ("chromosome: Chromosome", "position: Position", "id: Identifier", "why: Why not")
    return table("not_lifted", "Sites that were not lifted", columns, rows)


def _swapped(v: Variants) -> Table:
    rows = [
        (chromosome_name(int(v.chromosome[i])), int(v.position[i]), v.id[i], v.reference[i], v.alternate[i])
        for i in range(min(v.size, _SHOWN))
    ]
    columns = (
        "chromosome: Chromosome", "position: Position after lifting", "id: Identifier", "reference: Reference, before alternate",
        "alternate: Alternate, before reference",
    )  # fmt: skip
    return table("swapped", "Sites whose reference allele is the other one", columns, rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="lift-over",
        title="Lift a cohort or a scoring file from one genome build to the other",
        options=Lifting,
        run=lift_over,
        reference="10.1093/bib/bbs038",
        resources=("liftover-hg19-hg38", "liftover-hg38-hg19"),
    ),
)
