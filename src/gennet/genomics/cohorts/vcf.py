"""VCF and BCF of many people: read twice, once for the variants and once for the genotypes, never held whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import chunks_of, head, utf8
from gennet.errors import InvalidContent
from gennet.genomics._bcf import bcf_as_text
from gennet.genomics._vcf_header import read_header
from gennet.genomics.builds import chromosome_code, detect_build
from gennet.genomics.cohort import Block
from gennet.genomics.cohorts._reading import agreed, cut, cut_short, set_aside
from gennet.genomics.cohorts._tables import SiteList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics._vcf_header import Header
    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Variants

_TABS = 9


@dataclass(frozen=True, slots=True, eq=False)
class VcfCohort:
    """A cohort in a VCF or BCF: the GT of every line with one alternate allele of bases; one copy counts twice."""

    path: Path
    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    notes: tuple[str, ...]
    rows: NDArray[np.int64]
    """Of `variants` among the lines of the file, counted from 0."""

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says; the file is read from its start up to the last of the rows."""
        lines = _lines(self.path)
        for start, wanted in cut(rows, self.rows, size, len(self.samples)):
            dosages = np.empty((len(wanted), len(self.samples)), np.int8)
            for row, line in zip(dosages, wanted.tolist(), strict=True):
                found = next((read for read in lines if read.row == line), None)
                if found is None:
                    raise cut_short(self.path.name, line, "it was cut after it was opened")
                _calls(found, row, self.samples)
            yield Block(start, dosages)


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    """Among the lines of the file, counted from 0."""
    place: str
    text: NDArray[np.uint8]
    """Of the piece it stands in."""
    cuts: NDArray[np.int64]
    """As `cut_lines` finds them."""

    def field(self, number: int) -> str:
        return self.text[self.cuts[number] + (number > 0) : self.cuts[number + 1]].tobytes().decode()


def open_vcf(path: Path, build: Build | None) -> VcfCohort:
    """Open a VCF or BCF, plain or compressed, and read its variants."""
    header = _open(path)[0]
    sites = SiteList(path.name, chromosome_code)
    for line in _lines(path):
        chromosome, position, name, reference, alternate = (line.field(k) for k in range(5))
        sites.add(header.first_line + line.row, chromosome, name, position, reference, alternate)
    known = agreed(detect_build(header.lines, place=path.name), build, path.name)
    made = sites.sites(None)
    return VcfCohort(path, header.samples, made.variants, known, set_aside(made.set_aside), made.rows)


def _open(path: Path) -> tuple[Header, bytes, Iterator[bytes]]:
    if head(path, 3) == b"BCF":
        text: Iterator[bytes] = (piece() for piece in bcf_as_text(path, None))
    else:
        text = utf8(chunks_of(path, chunk=4 << 20), path.name)
    header, rest = read_header(text, path.name)
    return header, rest, text


def _lines(path: Path) -> Iterator[_Line]:
    from gennet.genomics.cohorts._kernels import cut_lines

    header, rest, pieces = _open(path)
    columns, row = _TABS + len(header.samples), 0
    for whole in _whole_lines(rest, pieces):
        text = np.frombuffer(whole, np.uint8)
        cuts = np.empty((whole.count(b"\n"), 11), np.int64)
        bad = cut_lines(text, columns, cuts)
        if bad >= 0:
            raise InvalidContent(
                f"a line has not the {columns} columns of the header",
                place=f"{path.name}: line {header.first_line + row + bad}",
                remedy="the file may be cut short; copy or export it again",
            )
        for k, found in enumerate(cuts):
            yield _Line(row + k, f"{path.name}: line {header.first_line + row + k}", text, found)
        row += len(cuts)


def _whole_lines(rest: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        data = rest + piece
        end = data.rfind(b"\n") + 1
        if end:
            yield data[:end].replace(b"\r\n", b"\n")
        rest = data[end:]
    if rest := rest.replace(b"\r\n", b"\n").rstrip(b"\n"):
        yield rest + b"\n"


def _calls(line: _Line, dosages: NDArray[np.int8], samples: tuple[str, ...]) -> None:
    from gennet.genomics.cohorts._kernels import read_calls

    if line.field(8).partition(":")[0] != "GT":
        raise InvalidContent(
            "FORMAT does not start with GT", place=line.place, remedy="give a file with called genotypes (GT)"
        )
    bad = read_calls(line.text, int(line.cuts[9]) + 1, int(line.cuts[10]), dosages)
    if bad >= 0:
        raise InvalidContent(
            f"the GT of {samples[bad]} is no genotype of one or two of the line's alleles",
            place=line.place,
            remedy="correct the line, or call the sample as diploid",
        )
