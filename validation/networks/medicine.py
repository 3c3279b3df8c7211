"""Network medicine on the interactome of Menche et al. (2015): distances, modules and proximity by other routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.stats import hypergeom

from gennet.networks.medicine import DegreeBins, all_distances, proximity, read_interactome
from gennet.networks.medicine.interactome import Interactome
from gennet.networks.medicine.modules import diamond
from validation.agreement import Agreement, Skipped

SOURCES = 1_000


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare distances with scipy, modules and proximity with plain computations."""
    _ = work
    folder = mirror / "expression" / "interactome"
    if not folder.is_dir():
        yield Skipped("Network medicine", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    network = read_interactome(folder / "network.sif").largest_component()
    steps = all_distances(network)
    yield _distances(network, steps)
    lines = [line.split("\t") for line in (folder / "disease_genes.tsv").read_text().splitlines()]
    diseases = {fields[1]: network.rows(fields[2:]) for fields in lines}
    chosen = [name for name, rows in sorted(diseases.items()) if 20 <= len(rows) <= 80][:5]
    yield _modules(network, [diseases[name] for name in chosen])
    yield _proximity(network, steps, [diseases[name] for name in chosen])


def _distances(network: Interactome, steps: np.ndarray) -> Agreement:
    graph = csr_array((np.ones(len(network.neighbour)), network.neighbour, network.start), shape=(network.size,) * 2)
    sources = np.random.default_rng(1).choice(network.size, SOURCES, replace=False)
    theirs = shortest_path(graph, unweighted=True, indices=sources)
    different = int((theirs != steps[sources]).sum())
    words = f"{different:,} of {theirs.size:,} distances differ"
    return Agreement("Distances in the interactome", f"scipy {scipy.__version__}", SOURCES, words, different == 0)


def _modules(network: Interactome, seeds: list[np.ndarray]) -> Agreement:
    """Follow DIAMOnD's steps with scipy's hypergeometric distribution over every gene."""
    worst, cases = 0.0, 0
    for rows in seeds:
        inside = set(rows.tolist())
        for step in diamond(network, rows, 5):
            links = np.zeros(network.size, int)
            for gene in inside:
                links[network.neighbour[network.start[gene] : network.start[gene + 1]]] += 1
            open_ = np.array([i for i in np.flatnonzero(links).tolist() if i not in inside])
            p = hypergeom.sf(links[open_] - 1, network.size, len(inside), network.degree[open_])
            worst, cases = max(worst, abs(float(np.log10(step.p / p.min())))), cases + 1
            inside.add(step.gene)
    words = f"largest |difference of log10 p| of the gene taken in {worst:.1e} (bound 1e-8)"
    return Agreement("DIAMOnD", "scipy hypergeom over all genes", cases, words, worst < 1e-8)


def _proximity(network: Interactome, steps: np.ndarray, diseases: list[np.ndarray]) -> Agreement:
    """Draw the null again, one set at a time: z must agree within what 2,000 draws leave open."""
    bins, rng, worst = DegreeBins(network.degree), np.random.default_rng(3), 0.0
    for rows in diseases:
        targets = np.sort(rng.choice(network.size, 4, replace=False))
        found = proximity(steps, bins, targets, rows, rng, draws=2_000)
        plain = []
        for one, other in zip(bins.draw(targets, 2_000, rng), bins.draw(rows, 2_000, rng), strict=True):
            plain.append(float(np.mean([steps[t, other].min() for t in one])))
        z = (found.distance - np.mean(plain)) / np.std(plain)
        worst = max(worst, abs(float(z) - found.z))
    words = f"largest difference of z {worst:.3f} (bound 0.2: 2,000 draws leave about 0.05)"
    return Agreement("Proximity", "plain draws", len(diseases), words, worst < 0.2)
