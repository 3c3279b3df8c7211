"""What a source of annotations is: rows of variants with values, and what was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gennet.core.files import chunks_of, utf8
from gennet.errors import UnreadableFile
from gennet.genomics.annotation.layouts import Kind, Value
from gennet.genomics.builds import Build

Values = tuple[int | float | str | None, ...]
Reader = Callable[[bytes, bytes, bytes, int, int], Values]
"""From ID, FILTER, INFO (led by a semicolon), number of the alternate and how many there are, to values."""


class Row(NamedTuple):
    """A variant of a source, as its file writes it."""

    chromosome: int
    position: int
    """1-based."""
    reference: str
    alternate: str
    values: Values
    line: int = 0


@dataclass(slots=True)
class Source:
    """A source that has been recognised; `rows` can be read once."""

    path: Path
    kind: Kind
    values: tuple[Value, ...]
    build: Build | None
    version: str
    rows: Iterator[Row]
    read: Reader | None = None
    """How lines of a VCF are read; None for tables."""
    set_aside: Counter[str] = field(default_factory=Counter)
    """Why lines or alleles are not in the store, with how many."""


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, plain or compressed, without their ends; errors as `core.files.chunks_of`."""
    rest = b""
    for piece in utf8(chunks_of(path, chunk=1 << 22), path.name):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest.removesuffix(b"\r")


def columns_at(head: Sequence[str], wanted: dict[str, tuple[str, ...]], place: str) -> dict[str, int]:
    """
    Find columns by any of their names; raise `UnreadableFile` naming the first that is not there.

    >>> columns_at(["chr", "pos"], {"chromosome": ("chrom", "chr")}, "x")
    {'chromosome': 0}
    """
    known = {name.strip().lower().lstrip("#"): at for at, name in reversed(list(enumerate(head)))}
    found = dict[str, int]()
    for name, names in wanted.items():
        at = next((known[n] for n in names if n in known), None)
        if at is None:
            raise UnreadableFile(
                f"the table has no column {name}",
                place=place,
                remedy=f"its first line names columns: {', '.join(names)}",
            )
        found[name] = at
    return found
