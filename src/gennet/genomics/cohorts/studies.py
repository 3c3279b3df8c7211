"""The study of cohort files: one format into another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput
from gennet.genomics.builds import Build, chromosome_name
from gennet.genomics.cohorts.opening import open_given
from gennet.genomics.cohorts.writing import write_pgen, write_vcf

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort, Variants

COHORT = (
    "The cohort: a BED, PGEN, BGEN, VCF or BCF; its .bim, .fam, .pvar, .psam or .sample too where they are elsewhere."
)
BUILD = "Genome build of the cohort's positions, where its file does not say."


class Format(StrEnum):
    """What to write a cohort as."""

    PGEN = "pgen"
    """PLINK 2, with dosages."""
    VCF = "vcf"
    """Compressed by bgzip, hard calls."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What `gennet genome convert` asks for."""

    cohort: Annotated[tuple[Path, ...], Doc(COHORT)]
    to: Annotated[Format, Doc("Format to write.")] = Format.PGEN
    name: Annotated[str, Doc("Name of the files written, without ending.")] = "cohort"
    build: Annotated[Build | None, Doc(BUILD)] = None


def convert(options: Conversion, watch: Watch, folder: Path | None) -> Findings:
    """Write a cohort in another format and count its variants."""
    cohort = open_given(options.cohort, build=options.build)
    notes = write_as(cohort, options.to, folder, options.name, watch)
    counted = by_chromosome(cohort.variants)
    return Findings(
        "convert",
        f"{cohort.variants.size:,} variants of {len(cohort.samples):,} people.",
        (counted,),
        (Figure("variants", "Variants by chromosome", Drawing.BARS, "variants", x="variants", label="chromosome"),),
        (*cohort.notes, *notes),
    )


def write_as(cohort: Cohort, to: Format, folder: Path | None, name: str, watch: Watch) -> tuple[str, ...]:
    """Write a cohort into a folder; return the notes, which say so when there is none to write into."""
    if not name or Path(name).name != name or name.startswith("."):
        raise BadInput(f"{name!r} is no name for a file", place="name", remedy="use letters and digits")
    if folder is None:
        return ("Nothing was written: there is no folder for it.",)
    if to is Format.VCF:
        return write_vcf(cohort, folder / f"{name}.vcf.gz", watch=watch)
    return write_pgen(cohort, folder / f"{name}.pgen", watch=watch)


def by_chromosome(variants: Variants) -> Table:
    """Count variants by chromosome."""
    codes, counts = np.unique(variants.chromosome, return_counts=True)
    rows = [
        (chromosome_name(code) if code else "other", count)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
    ]
    return table("variants", "Variants by chromosome", ("chromosome: Chromosome", "variants: Variants"), rows)


STUDIES: tuple[Study, ...] = (
    Study(
        field="genome",
        name="convert",
        title="Convert a cohort of BED, PGEN, BGEN, VCF or BCF to PGEN or VCF",
        options=Conversion,
        run=convert,
        reference="10.1186/s13742-015-0047-8",
    ),
)
