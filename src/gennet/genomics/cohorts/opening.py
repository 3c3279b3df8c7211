"""Open a cohort by what its file is, and take one person out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import head
from gennet.errors import BadInput, UnknownName, UnreadableFile
from gennet.genomics import _merge
from gennet.genomics._vcf_columns import MISSING, Alleles, Columns
from gennet.genomics._vcf_header import column_of
from gennet.genomics.cohorts import bed, bgen, pgen, vcf
from gennet.genomics.genotypes import Genotypes
from gennet.genomics.names import near

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Cohort

PLINK_MAGIC = b"\x6c\x1b"
_COMPANIONS = (".bim", ".fam", ".pvar", ".psam", ".sample", ".gz", ".zst", ".tbi", ".csi")


def open_cohort(path: Path | str, *, build: Build | None = None, beside: Sequence[Path] = ()) -> Cohort:
    """
    Open a file of many people's genotypes: PLINK BED, PGEN, BGEN, VCF or BCF, told by its content.

    BED needs its .bim and .fam beside it, PGEN its .pvar (or .pvar.zst) and .psam, BGEN its .sample unless it names its
    people. Variants that have not exactly one alternate allele of bases are set aside and counted in ``notes``: the
    copies of the reference allele are not known from one of several alternates. Genotypes stay in the file.

    Parameters
    ----------
    path
        The file of genotypes; a name without ending is completed with .bed or .pgen.
    build
        The genome build of the positions, for files that do not say.
    beside
        Files that belong to it (.bim, .fam, .pvar, .psam, .sample), where they are elsewhere or named otherwise.

    Raises
    ------
    MissingFile
        The file, or one that belongs beside it, is not there.
    UnreadableFile
        It is truncated, or none of these formats.
    InvalidContent
        Files beside each other disagree, or a sample stands twice.

    >>> open_cohort("nowhere.bed")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.bed: there is no file here; check the path
    """
    path = _completed(Path(path))
    start = head(path, 32)
    if start.startswith(PLINK_MAGIC):
        opened = bed.open_bed if start[2:3] in {b"\0", b"\1"} else pgen.open_pgen
        return opened(path, build, beside)
    if start.startswith((b"##fileformat=VCF", b"\xef\xbb\xbf##fileformat=VCF", b"BCF")):
        return vcf.open_vcf(path, build)
    if start[16:20] == b"bgen" or path.suffix.lower() == ".bgen":
        return bgen.open_bgen(path, build, beside)
    raise UnreadableFile(
        "this is no BED, PGEN, BGEN, VCF or BCF", place=path.name, remedy="give a file of genotypes in one of them"
    )


def open_given(paths: Sequence[Path], *, build: Build | None = None) -> Cohort:
    """
    Open the cohort among some files: its genotypes, and what belongs beside them.

    >>> open_given([])
    Traceback (most recent call last):
    gennet.errors.BadInput: there is no file of genotypes; give a BED, PGEN, BGEN, VCF or BCF
    """
    found = [path for path in paths if not path.name.endswith(_COMPANIONS) or path.name.endswith(".vcf.gz")]
    if len(found) != 1:
        what = (
            f"{' and '.join(path.name for path in found)} are all genotypes"
            if found
            else "there is no file of genotypes"
        )
        raise BadInput(what, remedy="give one file" if found else "give a BED, PGEN, BGEN, VCF or BCF")
    return open_cohort(found[0], build=build, beside=[path for path in paths if path != found[0]])


def is_cohort(start: bytes) -> bool:
    r"""
    Tell from its first bytes whether a file is a PLINK BED, a PGEN or a BGEN.

    >>> is_cohort(b"\x6c\x1b\x01"), is_cohort(b"##fileformat=VCFv4.3")
    (True, False)
    """
    return start.startswith(PLINK_MAGIC) or start[16:20] == b"bgen"


def _completed(path: Path) -> Path:
    if path.exists():
        return path
    beside = (path.with_name(path.name + ending) for ending in (".bed", ".pgen"))
    return next((found for found in beside if found.is_file()), path)


def person(cohort: Cohort, sample: str, *, build: Build | None = None) -> Genotypes:
    """
    Take one person out of a cohort, for the analyses of one person.

    Hard calls only: a genotype that is no hard call is missing. Variants on other contigs are left out.

    Raises
    ------
    UnknownName
        The cohort holds no such sample; the message lists near names.
    BadInput
        Neither the cohort nor the caller says the genome build.

    >>> from gennet.genomics.builds import Build
    >>> from gennet.genomics.cohort import HeldCohort, Variants
    >>> v = Variants(np.array([1], np.int8), np.array([100], np.int32), ("rs1",), ("A",), ("C",))
    >>> held = HeldCohort(("p1", "p2"), v, Build.GRCH38, np.array([[0, 1]], np.int8))
    >>> person(held, "p2").alleles_at(1, 100)
    ('A', 'C')
    """
    if sample not in cohort.samples:
        raise UnknownName(f"no sample {sample!r}", remedy=near(sample, cohort.samples))
    known = build or cohort.build
    if known is None:
        raise BadInput("the cohort does not state the genome build", remedy="say which with --build")
    column = cohort.samples.index(sample)
    carried = np.concatenate([block.dosages[:, column].copy() for block in cohort.blocks()])
    alleles = Alleles()
    columns = _columns(cohort, carried, alleles)
    sites, blocks = _merge.sites_and_blocks(columns, alleles, sample)
    return Genotypes(
        sample, known, sites.chromosome, sites.position, sites.reference, sites.alternate,
        sites.first, sites.second, sites.phased, sites.phase_set, alleles.strings(), *blocks,
    )  # fmt: skip


def read_person(
    path: Path, sample: str | None = None, *, build: Build | None = None
) -> tuple[Genotypes, tuple[str, ...]]:
    """
    Read one person out of a file of a cohort, with notes; the name may be left out when there is one.

    Raises
    ------
    UnknownName
        There is no such sample.
    BadInput
        The file holds several people, or does not say its genome build.

    >>> read_person(Path("nowhere.bed"), "p1")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.bed: there is no file here; check the path
    """
    cohort = open_cohort(path, build=build)
    name = cohort.samples[column_of(sample, cohort.samples, path.name)]
    return person(cohort, name), cohort.notes


def _columns(cohort: Cohort, carried: NDArray[np.int8], alleles: Alleles) -> Columns:
    kept = np.flatnonzero(cohort.variants.chromosome > 0)
    there = cohort.variants.at(kept)
    carried = carried[kept]
    first = np.where(carried < 0, MISSING, carried == 2).astype(np.int8)
    second = np.where(carried < 0, MISSING, carried >= 1).astype(np.int8)
    size = len(kept)
    return Columns(
        there.chromosome, there.position, _codes(there.reference, alleles), _codes(there.alternate, alleles),
        first, second, np.zeros(size, bool), np.zeros(size, np.int32), kept + 1, np.full(size, -1, np.int32),
    )  # fmt: skip


def _codes(texts: tuple[str, ...], alleles: Alleles) -> NDArray[np.int32]:
    return np.array([alleles.code(text.encode()) for text in texts], np.int32)
