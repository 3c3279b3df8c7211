"""Fragments of ATAC-seq: a row per fragment with its cell, as 10x Genomics and SnapATAC write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

REMEDY = "give a fragments file: chromosome, start, end and barcode, tab-separated, counted from 0"


@dataclass(frozen=True, slots=True, eq=False)
class Fragments:
    """
    Fragments in the order of the file; arrays are aligned.

    Both ends are places where the transposase cut. Files of 10x have moved them by +4 and -5 bases already (Buenrostro
    2013, doi:10.1038/nmeth.2688), so nothing is moved here.
    """

    contigs: tuple[str, ...]
    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    """0-based."""
    end: NDArray[np.int64]
    """0-based, excluded."""
    cells: tuple[str, ...]
    cell: NDArray[np.int32]

    @property
    def size(self) -> int:
        """How many fragments there are."""
        return len(self.start)


def read_fragments(path: Path) -> Fragments:
    """
    Read a fragments file, plain or compressed; each row counts once, whatever its number of read pairs.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such file, or it is no text.
    InvalidContent
        A row is no fragment (named by its line), or there is none.
    """
    contigs, cells = dict[str, int](), dict[str, int]()
    rows = list[tuple[int, int, int, int]]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.startswith("#") or not line:
            continue
        words = line.split("\t")
        if len(words) < 4 or not (words[1].isdecimal() and words[2].isdecimal()) or int(words[1]) >= int(words[2]):
            raise InvalidContent("this is no fragment", place=f"{path.name}: line {number}", remedy=REMEDY)
        contig, cell = contigs.setdefault(words[0], len(contigs)), cells.setdefault(words[3], len(cells))
        rows.append((contig, int(words[1]), int(words[2]), cell))
    if not rows:
        raise InvalidContent("there is no fragment", place=path.name, remedy=REMEDY)
    table = np.array(rows, np.int64)
    return Fragments(
        tuple(contigs), table[:, 0].astype(np.int32), table[:, 1], table[:, 2], tuple(cells),
        table[:, 3].astype(np.int32),
    )  # fmt: skip
