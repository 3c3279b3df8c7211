"""Clusters of introns that share a splice site, and how often each is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gennet.expression.splicing.junctions import JunctionCounts


@dataclass(frozen=True, slots=True)
class ClusterRules:
    """Which introns and clusters count; the defaults are LeafCutter's."""

    least_reads: int = 30
    """In a cluster, over all samples."""
    least_share: float = 0.001
    """Of its cluster that an intron has, over all samples."""
    longest: int = 500_000
    """Bases of an intron."""


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Introns that share splice sites, so that a read takes one of them."""

    rows: NDArray[np.intp]
    """Of the counts, ascending."""

    def shares(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the share of each intron in each sample (PSI); NaN where a sample has no read in the cluster."""
        own = counts[self.rows]
        total = own.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(total > 0, own / total, np.nan), np.float64)


def clusters(held: JunctionCounts, rules: ClusterRules | None = None) -> list[Cluster]:
    """
    Group introns by shared splice sites; rare introns are left out and the rest grouped again, until nothing changes.

    Clusters of one intron are left out: nothing is chosen there.

    References
    ----------
    Li et al. Annotation-free quantification of RNA splicing using LeafCutter. Nature Genetics (2018).
    doi:10.1038/s41588-017-0004-9

    >>> from gennet.expression.splicing.junctions import Intron, JunctionCounts
    >>> introns = (Intron("1", 10, 20), Intron("1", 10, 40), Intron("1", 30, 40), Intron("2", 5, 9))
    >>> [c.rows.tolist() for c in clusters(JunctionCounts(("s",), introns, np.full((4, 1), 50)))]
    [[0, 1, 2]]
    """
    rules = rules or ClusterRules()
    total = held.counts.sum(axis=1)
    start = np.array([i.end - i.start + 1 <= rules.longest for i in held.introns], bool)
    waiting = [np.flatnonzero(start & (total > 0))]
    done = list[Cluster]()
    while waiting:
        rows = waiting.pop()
        for group in _connected(held, rows):
            own = total[group]
            if len(group) < 2 or own.sum() < rules.least_reads:
                continue
            kept = group[own >= rules.least_share * own.sum()]
            if len(kept) == len(group):
                done.append(Cluster(group))
            else:
                waiting.append(kept)
    return sorted(done, key=lambda c: int(c.rows[0]))


def _connected(held: JunctionCounts, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(rows):
        return []
    sites: dict[tuple[str, str, int], int] = {}
    ends = np.empty((len(rows), 2), np.int64)
    for i, row in enumerate(rows.tolist()):
        intron = held.introns[row]
        for side, at in enumerate((intron.start, -intron.end)):
            ends[i, side] = sites.setdefault((intron.chromosome, intron.strand, at), len(sites))
    graph = coo_array((np.ones(len(rows)), (ends[:, 0], ends[:, 1])), shape=(len(sites),) * 2)
    _, label = connected_components(graph, directed=False)
    own = label[ends[:, 0]]
    order = np.argsort(own, kind="stable")
    edges = np.flatnonzero(np.diff(own[order])) + 1
    return [np.sort(rows[group]) for group in np.split(order, edges)]
