"""One person's genotypes, lean enough for a whole genome in memory, read from VCF or BCF."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import chunks_later, head
from gennet.core.parts import Part
from gennet.errors import BadInput, InvalidContent
from gennet.genomics import _merge
from gennet.genomics._bcf import bcf_as_text
from gennet.genomics._vcf_columns import HAPLOID, MISSING, Alleles, Columns, Tally
from gennet.genomics._vcf_header import column_of, read_header
from gennet.genomics._vcf_text import read_columns
from gennet.genomics.build_evidence import Landmarks, infer_build, site_keys
from gennet.genomics.builds import Build, chromosome_code, chromosome_lengths, chromosome_name, detect_build
from gennet.genomics.names import count
from gennet.genomics.regions import Regions, regions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Call", "Genotypes", "Landmarks", "empty", "infer_build", "read_vcf", "samples_in", "site_keys"]


_PIECE = 4 << 20
"""Bytes of text that are read at a time."""


@dataclass(frozen=True, slots=True)
class Call:
    """One line's genotype at one site."""

    reference: str
    alternates: tuple[str, ...]
    alleles: tuple[str | None, ...]
    """The alleles carried, one or two; None where the call is missing."""
    phased: bool
    phase_set: int
    """Calls phased in the same set lie on the same haplotypes; 0 is the set of a whole chromosome."""


@dataclass(frozen=True, slots=True, eq=False)
class Genotypes(Part):
    """
    One person's sites as columns, sorted by chromosome and position; about 20 bytes a site.

    A site that is not here is missing, not reference, unless a reference block covers it.

    >>> empty(Build.GRCH38, "s1").size
    0
    """

    supplied_as: ClassVar[str] = "a genome (--vcf)"

    sample: str
    build: Build
    chromosome: NDArray[np.int8]
    """1-22, 23 for X, 24 for Y, 25 for MT."""
    position: NDArray[np.int32]
    """1-based, as in the VCF."""
    reference: NDArray[np.int32]
    """Index into `alleles`."""
    alternate: NDArray[np.int32]
    """Index into `alleles`; several alternates are one comma-joined entry; 0 (".") when the site has none."""
    first: NDArray[np.int8]
    """Index of an allele at the site: 0 is the reference, 1 the first alternate; -1 is missing."""
    second: NDArray[np.int8]
    """As `first`; -2 where the person has one copy."""
    phased: NDArray[np.bool_]
    phase_set: NDArray[np.int32]
    """As `Call.phase_set`."""
    alleles: tuple[str, ...]
    """Allele strings by code."""
    block_chromosome: NDArray[np.int8]
    """Of the reference blocks of a gVCF: stretches seen and equal to the reference, whatever its bases are."""
    block_start: NDArray[np.int32]
    """1-based, inclusive."""
    block_end: NDArray[np.int32]
    """1-based, inclusive."""

    @property
    def size(self) -> int:
        """How many sites are held."""
        return len(self.position)

    def rows_at(
        self, chromosome: NDArray[np.int8], position: NDArray[np.int32]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """
        Find many positions at once: the rows at place `i` are ``low[i]`` up to, not including, ``high[i]``.

        >>> low, high = empty(Build.GRCH38, "s1").rows_at(np.array([1], np.int8), np.array([100], np.int32))
        >>> (high - low).tolist()
        [0]
        """
        keys = site_keys(self.chromosome, self.position)
        wanted = site_keys(chromosome, position)
        return np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")

    def in_reference_block(self, chromosome: NDArray[np.int8], position: NDArray[np.int32]) -> NDArray[np.bool_]:
        """
        Tell for many positions whether a reference block covers them.

        >>> g = empty(Build.GRCH38, "s1")
        >>> g.in_reference_block(np.array([1], np.int8), np.array([100], np.int32)).tolist()
        [False]
        """
        wanted = site_keys(chromosome, position)
        if not len(self.block_start):
            return np.zeros(len(wanted), bool)
        before = np.searchsorted(site_keys(self.block_chromosome, self.block_start), wanted, "right") - 1
        reach = np.maximum.accumulate(site_keys(self.block_chromosome, self.block_end))
        return (before >= 0) & (reach[np.maximum(before, 0)] >= wanted)

    def callable_in(self, regions: Regions) -> Genotypes:
        """
        Return the same person with these regions seen: where no line stands in them, they are equal to the reference.

        A caller's own list (a BED of callable regions, of a panel's targets that were all covered) says so for a VCF
        that lists variants only; nothing else does.

        >>> from gennet.genomics.regions import parse_regions
        >>> g = empty(Build.GRCH38, "s1").callable_in(parse_regions(["1:100-200"]))
        >>> g.in_reference_block(np.array([1, 1], np.int8), np.array([150, 250], np.int32)).tolist()
        [True, False]
        """
        joined = regions_of(
            np.concatenate([self.block_chromosome, regions.chromosome]),
            np.concatenate([self.block_start, regions.start]),
            np.concatenate([self.block_end, regions.end]),
        )
        return replace(self, block_chromosome=joined.chromosome, block_start=joined.start, block_end=joined.end)

    def only_at(self, chromosome: NDArray[np.int8], position: NDArray[np.int32]) -> Genotypes:
        """
        Return the same person with the sites at these positions only; reference blocks are kept.

        >>> empty(Build.GRCH38, "s1").only_at(np.array([1], np.int8), np.array([100], np.int32)).size
        0
        """
        low, high = self.rows_at(chromosome, position)
        rows = np.unique(np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)] or [low]))
        columns = ("chromosome", "position", "reference", "alternate", "first", "second", "phased", "phase_set")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def calls_at(self, chromosome: int | str, position: int) -> tuple[Call, ...]:
        """
        Return what each line at a position says; empty when the file has no line there.

        >>> empty(Build.GRCH38, "s1").calls_at("chr1", 100)
        ()
        """
        code = chromosome_code(str(chromosome))
        low, high = self.rows_at(np.array([code], np.int8), np.array([position], np.int32))
        return tuple(self._call(row) for row in range(int(low[0]), int(high[0])))

    def alleles_at(self, chromosome: int | str, position: int) -> tuple[str | None, ...] | None:
        """
        Return the alleles carried at a position (None for a missing one); None when the file has no line there.

        The first line counts when several stand at the position; `calls_at` gives them all.

        >>> empty(Build.GRCH38, "s1").alleles_at("X", 5) is None
        True
        """
        calls = self.calls_at(chromosome, position)
        return calls[0].alleles if calls else None

    def _call(self, row: int) -> Call:
        text = self.alleles[self.alternate[row]]
        alternates = () if text == "." else tuple(text.split(","))
        both = (self.alleles[self.reference[row]], *alternates)
        carried = (int(self.first[row]), int(self.second[row]))
        return Call(
            reference=both[0],
            alternates=alternates,
            alleles=tuple(None if i == MISSING else both[i] for i in carried if i != HAPLOID),
            phased=bool(self.phased[row]),
            phase_set=int(self.phase_set[row]),
        )


def empty(build: Build, sample: str) -> Genotypes:
    """
    Return genotypes that hold no site.

    >>> empty(Build.GRCH37, "s1").alleles
    ('.',)
    """
    byte, word = np.zeros(0, np.int8), np.zeros(0, np.int32)
    return Genotypes(
        sample, build, byte, word, word, word, byte, byte, np.zeros(0, bool), word, (".",), byte, word, word
    )  # fmt: skip


def samples_in(path: Path | str) -> tuple[str, ...]:
    """
    List the samples of a VCF or BCF without reading its sites.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        The path leads to no whole VCF with samples.

    >>> samples_in("nowhere.vcf")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.vcf: there is no file here; check the path
    """
    path = Path(path)
    return read_header((piece() for piece in _pieces_of(path, None)), str(path))[0].samples


def read_vcf(
    path: Path | str,
    sample: str | None = None,
    *,
    build: Build | None = None,
    landmarks: Callable[[], Landmarks] | None = None,
    within: Regions | None = None,
    threads: int = 2,
) -> tuple[Genotypes, tuple[str, ...]]:
    """
    Read one person's genotypes from a VCF, gVCF or BCF, plain or compressed.

    Contigs other than 1-22, X, Y and MT and lines of structural variants are set aside and counted in the notes.
    Lines that split one site by alternate allele are merged. Sites with a FILTER are kept and counted.

    Parameters
    ----------
    path
        The file.
    sample
        Which person; may be left out when the file holds one.
    build
        The genome build, for files whose header does not say.
    landmarks
        Gives sites known in both builds, to find the build of such a file by evidence (`infer_build`); called only then.
    within
        Read only lines that start in these regions, and reference blocks that touch them.
    threads
        How many pieces of a bgzip file are unpacked and cut side by side.

    Returns
    -------
    tuple[Genotypes, tuple[str, ...]]
        The part and notes in plain words.

    Raises
    ------
    BadInput
        The file holds several people, or does not state its build; the message says what to add.
    UnknownName
        There is no such sample; the message lists near names.
    MissingFile, UnreadableFile
        The file is not there, truncated, or no VCF.
    InvalidContent
        A line cannot be true, a site stands twice, or builds contradict each other.

    >>> read_vcf("nowhere.vcf")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.vcf: there is no file here; check the path
    """
    path = Path(path)
    place = path.name
    pieces = _pieces_of(path, sample)
    header, rest = read_header((piece() for piece in pieces), place)
    column = column_of(sample, header.samples, place)
    stated = detect_build(header.lines, place=place)
    if build is not None and stated is not None and build != stated:
        raise InvalidContent(
            f"the header says {stated}, the request {build}",
            place=place,
            remedy=f"leave the build out, or lift the file to {build}",
        )
    alleles = Alleles()
    keep = None if within is None else within.touch
    columns, tally = read_columns(pieces, rest, header, column, alleles, place, threads=threads, keep=keep)
    if not len(columns.position):
        where = "chromosomes 1-22, X, Y or MT" if within is None else "the regions asked for"
        raise InvalidContent(f"no site lies on {where}", place=place, remedy="check the names of its contigs")
    sites, blocks = _merge.sites_and_blocks(columns, alleles, place)
    notes = _notes(tally, sites)
    strings = alleles.strings()
    known = build or stated
    if known is None:
        known, why = _by_evidence(sites, strings, landmarks, place)
        notes = (why, *notes)
    _check_ends(sites, known, place)
    made = Genotypes(
        header.samples[column], known, sites.chromosome, sites.position, sites.reference, sites.alternate,
        sites.first, sites.second, sites.phased, sites.phase_set, strings, *blocks,
    )  # fmt: skip
    return made, notes


def _by_evidence(
    sites: Columns, alleles: tuple[str, ...], landmarks: Callable[[], Landmarks] | None, place: str
) -> tuple[Build, str]:
    found, known = None, landmarks() if landmarks else None
    if known:
        found = infer_build(sites.chromosome, sites.position, sites.reference, sites.alternate, alleles, known)
    if found is None:
        raise BadInput(
            "the header does not state the genome build and the sites do not decide it",
            place=place,
            remedy="say which with --build GRCh37 or --build GRCh38",
        )
    return found


def _check_ends(sites: Columns, build: Build, place: str) -> None:
    beyond = np.flatnonzero(sites.position > chromosome_lengths(build)[sites.chromosome])
    if len(beyond):
        row = int(beyond[0])
        site = f"{chromosome_name(int(sites.chromosome[row]))}:{sites.position[row]}"
        raise InvalidContent(
            f"{site} lies beyond the end of the chromosome in {build}",
            place=f"{place}: line {sites.line[row]}",
            remedy="check the genome build of the file",
        )


def _notes(tally: Tally, sites: Columns) -> tuple[str, ...]:
    notes = []
    if tally.other_contigs:
        few = ", ".join(list(tally.other_contigs)[:3])
        notes.append(
            f"Set aside: {count(sum(tally.other_contigs.values()), 'line')} on other contigs ({few}"
            f"{', ...' if len(tally.other_contigs) > 3 else ''})."
        )
    if tally.structural:
        notes.append(f"Set aside: {count(tally.structural, 'line')} with only structural or symbolic alleles.")
    if tally.filtered:
        notes.append(f"Kept: {count(tally.filtered, 'site')} that did not pass a filter of the caller.")
    half = int(np.count_nonzero((sites.first == MISSING) != (sites.second == MISSING)) - _haploid_missing(sites))
    if half:
        notes.append(f"Half-missing: {count(half, 'genotype')} such as 0/.; the missing allele stays missing.")
    none = int(np.count_nonzero(sites.first == MISSING)) - int(
        np.count_nonzero((sites.first == MISSING) & (sites.second >= 0))
    )
    if none:
        notes.append(f"Missing, not reference: {count(none, 'site')} without a call.")
    return tuple(notes)


def _haploid_missing(sites: Columns) -> int:
    return int(np.count_nonzero((sites.first == MISSING) & (sites.second == HAPLOID)))


def _pieces_of(path: Path, sample: str | None) -> Iterator[Callable[[], bytes]]:
    """Yield what gives the text of a VCF piece after piece; a BCF is written as text by htslib."""
    if head(path, 3) == b"BCF":
        return bcf_as_text(path, sample)
    return chunks_later(path, chunk=_PIECE)
