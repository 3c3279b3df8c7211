"""The text files beside binary genotypes: .bim, .fam, .pvar, .psam and .sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import MOST_BYTES, read_bytes, read_text
from gennet.errors import InvalidContent, MissingFile, NotInstalled, TooLarge, UnreadableFile
from gennet.genomics.builds import chromosome_code, detect_build
from gennet.genomics.cohort import Variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build

_ZSTANDARD = b"\x28\xb5\x2f\xfd"
# https://www.cog-genomics.org/plink/2.0/data#allow_extra_chr : numbers beyond the autosomes mean X, Y, XY, MT.
_PLINK_CODES = {"25": 23, "XY": 23, "PAR1": 23, "PAR2": 23, "26": 25, "0M": 25}
_MOST_POSITION = 2**31 - 2
_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Sites:
    """The variants of a file: those with one alternate allele, which rows they are, and what the header says."""

    variants: Variants
    rows: NDArray[np.int64]
    """Of `variants` in the file, counted from 0."""
    allele_counts: NDArray[np.int64]
    """Of every row of the file, the reference included."""
    build: Build | None
    set_aside: int
    """Rows that have several alternate alleles, or none."""


def plink_chromosome(name: str) -> int:
    """
    Turn a chromosome as PLINK writes it into its code; pseudo-autosomal regions belong to X.

    >>> [plink_chromosome(name) for name in ("7", "chrX", "25", "XY", "26", "0")]
    [7, 23, 23, 23, 25, 0]
    """
    bare = name[3:] if name[:3].lower() == "chr" else name
    found = _PLINK_CODES.get(bare.upper())
    return chromosome_code(name) if found is None else found


def companion(path: Path, beside: Sequence[Path], *endings: str) -> Path:
    """Find the file with one of these endings that was given, or stands under the same name; else `MissingFile`."""
    for ending in endings:
        for given in (*(one for one in beside if one.name.endswith(ending)), path.with_suffix(ending)):
            if given.is_file():
                return given
    names = " or ".join(path.with_suffix(ending).name for ending in endings)
    raise MissingFile(f"{names} is not beside it", place=str(path), remedy="put the file in the same folder")


def text_of(path: Path) -> str:
    """Return the text of a file: plain, gzip or Zstandard."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return _zstandard_text(path) if start == _ZSTANDARD else read_text(path)


def _zstandard_text(path: Path) -> str:
    try:
        import zstandard
    except ImportError:
        raise NotInstalled(
            "reading Zstandard needs zstandard", place=path.name, remedy="pip install 'gennet[genomics]'"
        ) from None
    data, found, size, at = read_bytes(path), list[bytes](), 0, 0
    stream = zstandard.ZstdDecompressor().decompressobj()
    try:
        while at < len(data):
            if stream.eof:  # plink2 writes frame after frame
                stream = zstandard.ZstdDecompressor().decompressobj()
            piece = data[at : at + _READ]
            found.append(stream.decompress(piece))
            at += len(piece) - len(stream.unused_data)
            size += len(found[-1])
            if size > MOST_BYTES:
                raise TooLarge(f"unpacks to more than {MOST_BYTES:,} bytes", place=path.name, remedy="split it")
    except zstandard.ZstdError as error:
        raise _damaged(path, str(error)) from None
    if not stream.eof:
        raise _damaged(path, "the compressed stream stops before its end")
    try:
        text = b"".join(found).decode()
    except UnicodeDecodeError:
        raise UnreadableFile("this is not UTF-8 text", place=path.name, remedy="convert the file to UTF-8") from None
    return text


def _damaged(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(f"the file is truncated or corrupt ({why})", place=path.name, remedy="copy it again")


def lines_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each line that is not empty, with its number from 1."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if fields := line.split():
            yield number, fields


def unique(samples: Sequence[str], place: str) -> tuple[str, ...]:
    """Return the samples as they are; raise `InvalidContent` when there are none, or a name stands twice."""
    if not samples:
        raise InvalidContent("the file names no sample", place=place, remedy="export it again with its samples")
    if len(set(samples)) < len(samples):
        seen = set[str]()
        twice = next(s for s in samples if s in seen or seen.add(s))  # type: ignore[func-returns-value]
        raise InvalidContent(f"two samples are called {twice!r}", place=place, remedy="rename one of them")
    return tuple(samples)


def read_fam(path: Path) -> tuple[str, ...]:
    """Read the people of a .fam: the individual, or ``family_individual`` where individuals of several families share names."""
    pairs = list[tuple[str, str]]()
    for number, fields in lines_of(path):
        if len(fields) < 2:
            raise InvalidContent(
                "a line has fewer than 2 columns", place=f"{path.name}: line {number}", remedy="mend it"
            )
        pairs.append((fields[0], fields[1]))
    alone = [one for _, one in pairs]
    if len(set(alone)) == len(alone) or len(set(pairs)) < len(pairs):
        return unique(alone, path.name)
    return unique([f"{family}_{one}" for family, one in pairs], path.name)


def read_psam(path: Path) -> tuple[str, ...]:
    """Read the people of a .psam by its IID column, or by that of a .fam where there is no header."""
    column, people = 1, list[str]()
    for number, fields in lines_of(path):
        if fields[0].startswith("##"):
            continue
        if fields[0].startswith("#"):
            names = [name.lstrip("#").upper() for name in fields]
            if "IID" not in names:
                raise InvalidContent("the header names no IID", place=f"{path.name}: line {number}", remedy="name it")
            column = names.index("IID")
        elif len(fields) <= column:
            raise InvalidContent("a line is cut short", place=f"{path.name}: line {number}", remedy="copy it again")
        else:
            people.append(fields[column])
    return unique(people, path.name)


def read_sample(path: Path) -> tuple[str, ...]:
    """Read the people of an Oxford .sample file, by ID_2, after its two header lines."""
    rows = list(lines_of(path))
    if len(rows) < 2 or not rows[1][1] or rows[1][1][0] != "0":
        raise UnreadableFile(
            "this is not a .sample file: its second line does not start with 0",
            place=path.name,
            remedy="give the .sample file of the BGEN",
        )
    column = 1 if len(rows[0][1]) > 1 and rows[0][1][1].upper() in {"ID_2", "IID"} else 0
    return unique([fields[min(column, len(fields) - 1)] for _, fields in rows[2:]], path.name)


def read_bim(path: Path) -> Sites:
    """Read the variants of a .bim; its fifth column is the alternate allele, its sixth the reference (PLINK 2's reading)."""
    return _sites(
        ((number, fields[0], fields[1], fields[-3], fields[-1], fields[-2]) for number, fields in _wide(path, 5)),
        path.name,
        plink_chromosome,
        None,
    )


def _wide(path: Path, least: int) -> Iterator[tuple[int, list[str]]]:
    for number, fields in lines_of(path):
        if len(fields) < least:
            raise InvalidContent(
                f"{len(fields)} columns where at least {least} are needed",
                place=f"{path.name}: line {number}",
                remedy="the file may be cut short; copy it again",
            )
        yield number, fields


def read_pvar(path: Path) -> Sites:
    """Read the variants of a .pvar, with or without a header (then the columns are those of a .bim), plain or Zstandard."""
    head = list[str]()
    names: list[str] | None = None
    rows = list[tuple[int, list[str]]]()
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.startswith("##"):
            head.append(line)
        elif line.startswith("#"):
            names = line.lstrip("#").split()
        elif fields := line.split():
            rows.append((number, fields))
    if names is None:
        return read_bim(path)
    missing = [name for name in ("CHROM", "POS", "ID", "REF", "ALT") if name not in names]
    if missing:
        raise InvalidContent(f"the header names no {missing[0]}", place=path.name, remedy="name all columns")
    at = [names.index(name) for name in ("CHROM", "POS", "ID", "REF", "ALT")]
    for number, fields in rows:
        if len(fields) <= max(at):
            raise InvalidContent("a line is cut short", place=f"{path.name}: line {number}", remedy="copy it again")
    build = detect_build(head, place=path.name)
    described = ((n, f[at[0]], f[at[2]], f[at[1]], f[at[3]], f[at[4]]) for n, f in rows)
    return _sites(described, path.name, plink_chromosome, build)


def _sites(
    described: Iterator[tuple[int, str, str, str, str, str]],
    place: str,
    code_of: Callable[[str], int],
    build: Build | None,
) -> Sites:
    """Make columns of (line, chromosome, id, position, reference, alternates)."""
    made = SiteList(place, code_of)
    for line, chromosome, name, position, reference, alternate in described:
        made.add(line, chromosome, name, position, reference, alternate)
    return made.sites(build)


class SiteList:
    """Variants as they are read, one after another."""

    def __init__(self, place: str, code_of: Callable[[str], int]) -> None:
        self._place, self._code_of = place, code_of
        self._codes: dict[str, int] = {}
        self._chromosome, self._position, self._rows, self._counts = list[int](), list[int](), list[int](), list[int]()
        self._id, self._reference, self._alternate = list[str](), list[str](), list[str]()

    def add(self, line: int, chromosome: str, name: str, position: str, reference: str, alternate: str) -> None:
        """Take one row; those without exactly one alternate allele are counted and set aside."""
        code = self._codes.get(chromosome)
        if code is None:
            code = self._codes[chromosome] = self._code_of(chromosome)
        if not position.isdecimal() or int(position) > _MOST_POSITION:
            raise InvalidContent(
                f"{position[:40]!r} is not a position", place=f"{self._place}: line {line}", remedy="correct the line"
            )
        count = alternate.count(",") + 2
        self._counts.append(count)
        if count > 2 or alternate in {".", "0"} or alternate[:1] in {"<", "*"}:
            return
        self._rows.append(len(self._counts) - 1)
        self._chromosome.append(code)
        self._position.append(int(position))
        self._id.append(name)
        self._reference.append(reference.upper())
        self._alternate.append(alternate.upper())

    def sites(self, build: Build | None) -> Sites:
        """Return what was taken."""
        if not self._counts:
            raise InvalidContent("the file lists no variant", place=self._place, remedy="copy or export it again")
        variants = Variants(
            np.array(self._chromosome, np.int8),
            np.array(self._position, np.int32),
            tuple(self._id),
            tuple(self._reference),
            tuple(self._alternate),
        )
        counts = np.array(self._counts, np.int64)
        return Sites(variants, np.array(self._rows, np.int64), counts, build, len(counts) - variants.size)
