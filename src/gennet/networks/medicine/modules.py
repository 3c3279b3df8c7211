"""Disease modules: whether disease genes lie together, and which genes belong to them besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.networks.medicine.interactome import Interactome
    from gennet.networks.medicine.proximity import DegreeBins


@dataclass(frozen=True, slots=True)
class Connected:
    """How much of a set of genes hangs together."""

    size: int
    """Genes of the largest connected part."""
    genes: int
    expected: float
    """Mean size over random sets of the same degrees."""
    spread: float
    z: float
    p: float
    """Share of random sets with as large a part, counted with one more."""


def largest_part(
    network: Interactome, bins: DegreeBins, genes: NDArray[np.intp], rng: np.random.Generator, *, draws: int = 1000
) -> Connected:
    """
    Test whether genes lie together: the largest connected part among them against random sets of the same degrees.

    References
    ----------
    Menche et al. Science (2015). doi:10.1126/science.1257601

    >>> from gennet.networks.medicine import DegreeBins, interactome_of
    >>> ring = interactome_of([(f"g{i:03}", f"g{(i + 1) % 200:03}") for i in range(200)])
    >>> largest_part(ring, DegreeBins(ring.degree), ring.rows(["g000", "g001", "g002", "g100"]), np.random.default_rng(1)).size
    3
    """
    from gennet.networks.medicine._kernels import component_sizes

    if len(genes) < 2:
        raise BadInput("fewer than two genes are in the network", remedy="give more, by the network's own identifiers")
    own, random = np.empty(1), np.empty(draws)
    component_sizes(network.start, network.neighbour, genes[None, :], own)
    component_sizes(network.start, network.neighbour, bins.draw(genes, draws, rng), random)
    mean, spread = float(random.mean()), float(random.std())
    z = (float(own[0]) - mean) / spread if spread > 0 else float("nan")
    p = float((1 + (random >= own[0]).sum()) / (1 + draws))
    return Connected(int(own[0]), len(genes), mean, spread, z, p)


@dataclass(frozen=True, slots=True)
class Joined:
    """A gene that a module takes in."""

    gene: int
    """Row of the network."""
    links: int
    """Neighbours it had in the module at that step."""
    degree: int
    p: float
    """Hypergeometric chance of as many links or more."""


def diamond(network: Interactome, seeds: NDArray[np.intp], number: int, *, watch: Watch = silent) -> list[Joined]:
    """
    Grow a module from seed genes: at each step the gene whose links into it are the least likely by chance.

    Ties go to the gene with more links, then to the first by name.

    References
    ----------
    Ghiassian et al. A DIseAse MOdule Detection (DIAMOnD) algorithm. PLoS Comput Biol (2015).
    doi:10.1371/journal.pcbi.1004120

    >>> from gennet.networks.medicine import interactome_of
    >>> net = interactome_of([("a", "x"), ("b", "x"), ("a", "h"), *(("h", f"n{i}") for i in range(9))])
    >>> [net.genes[step.gene] for step in diamond(net, net.rows(["a", "b"]), 1)]
    ['x']
    """
    if not len(seeds):
        raise BadInput("no seed gene is in the network", remedy="give genes by the network's own identifiers")
    from scipy.special import gammaln

    inside = np.zeros(network.size, bool)
    links = np.zeros(network.size, np.int64)
    degree = network.degree
    logs = gammaln(np.arange(network.size + 2) + 1.0)
    for seed in seeds.tolist():
        inside[seed] = True
        links[network.neighbour[network.start[seed] : network.start[seed + 1]]] += 1
    made = list[Joined]()
    for step in range(min(number, network.size - len(seeds))):
        watch("growing the module", step, number)
        candidates = np.flatnonzero(~inside & (links > 0))
        if not len(candidates):
            break
        p = _tail(logs, network.size, int(inside.sum()), degree[candidates], links[candidates])
        best = candidates[np.lexsort((candidates, -links[candidates], p))[0]]
        at = int(np.flatnonzero(candidates == best)[0])
        made.append(Joined(int(best), int(links[best]), int(degree[best]), float(p[at])))
        inside[best] = True
        links[network.neighbour[network.start[best] : network.start[best + 1]]] += 1
    return made


def _tail(
    logs: NDArray[np.float64], genes: int, module: int, degree: NDArray[np.int64], links: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return P(at least so many links) for genes of these degrees, hypergeometric."""
    out = np.zeros(len(degree))
    most = np.minimum(degree, module)
    total = logs[genes] - logs[degree] - logs[genes - degree]
    # All genes step through their numbers of links together; the widest decides how many steps.
    for further in range(int((most - links).max(initial=0)) + 1):
        k = links + further
        valid = (k <= most) & (degree - k <= genes - module)
        kk = np.where(valid, k, 0)
        rest = np.where(valid, degree - kk, 0)
        ways = (
            logs[module]
            - logs[kk]
            - logs[module - kk]
            + logs[genes - module]
            - logs[rest]
            - logs[genes - module - rest]
        )
        out += np.where(valid, np.exp(ways - total), 0.0)
    return np.minimum(out, 1.0)


def walk(
    network: Interactome, seeds: NDArray[np.intp], *, restart: float = 0.5, tolerance: float = 1e-12
) -> NDArray[np.float64]:
    """
    Return the probability of each gene in a random walk that returns to the seeds with probability `restart`.

    Genes without neighbours keep what falls on them.

    Raises
    ------
    InvalidContent
        `restart` is not between 0 and 1.

    References
    ----------
    Köhler et al. Walking the interactome for prioritization of candidate disease genes. AJHG (2008).
    doi:10.1016/j.ajhg.2008.02.013

    >>> from gennet.networks.medicine import interactome_of
    >>> pair = interactome_of([("a", "b")])
    >>> walk(pair, pair.rows(["a"])).round(4).tolist()  # 2/3 and 1/3
    [0.6667, 0.3333]
    """
    from scipy.sparse import csr_array

    if not 0 < restart < 1:
        raise InvalidContent("the share of returns is not between 0 and 1", place="restart", remedy="give 0.5, say")
    if not len(seeds):
        raise BadInput("no seed gene is in the network", remedy="give genes by the network's own identifiers")
    weights = np.repeat(1.0 / np.maximum(network.degree, 1), network.degree)
    step = csr_array((weights, network.neighbour, network.start), shape=(network.size,) * 2).T.tocsr()
    begin = np.zeros(network.size)
    begin[seeds] = 1.0 / len(seeds)
    alone = network.degree == 0
    now = begin.copy()
    while True:
        after = (1.0 - restart) * (step @ now + np.where(alone, now, 0.0)) + restart * begin
        if np.abs(after - now).sum() < tolerance:
            return np.asarray(after, np.float64)
        now = after
