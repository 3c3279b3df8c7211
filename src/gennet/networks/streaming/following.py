"""A network kept up to date sample by sample, forgetting by a half-life or a window: pure `step` functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.errors import InvalidContent
from gennet.networks.inference.background import relatedness
from gennet.networks.inference.design import refuse_too_many
from gennet.networks.inference.precision import PENALTY, own_regressions
from gennet.networks.network import EdgeScores

if TYPE_CHECKING:
    from collections.abc import Sequence

Change = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Of the coefficients: the outer product of a vector over regulators and one over genes."""


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """
    Ridge regressions of all samples so far, older ones weighing less; a step makes a new state and leaves the old.

    The network equals a fit to the weighted samples on the scale given at the start, with `penalty` added to the
    regulators' weighted sums of products.
    """

    genes: tuple[str, ...]
    own: NDArray[np.intp]
    """Column of each regulator in a sample."""
    scale: NDArray[np.float64]
    """Each gene's values are divided by it: fixed, so that a drift of one gene changes no other's edges."""
    forgetting: float
    """Weight that all samples keep at each step; 1 forgets nothing."""
    window: int
    """Samples kept where above 0; older ones are taken out as if never seen."""
    share: float
    """Penalty of each regulator as a share of the weight of samples, which `penalty` follows."""
    weight: float
    seen: int
    mean: NDArray[np.float64]
    """Weighted mean of each gene over its scale."""
    penalty: NDArray[np.float64]
    """
    Added to the diagonal. It fades with the samples and is filled up for one regulator per step, in turn, since filling
    up all of them would not be a change of rank one.
    """
    inverse: NDArray[np.float64]
    """Of the regulators' weighted sums of products plus penalty."""
    coefficients: NDArray[np.float64]
    """Shape (regulators, genes), a gene's own regressor not left out."""
    kept: tuple[NDArray[np.float64], ...] = ()
    """The window's samples over their scale, the oldest first."""


def begun(
    genes: Sequence[str],
    regulators: Sequence[str],
    scale: NDArray[np.float64],
    *,
    half_life: float | None = None,
    window: int = 0,
    penalty: float = PENALTY,
    weight: float = 1.0,
) -> Following:
    """
    Begin with no sample; `scale` is each gene's standard deviation in a reference, 0 or below where it is not followed.

    With a `half_life`, a sample weighs half after as many steps. With a `window`, only that many samples count, and the
    penalty is `penalty` times the window; otherwise `penalty` times the weight that all samples together tend to (with
    nothing forgotten, `weight` samples).

    Raises
    ------
    InvalidContent
        Both ways to forget are asked for, or a number is out of range.
    """
    if half_life is not None and window:
        raise InvalidContent("a half-life and a window are given", place="window", remedy="give one of them")
    if (half_life is not None and not half_life > 0) or window < 0 or not penalty > 0 or 0 < window < 2:
        raise InvalidContent(
            "half-life, window and penalty must be above 0, a window above 1", place="window", remedy="mend them"
        )
    at = {gene: i for i, gene in enumerate(genes)}
    own = np.array([at[gene] for gene in dict.fromkeys(regulators) if gene in at], np.intp)
    if not len(own):
        raise InvalidContent("none of the regulators is measured", place="regulators", remedy="name them as the genes")
    refuse_too_many(len(own), len(at))
    forgetting = 1.0 if half_life is None else 0.5 ** (1 / half_life)
    tends_to = window or (weight if half_life is None else 1 / (1 - forgetting))
    held = np.full(len(own), penalty * tends_to)
    kept = np.where(scale > 0, scale, np.inf)
    return Following(
        tuple(genes), own, kept, forgetting, window, penalty, 0.0, 0, np.zeros(len(kept)), held, np.diag(1 / held),
        np.zeros((len(own), len(kept))),
    )  # fmt: skip


def step(state: Following, sample: NDArray[np.float64]) -> Following:
    """
    Learn one sample (a value per gene, on the log scale), forget as the state says; return the new state.

    Costs a few products of the number of regulators and genes; nothing is inverted or fitted again.

    Raises
    ------
    InvalidContent
        The sample lacks values, or has infinite ones.
    """
    if sample.shape != state.scale.shape or not np.isfinite(sample).all():
        raise InvalidContent(
            f"a sample of {sample.size:,} values for {len(state.genes):,} genes, or some not finite",
            place=f"sample {state.seen + 1}",
            remedy="give a number for each gene",
        )
    value = sample / state.scale
    weight, mean, inverse, earlier = state.forgetting * state.weight, state.mean, state.inverse / state.forgetting, None
    kept = state.kept
    if state.window and len(kept) == state.window:
        away, weight, kept = kept[0] - mean, weight - 1, kept[1:]
        mean = mean - away / weight
        inverse, earlier = _products(inverse, state, away, -(weight + 1) / weight, None)
    away = value - mean
    inverse, change = _products(inverse, state, away, weight / (weight + 1), earlier)
    penalty = state.forgetting * state.penalty
    if state.forgetting < 1:
        inverse, earlier, penalty = _filled(state, inverse, change, penalty)
    return replace(
        state, weight=weight + 1, seen=state.seen + 1, mean=mean + away / (weight + 1), penalty=penalty,
        inverse=inverse, coefficients=_changed(state.coefficients, change, earlier),
        kept=(*kept, value) if state.window else (),
    )  # fmt: skip


def _products(
    inverse: NDArray[np.float64], state: Following, away: NDArray[np.float64], weight: float, earlier: Change | None
) -> tuple[NDArray[np.float64], Change]:
    """Add `weight` times a sample's products after an `earlier` change; return the inverse and the next change."""
    d = away[state.own]
    residual = away - d @ state.coefficients
    if earlier is not None:
        residual -= float(d @ earlier[0]) * earlier[1]
    k = inverse @ d
    gain = weight / (1 + weight * float(d @ k))
    return inverse - gain * np.outer(k, k), (gain * k, residual)


def _filled(
    state: Following, inverse: NDArray[np.float64], change: Change, penalty: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Change, NDArray[np.float64]]:
    """Fill up one regulator's penalty, so that over its turns it is `share` of the samples' weight in the mean."""
    regulators = len(state.own)
    k = state.seen % regulators
    full = state.share / (1 - state.forgetting)
    turn = -regulators * np.log(state.forgetting)
    add = max(full * turn / -np.expm1(-turn) - penalty[k], 0.0)
    column = inverse[:, k].copy()
    gain = add / (1 + add * column[k])
    row = state.coefficients[k] + change[0][k] * change[1]
    more = penalty.copy()
    more[k] += add
    return inverse - gain * np.outer(column, column), (-gain * column, row), more


def _changed(b: NDArray[np.float64], one: Change, two: Change | None) -> NDArray[np.float64]:
    from gennet.networks.personal._kernels import outer_added, outers_added

    made: NDArray[np.float64] = outer_added(b, *one) if two is None else outers_added(b, *one, *two)
    return made


def raw_coefficients(state: Following) -> NDArray[np.float64]:
    """Return ridge coefficients (regulators, genes) in units of the scale, each gene out of its own regression."""
    b = state.coefficients.copy()
    b[:, state.own] = own_regressions(state.inverse)
    return b


def scores(state: Following) -> EdgeScores:
    """Return the network of the moment: CLR over ridge coefficients."""
    b = relatedness(raw_coefficients(state), state.own)
    return EdgeScores(tuple(state.genes[i] for i in state.own), state.genes, b, "ridge, followed")
