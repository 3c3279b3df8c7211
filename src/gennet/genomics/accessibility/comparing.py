"""Peaks that open or close between groups of samples, and how open each gene is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.core.files import read_text
from gennet.core.moderated import Moderated, fit, moderated
from gennet.errors import BadInput, InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.accessibility.fragments import Fragments

_HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Cells put together by sample, and the group of each sample."""

    names: tuple[str, ...]
    of_cell: NDArray[np.intp]
    """Index of each cell's sample; -1 where the table does not name it."""
    groups: tuple[str, str]
    group: NDArray[np.intp]
    """0 or 1 for each sample."""


def read_samples(path: Path, cells: Sequence[str]) -> Samples:
    """
    Read which cell is of which sample and group: a table with a header, barcode, sample, group.

    Raises
    ------
    InvalidContent
        A line has fewer columns, a sample stands in two groups, or there are not two groups of two samples.
    BadInput
        No cell is named.
    """
    of_cell, groups = dict[str, str](), dict[str, str]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        fields = [field.strip() for field in (line.split("\t") if "\t" in line else line.split(","))]
        place = f"{path.name}: line {number}"
        if len(fields) < 3:
            raise InvalidContent("not barcode, sample and group", place=place, remedy="give three columns")
        if groups.setdefault(fields[1], fields[2]) != fields[2]:
            raise InvalidContent(f"sample {fields[1]!r} is in two groups", place=place, remedy="name samples apart")
        of_cell[fields[0]] = fields[1]
    known = sorted({of_cell[cell] for cell in cells if cell in of_cell})
    if not known:
        raise BadInput("no cell of the fragments is in the table", place=path.name, remedy="give the same barcodes")
    named = sorted({groups[name] for name in known})
    size = [sum(groups[name] == g for name in known) for g in named]
    if len(named) != 2 or min(size) < 2:
        raise InvalidContent(
            f"{len(named)} groups of {size} samples", place=path.name,
            remedy="give two groups of at least two samples: cells of one sample are no replicates",
        )  # fmt: skip
    at = {name: i for i, name in enumerate(known)}
    return Samples(
        tuple(known), np.array([at[of_cell[c]] if c in of_cell else -1 for c in cells], np.intp), (named[0], named[1]),
        np.array([named.index(groups[name]) for name in known], np.intp),
    )  # fmt: skip


_PEAK = re.compile(r"(.+)[:_-](\d+)[_-](\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """Cuts in peaks that were counted elsewhere."""

    contigs: tuple[str, ...]
    """Of each peak."""
    start: NDArray[np.int64]
    """0-based."""
    end: NDArray[np.int64]
    """0-based, excluded."""
    columns: tuple[str, ...]
    """Cells or samples."""
    counts: Any
    """Peaks x columns, an array or a sparse one."""


def read_counts(path: Path) -> CountTable:
    """
    Read a table of peaks by cells or samples: a header, then ``chr1:100-200`` (or with ``_`` or ``-``) and counts.

    Raises
    ------
    InvalidContent
        A line names no place, or its counts are no whole numbers, not negative, one for each column.
    """
    lines = read_text(path).splitlines()
    cut = "\t" if lines and "\t" in lines[0] else ","
    columns = tuple(name.strip() for name in lines[0].split(cut)[1:]) if lines else ()
    places, rows = list[tuple[str, int, int]](), list[list[float]]()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        name, *values = line.split(cut)
        found = _PEAK.fullmatch(name.strip().strip('"'))
        try:
            counts = [float(value) for value in values]
        except ValueError:
            counts = []
        if found is None or len(counts) != len(columns) or any(c < 0 or c != int(c) for c in counts):
            raise InvalidContent(
                f"not a place and {len(columns)} counts", place=f"{path.name}: line {number}",
                remedy="give chr:start-end, then a whole number for each column",
            )  # fmt: skip
        places.append((found[1], int(found[2]), int(found[3])))
        rows.append(counts)
    if not rows or not columns:
        raise BadInput("there are no counts", place=path.name, remedy="give peaks in rows, cells or samples in columns")
    contigs, start, end = zip(*places, strict=True)
    return CountTable(tuple(contigs), np.array(start), np.array(end), columns, np.array(rows))


def by_sample(counts: Any, samples: Samples) -> NDArray[np.float64]:  # noqa: ANN401 scipy's sparse arrays have no common type
    """Add up the counts (peaks x cells) of each sample's cells: peaks x samples."""
    from scipy.sparse import coo_array

    kept = np.flatnonzero(samples.of_cell >= 0)
    shape = (counts.shape[1], len(samples.names))
    member = coo_array((np.ones(len(kept)), (kept, samples.of_cell[kept])), shape=shape).tocsr()
    added = counts @ member
    return np.asarray(added.todense() if hasattr(added, "todense") else added, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Tests of peaks."""

    rows: NDArray[np.intp]
    """Peaks that were tested."""
    change: NDArray[np.float64]
    """log2 of the second group over the first, on one scale."""
    tests: Moderated
    mean: NDArray[np.float64]
    """Mean log2 counts per million."""


def compare(counts: NDArray[np.float64], samples: Samples, *, least: float = 10.0) -> Compared:
    """
    Test peaks by moderated t on log2 counts per million.

    Samples are put on one scale by the median ratio of their peaks, so that many cuts in few peaks of one group do not
    make the other peaks look closed.

    Parameters
    ----------
    counts
        Peaks x samples.
    least
        Cuts over all samples that a peak needs.

    Raises
    ------
    InvalidContent
        A sample has no cut in a peak, or too few samples.

    References
    ----------
    Law et al. voom. Genome Biology (2014). doi:10.1186/gb-2014-15-2-r29 (its log counts; variances moderated with a common
    prior)
    """
    total = counts.sum(axis=0)
    if (total == 0).any():
        empty = samples.names[int(np.flatnonzero(total == 0)[0])]
        raise InvalidContent("it has no cut in a peak", place=f"sample {empty}", remedy="leave it out")
    rows = np.flatnonzero(counts.sum(axis=1) >= least)
    size = _sizes(counts, total)
    values = np.log2((counts[rows] + _HALF) / (size + 1.0) * 1e6)
    design = np.column_stack([np.ones(len(samples.names)), samples.group])
    fitted = fit(values, design, 1)
    return Compared(rows, fitted.effect, moderated(fitted), values.mean(axis=1))


def _sizes(counts: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the size of each sample: all cuts, weighed by the median ratio over peaks that all samples have."""
    whole = counts[(counts > 0).all(axis=1)]
    if len(whole) < 20:
        return total
    shares = np.log(whole / total)
    factor = np.exp(np.median(shares - shares.mean(axis=1, keepdims=True), axis=0))
    return np.asarray(total * factor / np.exp(np.log(factor).mean()), np.float64)


@dataclass(frozen=True, slots=True)
class GeneSpan:
    """Where a gene is, with its promoter; 0-based, end excluded."""

    name: str
    contig: str
    start: int
    end: int


def read_gene_spans(path: Path, upstream: int = 2_000) -> list[GeneSpan]:
    """
    Read genes of a BED of 6 columns and widen each by its promoter, against its strand.

    Raises
    ------
    InvalidContent
        A line has no name and strand, or ends before it starts.
    """
    made = list[GeneSpan]()
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        f = line.split("\t")
        if len(f) < 6 or not (f[1].isdecimal() and f[2].isdecimal()) or int(f[1]) >= int(f[2]) or f[5] not in "+-":
            raise InvalidContent(
                "not a gene with name and strand", place=f"{path.name}: line {number}", remedy="give a BED of 6 columns"
            )
        start, end = int(f[1]), int(f[2])
        span = (max(start - upstream, 0), end) if f[5] == "+" else (start, end + upstream)
        made.append(GeneSpan(f[3], f[0], *span))
    return made


def gene_activity(fragments: Fragments, genes: Sequence[GeneSpan]) -> Any:  # noqa: ANN401 as above
    """
    Count the cuts of each cell in each gene with its promoter: genes x cells, sparse. Genes may overlap.

    References
    ----------
    Stuart et al. Single-cell chromatin state analysis with Signac. Nature Methods (2021). doi:10.1038/s41592-021-01282-5
    """
    from scipy.sparse import coo_array

    rows, columns = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for number, contig in enumerate(fragments.contigs):
        own = np.flatnonzero(fragments.contig == number)
        cuts = np.concatenate([fragments.start[own], fragments.end[own] - 1])
        order = np.argsort(cuts, kind="stable")
        cuts, cells = cuts[order], np.concatenate([fragments.cell[own]] * 2)[order]
        for place, gene in enumerate(genes):
            if gene.contig == contig:
                low, high = np.searchsorted(cuts, [gene.start, gene.end])
                rows.append(np.full(high - low, place))
                columns.append(cells[low:high].astype(np.intp))
    of_gene, of_cell = np.concatenate(rows), np.concatenate(columns)
    return coo_array((np.ones(len(of_gene)), (of_gene, of_cell)), shape=(len(genes), len(fragments.cells))).tocsr()
