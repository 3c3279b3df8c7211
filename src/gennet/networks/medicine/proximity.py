"""How near two sets of genes are in an interactome, against sets of genes of the same degrees."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from gennet.core.study import Watch
    from gennet.networks.medicine.interactome import Interactome

_WORD = 64
_BIN = 100
"""Genes of like degree that stand for each other, at least."""
_TRIES = 20
_NONE = 127


def all_distances(network: Interactome, *, watch: Watch = silent) -> NDArray[np.int8]:
    """
    Return the number of steps between every two genes; -1 where there is no path.

    Shape (genes, genes), int8: 20,000 genes take 400 MB. Breadth-first search from 64 genes at a time, one bit each.

    >>> from gennet.networks.medicine.interactome import interactome_of
    >>> all_distances(interactome_of([("A", "B"), ("B", "C"), ("X", "Y")])).tolist()[0]
    [0, 1, 2, -1, -1]
    """
    from gennet.networks.medicine._kernels import distances_from

    out = np.full((network.size, network.size), -1, np.int8)
    for first in range(0, network.size, _WORD):
        distances_from(network.start, network.neighbour, first, out[first : first + _WORD])
        watch("measuring distances", min(first + _WORD, network.size), network.size)
    return out


class DegreeBins:
    """
    Draws genes of like degree: each gene stands in a bin of at least 100 genes of neighbouring degrees.

    References
    ----------
    Guney et al. Network-based in silico drug efficacy screening. Nature Communications (2016). doi:10.1038/ncomms10331
    """

    def __init__(self, degree: NDArray[np.int64], least: int = _BIN) -> None:
        order = np.argsort(degree, kind="stable")
        ordered = degree[order]
        edges, begin = [0], 0
        for at in range(1, len(order)):
            if at - begin >= least and ordered[at] != ordered[at - 1]:
                edges.append(at)
                begin = at
        if len(edges) > 1 and len(order) - edges[-1] < least:
            edges.pop()
        edges.append(len(order))
        self._members = [order[a:b] for a, b in pairwise(edges)]
        self._bin = np.empty(len(order), np.intp)
        for number, members in enumerate(self._members):
            self._bin[members] = number

    def draw(self, genes: NDArray[np.intp], times: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return sets of as many different genes of like degrees, times x genes."""
        columns = [self._members[self._bin[gene]][rng.integers(0, len(self._members[self._bin[gene]]), times)] for gene in genes]  # fmt: skip
        drawn = np.column_stack(columns) if columns else np.empty((times, 0), np.intp)
        for _ in range(_TRIES):
            again = _repeated(drawn)
            if not again.any():
                break
            for column, gene in enumerate(genes):
                rows = np.flatnonzero(again[:, column])
                members = self._members[self._bin[gene]]
                drawn[rows, column] = members[rng.integers(0, len(members), len(rows))]
        return drawn


def _repeated(drawn: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark genes that stand earlier in their row already."""
    order = np.argsort(drawn, axis=1, kind="stable")
    ordered = np.take_along_axis(drawn, order, axis=1)
    same = np.zeros(drawn.shape, bool)
    same[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    marked = np.zeros(drawn.shape, bool)
    np.put_along_axis(marked, order, same, axis=1)
    return marked


@dataclass(frozen=True, slots=True)
class Proximity:
    """How near a set of targets is to a set of disease genes."""

    distance: float
    """Mean steps from each target to its nearest disease gene; 0 where a target is one."""
    z: float
    """Against random sets of the same sizes and degrees; negative is nearer than chance. NaN where these never differ."""
    p: float
    """Share of random sets at least as near, counted with one more."""
    expected: float
    spread: float
    targets: int
    """That are in the network."""
    disease_genes: int


def proximity(
    distances: NDArray[np.int8],
    bins: DegreeBins,
    targets: NDArray[np.intp],
    disease: NDArray[np.intp],
    rng: np.random.Generator,
    *,
    draws: int = 1000,
) -> Proximity:
    """
    Measure the closest distance of a drug's targets to a disease's genes with a degree-preserving null.

    Raises
    ------
    BadInput
        One of the sets has no gene in the network, or no target reaches a disease gene.

    References
    ----------
    Guney et al. Network-based in silico drug efficacy screening. Nature Communications (2016). doi:10.1038/ncomms10331

    >>> from gennet.networks.medicine.interactome import interactome_of
    >>> ring = interactome_of([(f"g{i:03}", f"g{(i + 1) % 300:03}") for i in range(300)])
    >>> d, one, two = all_distances(ring), ring.rows(["g010", "g020"]), ring.rows(["g012", "g150"])
    >>> proximity(d, DegreeBins(ring.degree), one, two, np.random.default_rng(1)).distance  # 2 and 8 steps
    5.0
    """
    if not len(targets) or not len(disease):
        raise BadInput("a set has no gene in the network", remedy="give genes by the network's own identifiers")
    return _against(
        distances[disease].copy(), bins, targets, _null(distances, bins, disease, draws, rng), rng, len(disease)
    )


def _null(
    distances: NDArray[np.int8], bins: DegreeBins, disease: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Return the steps from every gene to the nearest gene of each random disease, draws x genes; `_NONE` if no path."""
    from gennet.networks.medicine._kernels import nearest_of_draws

    out = np.empty((draws, len(distances)), np.int8)
    nearest_of_draws(distances, bins.draw(disease, draws, rng), out)
    return out


def _against(
    rows: NDArray[np.int8],
    bins: DegreeBins,
    targets: NDArray[np.intp],
    null: NDArray[np.int8],
    rng: np.random.Generator,
    disease: int,
) -> Proximity:
    rows[rows < 0] = _NONE
    own = rows.min(axis=0)[targets].astype(np.float64)
    if (own == _NONE).all():
        raise BadInput("no target reaches a disease gene", remedy="use the network's largest component")
    distance = float(own[own < _NONE].mean())
    drawn = null[np.arange(len(null))[:, None], bins.draw(targets, len(null), rng)].astype(np.float64)
    drawn[drawn == _NONE] = np.nan
    known = np.isfinite(drawn)
    random = np.where(known, drawn, 0.0).sum(axis=1)[known.any(axis=1)] / known.sum(axis=1)[known.any(axis=1)]
    mean, spread = float(random.mean()), float(random.std())
    z = (distance - mean) / spread if spread > 0 else float("nan")
    p = float((1 + (random <= distance).sum()) / (1 + len(random)))
    return Proximity(distance, z, p, mean, spread, len(targets), disease)


def separation(distances: NDArray[np.int8], one: NDArray[np.intp], two: NDArray[np.intp]) -> float:
    """
    Return the separation of two modules: below 0 they overlap in the network, above 0 they are apart.

    s = d_AB - (d_AA + d_BB) / 2 with mean distances to the nearest gene of the other, or of the own, module.

    References
    ----------
    Menche et al. Uncovering disease-disease relationships through the incomplete interactome. Science (2015).
    doi:10.1126/science.1257601

    >>> from gennet.networks.medicine.interactome import interactome_of
    >>> line = interactome_of([(f"g{i}", f"g{i + 1}") for i in range(8)])
    >>> separation(all_distances(line), line.rows(["g0", "g1"]), line.rows(["g4", "g5"]))
    2.5
    """
    if len(one) < 2 or len(two) < 2:
        raise BadInput("a module has fewer than two genes in the network", remedy="give larger modules")
    between = np.concatenate([_nearest(distances, one, two), _nearest(distances, two, one)])
    inside = [_mean(_nearest(distances, m, m, apart=True)) for m in (one, two)]
    return _mean(between) - (inside[0] + inside[1]) / 2.0


def _nearest(
    distances: NDArray[np.int8], genes: NDArray[np.intp], others: NDArray[np.intp], *, apart: bool = False
) -> NDArray[np.float64]:
    found = distances[np.ix_(genes, others)].astype(np.float64)
    found[found < 0] = np.inf
    if apart:
        found[genes[:, None] == others] = np.inf
    return np.asarray(found.min(axis=1), np.float64)


def _mean(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


Row = tuple[str, Proximity]


def screen(
    network: Interactome,
    drugs: dict[str, NDArray[np.intp]],
    disease: NDArray[np.intp],
    rng: np.random.Generator,
    *,
    draws: int = 1000,
    distances: NDArray[np.int8] | None = None,
    watch: Watch = silent,
    refused: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """
    Measure every drug against one disease, the nearest first; drugs without a target in the network are refused.

    All drugs share the random sets that stand for the disease; each has random targets of its own. Give the largest
    component of a network: a target without a path to the disease ends the screen.
    """
    held = all_distances(network, watch=watch) if distances is None else distances
    if not len(disease):
        raise BadInput("the disease has no gene in the network", remedy="give genes by the network's own identifiers")
    bins, rows = DegreeBins(network.degree), list[Row]()
    null_rng, *each = rng.spawn(len(drugs) + 1)
    null, near = _null(held, bins, disease, draws, null_rng), held[disease].copy()
    for done, ((name, targets), own) in enumerate(zip(drugs.items(), each, strict=True)):
        watch("measuring drugs", done, len(drugs))
        if len(targets):
            rows.append((name, _against(near, bins, targets, null, own, len(disease))))
        else:
            refused(name)
    return sorted(rows, key=lambda row: (np.nan_to_num(row[1].z, nan=np.inf), row[0]))
