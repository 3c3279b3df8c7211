"""Contributions summed over genes and regions, so that nothing is lost and nothing counts twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.score_contributions.contributions import Contributions
    from gennet.genomics.scoring_files import ScoringFile

BETWEEN = "between genes"
_NAMES = ("gene_name", "Name", "gene", "ID")
"""Attributes of GFF3 that name a gene, the most telling first."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneSpans:
    """Where genes lie, along the genome."""

    name: tuple[str, ...]
    chromosome: NDArray[np.int8]
    start: NDArray[np.int64]
    """1-based, inclusive."""
    end: NDArray[np.int64]
    """1-based, inclusive."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one gene or region holds of a score."""

    name: str
    chromosome: int
    """0 for what lies in none."""
    start: int
    end: int
    variants: int
    contribution: float
    beyond: float


def read_gene_spans(path: Path) -> GeneSpans:
    """
    Read genes from a BED (chromosome, start, end, name) or the gene lines of a GFF3.

    Raises
    ------
    InvalidContent
        A line is neither, or there is no gene on chromosomes 1-22, X, Y or MT; with the line.
    """
    rows = list[tuple[int, int, int, str]]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        cells = line.split("\t")
        place = f"{path.name}: line {number}"
        if len(cells) == 9 and cells[3].isdigit():
            if not cells[2].endswith("gene"):
                continue
            told = dict(pair.split("=", 1) for pair in cells[8].split(";") if "=" in pair)
            found = (cells[0], cells[3], cells[4], next((told[key] for key in _NAMES if key in told), "")), 0
        elif len(cells) >= 4:
            found = (cells[0], cells[1], cells[2], cells[3]), 1
        else:
            found = ("", "", "", ""), 0
        (contig, start, end, name), shift = found
        if not (name and start.isdigit() and end.isdigit() and int(start) + shift <= int(end)):
            raise InvalidContent(
                "neither a BED line with a name nor one of GFF3",
                place=place,
                remedy="give chromosome, start, end, name",
            )
        if code := chromosome_code(contig):
            rows.append((code, int(start) + shift, int(end), name))
    if not rows:
        raise InvalidContent("it holds no gene", place=path.name, remedy="give a BED of four columns or a GFF3")
    rows.sort()
    return GeneSpans(
        tuple(row[3] for row in rows), np.array([row[0] for row in rows], np.int8),
        np.array([row[1] for row in rows], np.int64), np.array([row[2] for row in rows], np.int64),
    )  # fmt: skip


def by_gene(found: Contributions, file: ScoringFile, genes: GeneSpans) -> tuple[Share, ...]:
    """
    Sum contributions by gene; a variant in several genes is shared equally, one in none is `BETWEEN` them.

    Genes without a variant are left out. The sums add up to those over the variants.
    """
    chromosome, position = file.chromosome[found.rows], file.position[found.rows].astype(np.int64)
    inside = [
        np.flatnonzero((chromosome == code) & (position >= start) & (position <= end))
        for code, start, end in zip(genes.chromosome.tolist(), genes.start.tolist(), genes.end.tolist(), strict=True)
    ]
    times = np.zeros(len(found.rows))
    for rows in inside:
        times[rows] += 1
    shares = list[Share]()
    for at, rows in enumerate(inside):
        if len(rows):
            place = int(genes.chromosome[at]), int(genes.start[at]), int(genes.end[at])
            shares.append(_share(genes.name[at], place, rows, found, 1.0 / times[rows]))
    none = np.flatnonzero(times == 0)
    return (*shares, _share(BETWEEN, (0, 0, 0), none, found, np.ones(len(none))))


def by_region(found: Contributions, file: ScoringFile, window: int) -> tuple[Share, ...]:
    """Sum contributions over windows of so many base pairs; those without a variant are left out."""
    chromosome, position = file.chromosome[found.rows].astype(np.int64), file.position[found.rows].astype(np.int64)
    key = chromosome << 32 | (position - 1) // window
    shares = list[Share]()
    for one in np.unique(key).tolist():
        rows = np.flatnonzero(key == one)
        code, at = one >> 32, one & 0xFFFFFFFF
        place = code, at * window + 1, (at + 1) * window
        shares.append(_share("", place, rows, found, np.ones(len(rows))))
    return tuple(shares)


def _share(
    name: str, place: tuple[int, int, int], rows: NDArray[np.intp], found: Contributions, part: NDArray[np.float64]
) -> Share:
    return Share(
        name, *place, len(rows), float(found.contribution[rows] @ part), float(found.beyond[rows] @ part)
    )  # fmt: skip
