"""Enrichment of gene sets: in a ranking of all genes (GSEA), or in a list of some (over-representation)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.moderated import false_discovery
from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_AT_ONCE = 100
"""Permutations between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """How far up or down a ranking the genes of one set stand."""

    name: str
    score: float
    """Largest deviation of the running sum, -1 to 1."""
    normalised: float
    """Divided by the mean deviation of random sets of that size and sign; NaN where none had that sign."""
    p: float
    """Among random sets of that size and sign; at least 1 / (their number + 1)."""
    q: float
    """Benjamini and Hochberg's, over sets."""
    fdr: float
    """By the pooled normalised scores of random sets, as GSEA reports it."""
    matched: int
    total: int
    leading: tuple[str, ...]
    """Genes that make the deviation, strongest first."""


@dataclass(frozen=True, slots=True)
class OverRepresentation:
    """How many genes of a list one set holds."""

    name: str
    overlap: tuple[str, ...]
    matched: int
    """Genes of the set in the background."""
    expected: float
    odds_ratio: float
    """Infinite or NaN where a cell of the two-by-two table is empty."""
    p: float
    """One-sided, hypergeometric."""
    q: float


def gsea(
    ranking: Mapping[str, float],
    sets: Mapping[str, Sequence[str]],
    *,
    rng: np.random.Generator,
    permutations: int = 10_000,
    least: int = 15,
    most: int = 500,
    watch: Watch = silent,
) -> list[Enrichment]:
    """
    Test sets in a ranking of genes (any signed statistic) against random sets of genes of their size.

    Genes of equal statistic keep the order of their names. Random genes are independent and a set's own are not, so
    p-values are too small where a set's genes vary together; sample permutation is stricter when there are samples.

    References
    ----------
    Subramanian et al. 2005, doi:10.1073/pnas.0506580102.

    Raises
    ------
    InvalidContent
        A statistic is not finite, or no set has between `least` and `most` ranked genes.

    >>> ranking = {f"g{i}": 10.0 - i for i in range(20)}
    >>> found = gsea(ranking, {"top": ["g0", "g1", "g2"]}, rng=np.random.default_rng(1), least=3)
    >>> found[0].score, found[0].leading
    (1.0, ('g0', 'g1', 'g2'))
    """
    from gennet.expression._kernels import running_extreme

    if not all(map(math.isfinite, ranking.values())):
        raise InvalidContent("a statistic is missing or infinite", place="ranking", remedy="leave those genes out")
    genes = sorted(ranking, key=lambda gene: (-ranking[gene], gene))
    weights = np.abs(np.array([ranking[gene] for gene in genes], np.float64))
    at = {gene: i for i, gene in enumerate(genes)}
    placed = {name: np.array(sorted(at[g] for g in set(some) if g in at), np.int64) for name, some in sets.items()}
    placed = {name: places for name, places in placed.items() if least <= len(places) <= min(most, len(genes) - 1)}
    if not placed:
        raise InvalidContent(
            f"no set has {least} to {most} of the {len(genes)} ranked genes", place="gene sets",
            remedy="use the same kind of gene names, or other limits",
        )  # fmt: skip
    reached = {name: running_extreme(places, weights, len(genes)) for name, places in placed.items()}
    observed = np.array([score for score, _ in reached.values()])
    chance, column = _chance(placed, weights, permutations, rng, watch)
    normalised, p, null = _against(observed, chance, column)
    fdr = _pooled(normalised, null)
    q = false_discovery(p)
    made = list[Enrichment]()
    for i, (name, (score, hit)) in enumerate(reached.items()):
        places = placed[name]
        leading = places[: hit + 1] if score > 0 else places[hit:][::-1]
        made.append(
            Enrichment(
                name, score, float(normalised[i]), float(p[i]), float(q[i]), float(fdr[i]), len(places), len(sets[name]),
                tuple(genes[place] for place in leading),
            )
        )  # fmt: skip
    return made


def _chance(
    placed: Mapping[str, NDArray[np.int64]], weights: NDArray[np.float64], permutations: int, rng: np.random.Generator,
    watch: Watch,
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:  # fmt: skip
    """Return deviations of random sets, permutations x distinct sizes, and each set's column."""
    from gennet.expression._kernels import extremes_by_chance

    sizes, column = np.unique([len(places) for places in placed.values()], return_inverse=True)
    made = np.empty((permutations, len(sizes)))
    for start in range(0, permutations, _AT_ONCE):
        watch("permuting genes", start, permutations)
        held = made[start : start + _AT_ONCE]
        shuffled = np.stack([rng.permutation(len(weights))[: sizes[-1]] for _ in held])
        extremes_by_chance(shuffled, sizes, weights, len(weights), held)
    return made, column


def _against(
    observed: NDArray[np.float64], chance: NDArray[np.float64], column: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return normalised scores, p-values, and normalised deviations of random sets (permutations x sets)."""
    up, down = np.where(chance > 0, chance, math.nan), np.where(chance < 0, -chance, math.nan)
    counts_up, counts_down = np.isfinite(up).sum(axis=0), np.isfinite(down).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_up, mean_down = np.nansum(up, axis=0) / counts_up, np.nansum(down, axis=0) / counts_down
        null = np.where(chance > 0, chance / mean_up, chance / mean_down)[:, column]
        normalised = np.where(observed > 0, observed / mean_up[column], observed / mean_down[column])
    beyond = np.where(
        observed > 0, (chance[:, column] >= observed).sum(axis=0), (chance[:, column] <= observed).sum(axis=0)
    )
    of = np.where(observed > 0, counts_up[column], counts_down[column])
    return normalised, (beyond + 1.0) / (of + 1.0), null


def _pooled(normalised: NDArray[np.float64], null: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of random sets beyond each score over the share of tested ones, signs apart."""
    made = np.full(len(normalised), math.nan)
    for sign in (1.0, -1.0):
        here = np.flatnonzero(sign * normalised > 0)
        drawn, seen = np.sort(sign * null[sign * null > 0]), np.sort(sign * normalised[here])
        if not len(here) or not len(drawn):
            continue
        at = sign * normalised[here]
        by_chance = 1.0 - np.searchsorted(drawn, at, side="left") / len(drawn)
        found = 1.0 - np.searchsorted(seen, at, side="left") / len(seen)
        made[here] = np.minimum(by_chance / found, 1.0)
    return made


def over_representation(
    chosen: Sequence[str], background: Sequence[str], sets: Mapping[str, Sequence[str]], *, least: int = 5
) -> list[OverRepresentation]:
    """
    Test whether sets hold more chosen genes than as many genes drawn from the background would.

    The background must be what could have been chosen: the genes tested, not the genome.

    Raises
    ------
    InvalidContent
        A chosen gene is not of the background, none is chosen, or no set has `least` genes there.

    >>> found = over_representation(["a", "b"], ["a", "b", "c", "d"], {"S": ["a", "b"]}, least=2)
    >>> round(found[0].p, 6), found[0].expected
    (0.166667, 1.0)
    """
    from scipy.stats import hypergeom

    taken, among = set(chosen), set(background)
    if outside := sorted(taken - among):
        raise InvalidContent(
            f"{len(outside)} chosen genes are not of the background, as {outside[0]}", place="genes",
            remedy="give every gene that was tested as background",
        )  # fmt: skip
    held = {name: set(some) & among for name, some in sets.items()}
    held = {name: some for name, some in held.items() if len(some) >= least}
    if not held or not taken:
        raise InvalidContent(
            "no gene is chosen" if not taken else f"no set has {least} genes of the background", place="gene sets",
            remedy="use the same kind of gene names in both files",
        )  # fmt: skip
    n, drawn = len(among), len(taken)
    size = np.array([len(some) for some in held.values()])
    hits = np.array([len(some & taken) for some in held.values()])
    p = hypergeom.sf(hits - 1, n, size, drawn)
    q = false_discovery(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = hits * (n - size - drawn + hits) / ((size - hits) * (drawn - hits)).astype(float)
    return [
        OverRepresentation(
            name, tuple(sorted(some & taken)), int(size[i]), float(size[i] * drawn / n), float(odds[i]), float(p[i]), float(q[i])
        )
        for i, (name, some) in enumerate(held.items())
    ]  # fmt: skip
