"""A gene network: which genes act on which, how strongly, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, eq=False)
class EdgeScores:
    """
    A score for every candidate edge, as inference gives them.

    Only the order of scores has a meaning across methods. A score says that two genes go together; which acts on which
    is told by who may regulate, never by the score.

    >>> scores = EdgeScores(("A",), ("A", "B", "C"), np.array([[0.0, 0.2, -0.9]]), "correlation")
    >>> scores.network(1).edges()
    [('A', 'C', 0.9, -1)]
    """

    regulators: tuple[str, ...]
    targets: tuple[str, ...]
    values: NDArray[np.float64]
    """Shape (regulators, targets), float64; the sign is the direction of effect where the method tells one, the size the
    score. Of a gene with itself: 0, never an edge."""
    method: str
    signed: bool = True
    """Whether signs mean something."""

    def network(self, most: int) -> Network:
        """
        Return the `most` highest edges, self-edges left out; ties keep the order of regulators and targets.

        Raises
        ------
        InvalidContent
            `most` is below 1.
        """
        if most < 1:
            raise InvalidContent("fewer than one edge is asked for", place="most", remedy="ask for at least one")
        size = np.abs(self.values)
        at = {gene: i for i, gene in enumerate(self.targets)}
        for row, gene in enumerate(self.regulators):
            if gene in at:
                size[row, at[gene]] = -1.0
        flat = size.ravel()
        kept = np.argsort(-flat, kind="stable")[: min(most, flat.size)]
        kept = kept[flat[kept] > 0]
        regulator, target = np.divmod(kept, len(self.targets))
        sign = np.sign(self.values.ravel()[kept]).astype(np.int8) if self.signed else np.zeros(len(kept), np.int8)
        return Network(self.regulators, self.targets, regulator, target, flat[kept], sign, method=self.method)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Edges from regulators to targets, the strongest first."""

    regulators: tuple[str, ...]
    targets: tuple[str, ...]
    regulator: NDArray[np.intp]
    """Index in `regulators` of each edge."""
    target: NDArray[np.intp]
    """Index in `targets`."""
    weight: NDArray[np.float64]
    """Not negative; only its order has a meaning across methods."""
    sign: NDArray[np.int8]
    """1 activates, -1 represses, 0 not told."""
    confidence: NDArray[np.float64] | None = None
    """Probability of the edge where it was calibrated."""
    method: str = ""

    @property
    def size(self) -> int:
        """Number of edges."""
        return len(self.weight)

    def edges(self) -> list[tuple[str, str, float, int]]:
        """Return regulator, target, weight and sign of each edge."""
        return [
            (self.regulators[r], self.targets[t], float(w), int(s))
            for r, t, w, s in zip(self.regulator, self.target, self.weight, self.sign, strict=True)
        ]


def network_of(edges: Sequence[tuple[str, str, float, int]], method: str = "") -> Network:
    """
    Make a network of named edges.

    >>> network_of([("A", "B", 0.5, 1)]).size
    1
    """
    regulators, targets = tuple(dict.fromkeys(e[0] for e in edges)), tuple(dict.fromkeys(e[1] for e in edges))
    row, column = {g: i for i, g in enumerate(regulators)}, {g: i for i, g in enumerate(targets)}
    order = sorted(range(len(edges)), key=lambda i: (-edges[i][2], i))
    return Network(
        regulators,
        targets,
        np.array([row[edges[i][0]] for i in order], np.intp),
        np.array([column[edges[i][1]] for i in order], np.intp),
        np.array([edges[i][2] for i in order], np.float64),
        np.array([edges[i][3] for i in order], np.int8),
        method=method,
    )
