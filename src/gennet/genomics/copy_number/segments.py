"""Segments of equal copy number: made of bins by either method, written as CNVkit's .cns and as .seg."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent
from gennet.genomics.copy_number.cbs import Circular, segment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.copy_number.bins import Bins

_APART = 1_000_000
"""Bases without a usable bin that end a segment, as a centromere does."""


class Method(StrEnum):
    """How bins become segments."""

    CBS = "cbs"
    """Circular binary segmentation: any levels, any number of them."""
    HMM = "hmm"
    """Hidden Markov model: levels of whole copies at the purity and ploidy given."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Segments in the order of the genome; arrays are aligned."""

    contigs: tuple[str, ...]
    contig: NDArray[np.int32]
    start: NDArray[np.int64]
    """0-based: where the first bin starts."""
    end: NDArray[np.int64]
    """0-based, excluded: where the last bin ends."""
    log2: NDArray[np.float64]
    """Weighted mean of the bins."""
    error: NDArray[np.float64]
    """Standard error of that mean, from the spread of neighbouring bins of the whole sample."""
    bins: NDArray[np.int64]
    """How many usable bins there are."""
    weight: NDArray[np.float64]
    """Sum of their weights."""

    @property
    def size(self) -> int:
        """How many segments there are."""
        return len(self.start)

    @property
    def names(self) -> list[str]:
        """The contig of each."""
        return [self.contigs[i] for i in self.contig.tolist()]


def noise(bins: Bins) -> float:
    """
    Estimate the standard deviation of a bin of weight 1 from differences of neighbours, robustly.

    Changes of copy number touch few differences, so they do not count as noise.

    >>> from gennet.genomics.copy_number.bins import bins_of
    >>> log2 = np.random.default_rng(1).normal(size=4000) + np.repeat([0, 9], 2000)
    >>> bins = bins_of(["1"] * 4000, np.arange(4000) * 10, np.arange(4000) * 10 + 10, log2=log2)
    >>> abs(noise(bins) - 1) < 0.05
    True
    """
    used = bins.at(bins.usable)
    together = used.contig[1:] == used.contig[:-1]
    scale = np.sqrt(1 / used.weight[1:] + 1 / used.weight[:-1])
    differences = (np.diff(used.log2) / scale)[together]
    return float(1.4826 * np.median(np.abs(differences))) if differences.size else 0.0


def by_cbs(bins: Bins, how: Circular, rng: np.random.Generator, watch: Watch = silent) -> Segments:
    """
    Cut each contig by circular binary segmentation; a wide gap without usable bins is a cut too.

    Raises
    ------
    InvalidContent
        No bin has a log2 ratio and a weight.
    """
    used = usable(bins)
    edges = set[int]()
    runs = list(unbroken(used))
    for done, run in enumerate(runs):
        watch("segmenting", done, len(runs))
        cut = segment(used.log2[run], used.weight[run], how, rng)
        edges.update(run.start + edge for edge in cut)
    return segments_of(used, sorted(edges))


def usable(bins: Bins) -> Bins:
    """Return the bins with a log2 ratio and a weight; refuse a table without any."""
    used = bins.at(bins.usable)
    if not used.size:
        raise InvalidContent(
            "no bin has a log2 ratio and a weight above 0", place="bins", remedy="check the depth and the reference"
        )
    return used


def unbroken(used: Bins) -> list[slice]:
    """Return stretches of one contig without a wide gap."""
    breaks = (np.diff(used.contig) != 0) | (used.start[1:] - used.end[:-1] > _APART)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), used.size]
    return [slice(low, high) for low, high in itertools.pairwise(edges)]


def segments_of(used: Bins, edges: Sequence[int]) -> Segments:
    """
    Make segments of usable bins cut at edges, which start with 0 and end with their number.

    >>> from gennet.genomics.copy_number.bins import bins_of
    >>> bins = bins_of(["1"] * 3, [0, 10, 20], [10, 20, 30], log2=[0.0, 0.2, 1.0])
    >>> made = segments_of(bins, [0, 2, 3])
    >>> made.log2.tolist(), made.end.tolist()
    ([0.1, 1.0], [20, 30])
    """
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    weight = np.add.reduceat(used.weight, low)
    mean = np.add.reduceat(used.weight * used.log2, low) / weight
    error = noise(used) / np.sqrt(weight)
    return Segments(
        used.contigs, used.contig[low], used.start[low], used.end[high - 1], mean, error, high - low, weight
    )


def write_cns(segments: Segments, copies: NDArray[np.int64] | None, path: Path) -> Path:
    """Write segments with the columns of CNVkit's ``.cns``, and ``cn`` where copies are known; return the path."""
    header = ["chromosome", "start", "end", "gene", "log2", *(["cn"] if copies is not None else []), "probes", "weight"]
    cn = [[]] * segments.size if copies is None else [[str(n)] for n in copies.tolist()]
    rows = [
        [name, str(start), str(end), "-", f"{log2:.6g}", *n, str(probes), f"{weight:.6g}"]
        for name, start, end, log2, n, probes, weight in zip(
            segments.names,
            segments.start.tolist(),
            segments.end.tolist(),
            segments.log2.tolist(),
            cn,
            segments.bins.tolist(),
            segments.weight.tolist(),
            strict=True,
        )
    ]
    return _write([header, *rows], path)


def write_seg(segments: Segments, sample: str, path: Path) -> Path:
    """Write segments as ``.seg`` for IGV and GISTIC, whose starts count from 1; return the path."""
    header = ["ID", "chrom", "loc.start", "loc.end", "num.mark", "seg.mean"]
    rows = [
        [sample, name, str(start + 1), str(end), str(probes), f"{log2:.6g}"]
        for name, start, end, probes, log2 in zip(
            segments.names,
            segments.start.tolist(),
            segments.end.tolist(),
            segments.bins.tolist(),
            segments.log2.tolist(),
            strict=True,
        )
    ]
    return _write([header, *rows], path)


def _write(rows: list[list[str]], path: Path) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return part.replace(path)
