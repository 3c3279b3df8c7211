"""VCF text to columns: pieces of the file are unpacked and cut in threads, and put together in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics._vcf_columns import HAPLOID, MISSING, Alleles, Columns, Tally
from gennet.genomics._vcf_pieces import Cutter, Later, Lines, Piece, ahead
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics._vcf_header import Header

Keep = Callable[["NDArray[np.int8]", "NDArray[np.int32]", "NDArray[np.int32]"], "NDArray[np.bool_]"]
"""Tells from chromosomes, first and last positions which lines are wanted."""

_GENOTYPE = re.compile(rb"[/|]?(\.|\d{1,3})(?:([/|])(\.|\d{1,3}))?(?:[/|](\.|\d{1,3}))*$")
_ALLELE = re.compile(rb"[ACGTNacgtn]+$")
# IUPAC codes are legal in REF of some references and carry no meaning for alleles here.
_REFERENCE_ALLELE = re.compile(rb"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+$")
_NO_ALTERNATE = (b".", b"<NON_REF>", b"<*>", b"<X>")
_SHORT = 64
"""Longer allele strings are not remembered: they seldom come twice."""
_REFUSED, _STRUCTURAL = -2, -3
"""In place of an allele's code: it is none; it is symbolic, so the line says nothing about the bases there."""


def read_columns(
    pieces: Iterator[Later],
    rest: bytes,
    header: Header,
    column: int,
    alleles: Alleles,
    place: str,
    *,
    threads: int = 2,
    keep: Keep | None = None,
) -> tuple[Columns, Tally]:
    """Read the sites of one sample from the text after the header: `rest`, then the pieces."""
    reader = _Reader(header, column, alleles, place, keep)
    with ThreadPoolExecutor(threads, thread_name_prefix="vcf") as pool:
        for piece in ahead(pool, reader.cutter.piece, _first_then(rest, pieces), threads + 2):
            reader.take(piece)
    return reader.columns(), reader.tally


def _first_then(rest: bytes, pieces: Iterator[Later]) -> Iterator[Later]:
    yield lambda: rest
    yield from pieces


class _Reader:
    """Takes pieces in the order of the file and says what their lines mean."""

    def __init__(self, header: Header, column: int, alleles: Alleles, place: str, keep: Keep | None) -> None:
        self.cutter = Cutter(len(header.samples), column, alleles, place)
        self.kernels, self.place, self.alleles, self.keep = self.cutter.kernels, place, alleles, keep
        self.tally = Tally()
        self._width = 9 + len(header.samples)
        self._line, self._carry, self._blank = header.first_line, b"", 0
        self._begun = False
        self._taken = list[Columns]()
        self._letters = [(code, code, min(code, 1), min(code, 1)) for code in range(self.kernels.FIRST_STRING)]
        self._strings = dict[bytes, tuple[int, int, int, int]]()

    def take(self, piece: Piece) -> None:
        """Add a piece to what was read before it."""
        if piece.lines is None:
            self._carry += piece.head
            return
        whole = self._carry + piece.head
        if whole:
            self._take_lines(self.cutter.lines(whole))
        self._take_lines(piece.lines)
        self._carry = piece.tail

    def columns(self) -> Columns:
        """Return everything read; the last line may lack its newline."""
        if self._carry:
            self._take_lines(self.cutter.lines(self._carry + b"\n"))
            self._carry = b""
        if not self._begun:
            raise InvalidContent(
                "the file holds a header and no sites", place=self.place, remedy="copy or export it again"
            )
        names = Columns.__dataclass_fields__
        return Columns(**{name: np.concatenate([getattr(c, name) for c in self._taken]) for name in names})

    def _take_lines(self, lines: Lines) -> None:
        self._check_text(lines.text)
        if lines.count and self._blank:
            self._refuse_width(b"", self._blank)
        if lines.count:
            self._begun = True
            self._taken.append(self._columns(lines))
        self._line += lines.count
        if lines.wrong:
            self._refuse_line(lines)

    def _check_text(self, text: bytes) -> None:
        if text.isascii():
            return
        try:
            text.decode()
        except UnicodeDecodeError as error:
            line = self._line + text.count(b"\n", 0, error.start)
            raise UnreadableFile(
                f"line {line} is not UTF-8 text", place=self.place, remedy="convert the file to UTF-8"
            ) from error

    def _refuse_line(self, lines: Lines) -> None:
        """Say what is wrong with the line at which the kernel stopped; blank lines may end the file."""
        rest = lines.text[int(lines.start[lines.count]) :]
        line = rest[: rest.index(b"\n")]
        if not rest.strip(b"\n\0"):
            self._blank = self._blank or self._line
            self._line += rest.count(b"\n")
            return
        kernels = self.kernels
        if lines.wrong == kernels.WIDTH:
            self._refuse_width(line, self._line)
        fields = line.split(b"\t")
        shown = fields[1][:40].decode("utf-8", "replace")
        if lines.wrong == kernels.POSITION:
            raise self._refusal(
                lines.count, f"POS {shown!r} is not a position from 1 up", "correct the line", stopped=True
            )
        if lines.wrong == kernels.FORMAT:
            raise self._refusal(
                lines.count, "FORMAT does not start with GT", "give a file with called genotypes (GT)", stopped=True
            )
        last = next(part for part in fields[7].split(b";") if part.startswith(b"END="))[4:24].decode("utf-8", "replace")
        raise self._refusal(lines.count, f"END={last} is not a position from POS on", "correct the line", stopped=True)

    def _refuse_width(self, line: bytes, number: int) -> None:
        place = f"{self.place}: line {number}"
        if line.startswith(b"#"):
            raise InvalidContent(
                "a header line stands among the sites", place=place, remedy="join the files with bcftools concat"
            )
        columns = line.count(b"\t") + 1
        raise InvalidContent(
            f"{columns} columns where the header has {self._width}",
            place=place,
            remedy="the file may be cut short; copy or export it again",
        )

    def _refusal(self, row: int, problem: str, remedy: str, *, stopped: bool = False) -> InvalidContent:
        line = self._line if stopped else self._line + row
        return InvalidContent(problem, place=f"{self.place}: line {line}", remedy=remedy)

    def _columns(self, lines: Lines) -> Columns:
        n = lines.count
        chromosome = self._chromosomes(lines)
        reference, alternate, listed, there = self._allele_codes(lines)
        first, second, flags = lines.first[:n], lines.second[:n], lines.flags[:n]
        phased = (flags & self.kernels.PHASED) > 0
        self._odd_genotypes(lines, phased)
        self._refuse_unlisted(lines, listed, there)
        made = Columns(
            chromosome, lines.position[:n], reference, alternate, first, second, phased, lines.phase_set[:n],
            np.arange(self._line, self._line + n), lines.block_end[:n],
        )  # fmt: skip
        self.tally.filtered += int(np.count_nonzero((flags & self.kernels.FILTERED > 0) & (chromosome > 0)))
        structural = alternate == _STRUCTURAL
        self.tally.structural += int(np.count_nonzero(structural & (chromosome > 0)))
        wanted = (chromosome > 0) & ~structural
        if self.keep is not None:
            wanted &= self.keep(chromosome, made.position, np.maximum(made.position, made.block_end))
        if bool(wanted.all()):
            return made
        return Columns(*(getattr(made, name)[wanted] for name in Columns.__dataclass_fields__))

    def _chromosomes(self, lines: Lines) -> NDArray[np.int8]:
        run_length = np.diff([*lines.runs, lines.count])
        codes = []
        for row, count in zip(lines.runs, run_length.tolist(), strict=True):
            name = lines.at(row).partition(b"\t")[0]
            code = chromosome_code(name.decode("utf-8", "replace"))
            codes.append(code)
            if code == 0:
                if not name or name.startswith(b"#"):
                    raise self._refusal(row, "the line names no chromosome", "correct the line")
                shown = name.decode("utf-8", "replace")
                self.tally.other_contigs[shown] = self.tally.other_contigs.get(shown, 0) + count
            else:
                self._check_naming(row, code, name)
        return np.repeat(np.array(codes, np.int8), run_length)

    def _check_naming(self, row: int, code: int, name: bytes) -> None:
        tally = self.tally
        # MT is called chrM and MT beside either style.
        style = b"MT" if code == 25 else name[:2].lower() if len(name) > 2 else b""
        key = code if code == 25 else 0
        if tally.naming.setdefault(code, name) == name and tally.styles.setdefault(key, (style, name))[0] == style:
            return
        other = tally.naming[code] if tally.naming[code] != name else tally.styles[key][1]
        raise self._refusal(
            row,
            f"chromosomes are named in two styles: {name.decode()} here, {other.decode()} before",
            "rename the contigs to one style with bcftools annotate --rename-chrs",
        )

    def _allele_codes(
        self, lines: Lines
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Turn this text's codes into the file's; also say how many alternates count, and how many ALT writes."""
        base = self.kernels.FIRST_STRING
        facts = np.array([*self._letters, *map(self._facts, lines.strings)], np.int32)
        as_reference, as_alternate, listed, there = (np.ascontiguousarray(facts[:, k]) for k in range(4))
        n = lines.count
        local = lines.alternate[:n]
        reference, alternate = as_reference[lines.reference[:n]], as_alternate[local]
        for codes, what, own in ((reference, "REF", lines.reference), (alternate, "ALT", lines.alternate)):
            bad = np.flatnonzero(codes == _REFUSED)
            if len(bad):
                row = int(bad[0])
                shown = lines.strings[int(own[row]) - base][:40].decode("ascii", "replace")
                raise self._refusal(row, f"{what} {shown!r} is not an allele", "correct the line")
        return reference, alternate, listed[local], there[local]

    def _facts(self, text: bytes) -> tuple[int, int, int, int]:
        """Return an allele string's code as REF and as ALT, how many alternates of it count, and how many it writes."""
        known = self._strings.get(text)
        if known is not None:
            return known
        reference = self.alleles.code(text.upper()) if _REFERENCE_ALLELE.match(text) else _REFUSED
        parts = text.split(b",")
        there = len(parts)
        while parts and parts[-1] in _NO_ALTERNATE:
            parts.pop()
        facts = (reference, _alternate_code(parts, self.alleles), len(parts), there)
        if len(text) < _SHORT:
            self._strings[text] = facts
        return facts

    def _odd_genotypes(self, lines: Lines, phased: NDArray[np.bool_]) -> None:
        known: dict[bytes, tuple[int, int, bool]] = {}
        for row in np.flatnonzero(lines.flags[: lines.count] & self.kernels.ODD).tolist():
            begin = int(lines.sample[row])
            text = re.split(rb"[:\t\n]", lines.text[begin : begin + 4096], maxsplit=1)[0]
            if text not in known:
                known[text] = self._genotype(row, text)
            lines.first[row], lines.second[row], phased[row] = known[text]
        lines.phase_set[: lines.count][~phased] = 0

    def _genotype(self, row: int, text: bytes) -> tuple[int, int, bool]:
        match = _GENOTYPE.match(text)
        if match is None:
            shown = text[:40].decode("utf-8", "replace")
            raise self._refusal(row, f"GT {shown!r} is not a genotype", "correct the line")
        if match[4] is not None:
            shown = text[:40].decode()
            raise self._refusal(row, f"GT {shown!r} has more than two alleles", "call the sample as diploid")
        one, two = (MISSING if a == b"." else int(a) if a is not None else HAPLOID for a in (match[1], match[3]))
        if max(one, two) > 127:
            raise self._refusal(
                row, f"GT {text.decode()!r} names an allele beyond 127", "split the site with bcftools norm"
            )
        return one, two, match[2] == b"|"

    def _refuse_unlisted(self, lines: Lines, listed: NDArray[np.int32], there: NDArray[np.int32]) -> None:
        """Set calls of <NON_REF> to missing; refuse calls of alleles that ALT does not write at all."""
        first, second = lines.first[: lines.count], lines.second[: lines.count]
        called = np.maximum(first, second)
        beyond = np.flatnonzero(called > there)
        if len(beyond):
            row = int(beyond[0])
            raise self._refusal(row, f"GT names allele {called[row]} where ALT lists {there[row]}", "correct the line")
        for side in (first, second):
            side[side > listed] = MISSING


def _alternate_code(parts: list[bytes], alleles: Alleles) -> int:
    if not parts:
        return 0
    if not all(_is_alternate(part) for part in parts):
        return _REFUSED
    if not any(_ALLELE.match(part) for part in parts):
        return _STRUCTURAL
    return alleles.code(b",".join(part.upper() for part in parts))


def _is_alternate(part: bytes) -> bool:
    """Accept bases, the spanning deletion, symbolic alleles and breakends."""
    if _ALLELE.match(part) or part == b"*":
        return True
    if not part.isascii():
        return False
    return (
        (part.startswith(b"<") and part.endswith(b">") and b"," not in part)
        or b"[" in part
        or b"]" in part
        or (part.startswith(b".") ^ part.endswith(b"."))
    )
