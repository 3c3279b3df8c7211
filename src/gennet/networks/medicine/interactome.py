"""An interactome: which proteins touch which, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.errors import BadInput, InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False)
class Interactome:
    """
    An undirected network of genes without loops and double edges.

    >>> line = interactome_of([("A", "B"), ("B", "C"), ("B", "A"), ("C", "C")])
    >>> line.genes, line.edges, line.degree.tolist()
    (('A', 'B', 'C'), 2, [1, 2, 1])
    """

    genes: tuple[str, ...]
    start: NDArray[np.int64]
    """Shape (genes + 1,): where each gene's neighbours begin."""
    neighbour: NDArray[np.int32]
    """Indices of neighbours, ascending for each gene."""
    _at: dict[str, int] = field(repr=False)

    @property
    def size(self) -> int:
        """Number of genes."""
        return len(self.genes)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.neighbour) // 2

    @property
    def degree(self) -> NDArray[np.int64]:
        """Number of neighbours of each gene."""
        return np.diff(self.start)

    def rows(self, genes: Iterable[str]) -> NDArray[np.intp]:
        """Return where these genes are, ascending, each once; genes that are not in the network are left out."""
        return np.array(sorted({self._at[gene] for gene in genes if gene in self._at}), np.intp)

    def within(self, rows: NDArray[np.intp]) -> Interactome:
        """Return the network of some genes, with the edges among them."""
        number = np.full(self.size, -1, np.int64)
        number[rows] = np.arange(len(rows))
        source = np.repeat(np.arange(self.size), self.degree)
        one, two = number[source], number[self.neighbour]
        keep = (one >= 0) & (two >= 0) & (one < two)
        return _built([self.genes[i] for i in rows.tolist()], one[keep], two[keep])

    def components(self) -> NDArray[np.int32]:
        """Return the number of the connected component of each gene; 0 is the largest."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        graph = csr_array((np.ones(len(self.neighbour), np.int8), self.neighbour, self.start), shape=(self.size,) * 2)
        _, label = connected_components(graph, directed=False)
        order = np.argsort(-np.bincount(label), kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return np.asarray(rank[label], np.int32)

    def largest_component(self) -> Interactome:
        """Return the largest connected component."""
        return self.within(np.flatnonzero(self.components() == 0))


def interactome_of(edges: Iterable[tuple[str, str]]) -> Interactome:
    """Make an interactome of named pairs; genes are sorted by name."""
    pairs = [(a, b) for a, b in edges if a != b]
    names = sorted({gene for pair in pairs for gene in pair})
    at = {gene: i for i, gene in enumerate(names)}
    one = np.array([at[a] for a, _ in pairs], np.int64)
    two = np.array([at[b] for _, b in pairs], np.int64)
    return _built(names, one, two)


def _built(names: Sequence[str], one: NDArray[np.int64], two: NDArray[np.int64]) -> Interactome:
    n = len(names)
    low, high = np.minimum(one, two), np.maximum(one, two)
    key = np.unique(low * max(n, 1) + high)
    low, high = np.divmod(key, max(n, 1))
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((target, source))
    start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=n))]).astype(np.int64)
    at = {gene: i for i, gene in enumerate(names)}
    return Interactome(tuple(names), start, target[order].astype(np.int32), at)


def read_interactome(path: Path) -> Interactome:
    """
    Read pairs of genes: two columns, or three with the kind of edge between (SIF); tabs, commas or blanks.

    Lines that begin with # are comments. Directions, kinds and further columns of a tab-separated table are left out.

    Raises
    ------
    InvalidContent
        A line holds one name only.
    BadInput
        There is no edge.
    """
    sif = path.name.removesuffix(".gz").endswith(".sif")
    pairs = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.replace(",", "\t").split("\t") if "\t" in line or "," in line else line.split()
        if len(fields) < (3 if sif else 2):
            raise InvalidContent(
                "not a pair of genes", place=f"{path.name}: line {number}", remedy="give two columns, or SIF's three"
            )
        pairs.append((fields[0].strip(), fields[2 if sif else 1].strip()))
    made = interactome_of(pairs)
    if not made.edges:
        raise BadInput("there is no edge between two genes", place=path.name, remedy="give pairs of genes")
    return made
