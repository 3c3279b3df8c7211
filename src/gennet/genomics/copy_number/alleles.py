"""Allele counts at heterozygous sites: how frequent the rarer allele is in each segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.copy_number.segments import Segments

_GRID = np.linspace(0, 0.5, 101)
_ERROR = 0.005
"""Reads that show the other allele by mistake, so that a single one does not exclude a frequency of 0."""
_FEWEST = 5
REMEDY = "give chromosome, position, depth and alternate (reads with the alternate allele), tab-separated with a header"


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Sites where the germline is heterozygous; arrays are aligned."""

    chromosome: NDArray[np.int8]
    """1-22, 23 for X, 24 for Y, 25 for MT."""
    position: NDArray[np.int64]
    """1-based."""
    depth: NDArray[np.int64]
    alternate: NDArray[np.int64]
    """Reads with the alternate allele, `depth` at most."""


def read_sites(path: Path) -> Sites:
    """
    Read a table with the columns chromosome, position, depth and alternate, of sites heterozygous in the germline.

    Raises
    ------
    InvalidContent
        A column is missing or a row cannot be true; it is named by its line.
    """
    lines = read_text(path).splitlines()
    header = lines[0].lower().lstrip("#").split("\t") if lines else []
    wanted = ("chromosome", "position", "depth", "alternate")
    if not set(wanted) <= set(header):
        raise InvalidContent("a column is missing", place=f"{path.name}: line 1", remedy=REMEDY)
    at = [header.index(name) for name in wanted]
    rows = list[tuple[int, int, int, int]]()
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        try:
            position, depth, alternate = (int(cells[i]) for i in at[1:])
        except (ValueError, IndexError):
            position = depth = alternate = -1
        if position < 1 or not 0 <= alternate <= depth:
            raise InvalidContent("not a site with its counts", place=f"{path.name}: line {number}", remedy=REMEDY)
        rows.append((chromosome_code(cells[at[0]]), position, depth, alternate))
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Sites(table[:, 0].astype(np.int8), table[:, 1], table[:, 2], table[:, 3])


def rarer(segments: Segments, sites: Sites) -> NDArray[np.float64]:
    """
    Return the likeliest frequency of the rarer allele in each segment, 0 to 0.5; NaN below five covered sites.

    Which allele is the rarer one may differ from site to site, so each is a mixture of both binomials: the mean of
    folded frequencies would be too low where alleles are balanced.

    >>> from gennet.genomics.copy_number.segments import Segments
    >>> one, zero = np.array([1]), np.array([0])
    >>> whole = Segments(("1",), zero, zero, one * 900, zero * 1.0, one * 0.1, one * 9, one * 9.0)
    >>> counts = Sites(np.ones(6, np.int8), np.arange(1, 7), np.full(6, 60), np.array([20, 40, 19, 41, 21, 39]))
    >>> round(float(rarer(whole, counts)[0]), 2)
    0.33
    """
    codes = np.array([chromosome_code(name) for name in segments.names])
    found = np.full(segments.size, np.nan)
    seen = _GRID * (1 - 2 * _ERROR) + _ERROR
    for row in range(segments.size):
        own = (sites.chromosome == codes[row]) & (sites.position > segments.start[row]) & (sites.depth > 0)
        own &= sites.position <= segments.end[row]
        if codes[row] and own.sum() >= _FEWEST:
            alternate, depth = sites.alternate[own][:, None], sites.depth[own][:, None]
            one = alternate * np.log(seen) + (depth - alternate) * np.log1p(-seen)
            other = (depth - alternate) * np.log(seen) + alternate * np.log1p(-seen)
            found[row] = _GRID[np.logaddexp(one, other).sum(axis=0).argmax()]
    return found
