"""The ways callers spell a structural variant in ALT and INFO, brought to one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gennet.errors import InvalidContent
from gennet.genomics.structural.variant import Kind, Mate, StructuralVariant

_BASES = re.compile(r"[ACGTUNRYSWKMBDHVacgtunryswkmbdhv]+$")
_BREAKEND = re.compile(r"([A-Za-z.]*)([\[\]])(.+):(\d+)\2([A-Za-z.]*)$")
_CONNECTIONS = {
    "3to5": (True, False),
    "5to3": (False, True),
    "3to3": (True, True),
    "5to5": (False, False),
    "+-": (True, False),
    "-+": (False, True),
    "++": (True, True),
    "--": (False, False),
}
"""DELLY's CT, and STRANDS of Sniffles and others: which side of each breakpoint is kept."""
_JOINS = {"BND", "TRA", "CTX"}
_SEQUENCES = ("SVINSSEQ", "INSSEQ", "SEQ")
"""Where Manta, we, and older long-read callers write what was inserted."""


class Line(NamedTuple):
    """The columns of a line that spell its variant."""

    contig: str
    position: int
    """1-based."""
    id: str
    reference: str
    info: Mapping[str, str]
    place: str
    """File and line, for messages."""


class Spelled(NamedTuple):
    """A variant read from a line, or why there is none."""

    variant: StructuralVariant | None
    aside: str = ""


class Info(Mapping[str, str]):
    """
    An INFO column, searched where it is asked: public lists write hundreds of fields, of which few are wanted.

    >>> info = Info("SVTYPE=DEL;IMPRECISE")
    >>> info["SVTYPE"], "IMPRECISE" in info, len(info)
    ('DEL', True, 2)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hold the column."""
        self._text = f";{text};"

    def __getitem__(self, key: str) -> str:
        """Return a field's value, empty for a flag."""
        at = self._text.find(f";{key}=")
        if at >= 0:
            at += len(key) + 2
            return self._text[at : self._text.index(";", at)]
        if f";{key};" in self._text:
            return ""
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the fields."""
        return (field.partition("=")[0] for field in self._text.split(";") if field not in {"", "."})

    def __len__(self) -> int:
        """Count the fields."""
        return sum(1 for _ in self)


def is_sequence(alternate: str) -> bool:
    """Tell whether an alternate allele is written base by base."""
    return bool(_BASES.match(alternate))


def spelled(line: Line, alternate: str, number: int = 0) -> Spelled:
    """
    Read the variant of one alternate allele, the `number`-th of its line.

    >>> info = Info("SVTYPE=DEL;SVLEN=-80")
    >>> spelled(Line("18", 100, "", "N", info, ""), "<DEL>").variant.end
    180
    >>> spelled(Line("18", 100, "", "N", {}, ""), "<CNV>").aside
    'CNV: copy numbers'
    """
    if "[" in alternate or "]" in alternate:
        return _breakend(line, alternate)
    named = line.info.get("SVTYPE", "").partition(":")[0].upper()
    if is_sequence(alternate):
        return _explicit(line, alternate, named, number)
    if alternate.startswith("<"):
        return _symbol(line, alternate[1:].partition(":")[0].rstrip(">").upper(), named, number)
    return Spelled(None, "single breakends" if "." in alternate else "alleles that are no sequence")


def _symbol(line: Line, symbol: str, named: str, number: int) -> Spelled:
    kind = symbol if symbol in set(Kind) else named or symbol
    if kind in _JOINS:
        return _named_join(line)
    if kind not in set(Kind):
        return Spelled(None, _ASIDE.get(kind, f"{kind[:20]}: not among DEL, DUP, INV, INS and BND"))
    second = line.info.get("CHR2", line.contig)
    if second != line.contig:
        return Spelled(None, f"{kind} between two chromosomes")
    return Spelled(_symbolic(line, Kind(kind), number))


_ASIDE = {
    "CNV": "CNV: copy numbers",
    "MCNV": "MCNV: copy numbers of several alleles",
    "CPX": "CPX: complex events",
    "CTX": "CTX: translocations without their joins",
}


def _symbolic(line: Line, kind: Kind, number: int) -> StructuralVariant:
    size = _length(line, number)
    sequence = next((line.info[key] for key in _SEQUENCES if is_sequence(line.info.get(key, ""))), None)
    if kind is Kind.INSERTION:
        if size is None:
            size = _number(line, "INSLEN") or _number(line, "SVINSLEN") or (len(sequence) if sequence else None)
        return _made(line, kind, line.position, line.position, size, sequence)
    end = _number(line, "END")
    end = line.position + size if end is None and size is not None else end
    if end is None:
        raise InvalidContent(f"{kind} has no END and no SVLEN", place=line.place, remedy="write one of them")
    if end < line.position:
        raise InvalidContent(f"END {end} lies before POS {line.position}", place=line.place, remedy="correct the line")
    return _made(line, kind, line.position, end, end - line.position if size is None else size, sequence)


def _explicit(line: Line, alternate: str, named: str, number: int) -> Spelled:
    reference, alternate = line.reference.upper(), alternate.upper()
    known = named in set(Kind) and named != Kind.BREAKEND
    if len(reference) == len(alternate) and not known:
        return Spelled(None, "substitutions of equal length")
    longer = Kind.INSERTION if len(alternate) > len(reference) else Kind.DELETION
    kind = Kind(named) if known else longer
    shared = _shared(reference, alternate)
    # The last base before the variant. VCF gives it in REF, save where the first base itself changes.
    position = line.position + shared - 1
    size = _length(line, number)
    size = abs(len(alternate) - len(reference)) or len(reference) if size is None else size
    if kind is Kind.INSERTION:
        return Spelled(_made(line, kind, position, position, size, alternate[shared:] or None))
    end = line.position + len(reference) - 1
    if kind is Kind.DELETION:
        return Spelled(_made(line, kind, position, end, size, alternate[shared:] or None))
    return Spelled(_made(line, kind, line.position, max(end, line.position + size), size, None))


def _shared(reference: str, alternate: str) -> int:
    shortest = min(len(reference), len(alternate))
    return next((at for at in range(shortest) if reference[at] != alternate[at]), shortest)


def _breakend(line: Line, alternate: str) -> Spelled:
    match = _BREAKEND.match(alternate)
    if match is None or bool(match[1]) is bool(match[5]):
        raise InvalidContent(f"{alternate[:40]!r} is no breakend", place=line.place, remedy="write it as t[chr:pos[")
    if match[3].startswith("<"):
        return Spelled(None, "joins with contigs of an assembly")
    own = bool(match[1])
    inserted = match[1][1:] if own else match[5][:-1]
    mate = Mate(match[3], int(match[4]), own, match[2] == "]")
    return Spelled(_made(line, Kind.BREAKEND, line.position, line.position, None, inserted.upper() or None, mate))


def _named_join(line: Line) -> Spelled:
    """Read a join that INFO tells and ALT does not: CHR2 with POS2, END2 or END, and how it is connected."""
    second = line.info.get("CHR2", line.contig)
    position = _number(line, "POS2")
    for key in ("END2", "END"):
        position = _number(line, key) if position is None else position
    sides = _CONNECTIONS.get(line.info.get("CT") or line.info.get("STRANDS", "")[:2])
    if position is None or sides is None:
        return Spelled(None, "joins that do not say which sides they keep")
    mate = Mate(second, position, *sides)
    return Spelled(_made(line, Kind.BREAKEND, line.position, line.position, None, None, mate))


def _made(
    line: Line, kind: Kind, position: int, end: int, size: int | None, inserted: str | None, mate: Mate | None = None
) -> StructuralVariant:
    return StructuralVariant(
        kind, line.contig, position, end, length=size, inserted=inserted, mate=mate,
        position_interval=_interval(line, "CIPOS"), end_interval=_interval(line, "CIEND"),
        precise="IMPRECISE" not in line.info, id="" if line.id == "." else line.id,
    )  # fmt: skip


def _number(line: Line, key: str, at: int = 0) -> int | None:
    text = line.info.get(key, "")
    values = text.split(",")
    text = values[at] if at < len(values) else values[0]
    if text in {"", "."}:
        return None
    try:
        return int(text) if text.lstrip("+-").isdigit() else int(float(text))
    except (ValueError, OverflowError):
        raise InvalidContent(f"{key} is {text[:20]!r}", place=line.place, remedy="write a whole number") from None


def _length(line: Line, number: int) -> int | None:
    """Return SVLEN without its sign: deletions are negative up to VCF 4.3 and positive from 4.4."""
    size = _number(line, "SVLEN", number)
    return abs(size) if size else None


def _interval(line: Line, key: str) -> tuple[int, int]:
    if not line.info.get(key, "").strip(".,"):
        return 0, 0
    low, high = _number(line, key, 0), _number(line, key, 1)
    return min(low or 0, 0), max(high or 0, 0)
