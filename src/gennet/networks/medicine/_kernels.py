"""Shortest paths of all pairs, closest distances of random sets, walks: the inner loops, compiled."""

from __future__ import annotations

import numpy as np

from gennet.core.kernels import Array, kernel


@kernel
def distances_from(start: Array, neighbour: Array, first: int, out: Array) -> None:
    """
    Write the distances from up to 64 genes at once, from gene `first` on, to all others; -1 where there is no path.

    `out` is sources x genes, int8, -1 at the beginning. One bit of a word stands for each source.
    """
    genes, sources = len(start) - 1, out.shape[0]
    seen = np.zeros(genes, np.uint64)
    now = np.zeros(genes, np.uint64)
    for source in range(sources):
        bit = np.uint64(1) << np.uint64(source)
        now[first + source] |= bit
        seen[first + source] |= bit
        out[source, first + source] = 0
    depth = 0
    going = True
    while going and depth < 127:
        depth += 1
        going = False
        after = np.zeros(genes, np.uint64)
        for gene in range(genes):
            word = now[gene]
            if word:
                for at in range(start[gene], start[gene + 1]):
                    after[neighbour[at]] |= word
        for gene in range(genes):
            fresh = after[gene] & ~seen[gene]
            after[gene] = fresh
            if fresh:
                going = True
                seen[gene] |= fresh
                for source in range(sources):
                    if (fresh >> np.uint64(source)) & np.uint64(1):
                        out[source, gene] = depth
        now = after


@kernel
def nearest_of_draws(distances: Array, draws: Array, out: Array) -> None:
    """Write the distance from every gene to the nearest gene of each row of draws; 127 where there is no path."""
    genes = distances.shape[0]
    for draw in range(draws.shape[0]):
        row = out[draw]
        row[:] = 127
        for source in draws[draw]:
            line = distances[source]
            for gene in range(genes):
                d = line[gene]
                row[gene] = d if 0 <= d < row[gene] else row[gene]


@kernel
def component_sizes(start: Array, neighbour: Array, draws: Array, out: Array) -> None:
    """Write the size of the largest connected part among each row of genes."""
    genes = len(start) - 1
    mark = np.full(genes, -1, np.int64)
    stack = np.empty(draws.shape[1], np.int64)
    for draw in range(draws.shape[0]):
        for gene in draws[draw]:
            mark[gene] = draw
        best = 0
        for gene in draws[draw]:
            if mark[gene] != draw:
                continue
            mark[gene] = -1
            stack[0], top, size = gene, 1, 0
            while top:
                top -= 1
                here = stack[top]
                size += 1
                for at in range(start[here], start[here + 1]):
                    there = neighbour[at]
                    if mark[there] == draw:
                        mark[there] = -1
                        stack[top] = there
                        top += 1
            best = max(best, size)
        for gene in draws[draw]:
            mark[gene] = -1
        out[draw] = best
