"""Distances of all pairs and proximity, on simulated interactomes of 5,000 and 20,000 genes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from benchmarks.measure import Figure, function
from gennet.networks.medicine import DegreeBins, Interactome, all_distances, interactome_of, screen


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield ours and scipy's; NetMedPy took about 570 CPU s for 13,329 genes, extrapolated from 4,057."""
    _ = scratch
    for genes, edges in ((5_000, 50_000), (20_000, 1_000_000)):
        network = simulated(genes, edges)
        size = f"{network.size:,} genes, {network.edges:,} edges, one thread"
        yield function(
            "all_distances", "steps between all genes", lambda n=network: all_distances(n), runs=2, note=size
        )
        steps = all_distances(network)
        rng = np.random.default_rng(2)
        drugs = {f"d{i}": np.sort(rng.choice(network.size, 4, replace=False)) for i in range(500)}
        disease = np.sort(rng.choice(network.size, 50, replace=False))
        yield function(
            "proximity",
            "500 drugs against one disease of 50 genes, 1,000 draws each",
            lambda n=network, s=steps, d=drugs, g=disease: screen(n, d, g, np.random.default_rng(1), distances=s),
            runs=2,
            note=f"{size}; distances at hand",
        )
    network = simulated(5_000, 50_000)
    graph = csr_array((np.ones(len(network.neighbour)), network.neighbour, network.start), shape=(network.size,) * 2)
    yield function(
        "all_distances_scipy",
        "the same by scipy.sparse.csgraph.shortest_path",
        lambda: shortest_path(graph, unweighted=True),
        runs=1,
        note=f"scipy {scipy.__version__}; {network.size:,} genes, {network.edges:,} edges, float64 result",
    )
    bins = DegreeBins(network.degree)
    yield function("degree_bins", "random sets of like degree", lambda: bins.draw(np.arange(50), 1_000, np.random.default_rng(1)), runs=3)  # fmt: skip


def simulated(genes: int, edges: int) -> Interactome:
    """Make a network whose degrees have a heavy tail, as interactomes have."""
    rng = np.random.default_rng(genes)
    weight = rng.pareto(1.5, genes) + 0.3
    pairs = rng.choice(genes, (int(edges * 1.3), 2), p=weight / weight.sum())
    return interactome_of((f"g{a}", f"g{b}") for a, b in pairs[: int(edges * 1.2)].tolist()).largest_component()
