"""Prior knowledge (regulons, motifs, binding) as a soft constraint: it moves edges up, and rules none out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.networks.inference.consensus import ranks
from gennet.networks.network import EdgeScores

if TYPE_CHECKING:
    from collections.abc import Sequence

ODDS = 5.0
"""How many times likelier a known edge is taken to be, by default."""


def with_prior(scores: EdgeScores, known: Sequence[tuple[str, str]], odds: float = ODDS) -> EdgeScores:
    """
    Raise known edges as if their odds were `odds` times those of other edges with the same score.

    Only the order of scores is used: an edge at rank r of n from below gets the odds r / (n - r), a known one `odds` times
    that, and the score is the probability. An edge with score 0 stays 0 unless it is known; a known edge without support
    has the mean rank of all that have none. Scores below 0 keep their sign.

    >>> scores = EdgeScores(("A",), ("A", "B", "C"), np.array([[0.0, 2.0, -1.0]]), "m")
    >>> with_prior(scores, [("A", "C")], odds=5).values.round(2).tolist()
    [[0.0, 0.75, -0.83]]

    Raises
    ------
    InvalidContent
        The odds are below 1, or no known edge is among the pairs scored.
    """
    if not odds >= 1:
        raise InvalidContent(f"odds of {odds} would lower known edges", place="odds", remedy="give 1 or more")
    row = {gene: i for i, gene in enumerate(scores.regulators)}
    column = {gene: i for i, gene in enumerate(scores.targets)}
    at = np.array([(row[r], column[t]) for r, t in known if r in row and t in column and r != t], np.intp).reshape(
        -1, 2
    )
    if not len(at):
        raise InvalidContent(
            f"none of the {len(known):,} known edges joins a regulator and a measured gene",
            place="prior",
            remedy="name genes there as the expression table does",
        )
    size = np.abs(scores.values)
    many = size.size
    rank = ranks(size) * many
    held = rank[at[:, 0], at[:, 1]]
    known_rank = np.where(held > 0, held, (np.sum(size == 0) + 1) / 2)
    likely = rank / (many + 1 - rank)
    likely[at[:, 0], at[:, 1]] = odds * known_rank / (many + 1 - known_rank)
    probability = likely / (1 + likely)
    return EdgeScores(
        scores.regulators, scores.targets, probability * np.where(scores.values < 0, -1.0, 1.0),
        f"{scores.method} with prior", scores.signed,
    )  # fmt: skip
