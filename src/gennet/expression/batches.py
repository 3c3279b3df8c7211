"""ComBat: shifts and scales of batches, shrunk over genes, taken out of log expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.core.names import count
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SETTLED = 1e-4
_MOST_TURNS = 1000


def combat(
    values: NDArray[np.float64], batches: Sequence[str], covariates: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """
    Take batches out of log expression (samples x genes), keeping what the covariates explain.

    Genes without variance within batches are returned as they are. Every sample's values depend on all samples, so a
    corrected matrix is for studies of that cohort: it is never input to a person's report.

    Parameters
    ----------
    covariates
        Samples x columns to keep, without an intercept.

    References
    ----------
    Johnson et al. 2007, doi:10.1093/biostatistics/kxj037.

    Raises
    ------
    InvalidContent
        There is one batch, a batch has one sample, or batches and covariates cannot be told apart.
    """
    names = sorted(set(batches))
    member = np.array([[batch == name for name in names] for batch in batches], np.float64)
    sizes = member.sum(axis=0)
    if len(names) < 2 or sizes.min() < 2:
        raise InvalidContent(
            f"{count(len(names), 'batch')[:8]} of {int(sizes.min())} samples or more", place="batches",
            remedy="give two batches or more, each of two samples or more",
        )  # fmt: skip
    kept = np.zeros((len(values), 0)) if covariates is None else covariates
    design = np.concatenate([member, kept], axis=1)
    if np.linalg.matrix_rank(design) < design.shape[1] or len(values) <= design.shape[1]:
        raise InvalidContent(
            "batches and what should be kept cannot be told apart", place="batches",
            remedy="leave the covariate out: its effect and the batches' are the same in these samples",
        )  # fmt: skip
    varies = np.all([np.ptp(values[member[:, b] > 0], axis=0) > 0 for b in range(len(names))], axis=0)
    made = values.astype(np.float64, copy=True)
    if varies.any():
        made[:, varies] = _combat(values[:, varies], member, design)
    return made


def _combat(
    values: NDArray[np.float64], member: NDArray[np.float64], design: NDArray[np.float64]
) -> NDArray[np.float64]:
    n, b = member.shape
    effect, *_ = np.linalg.lstsq(design, values, rcond=None)
    grand = (member.sum(axis=0) / n) @ effect[:b]
    left = values - design @ effect
    scale = np.sqrt((left**2).mean(axis=0))
    stand = grand + design[:, b:] @ effect[b:]
    z = (values - stand) / scale
    for column in member.T:
        rows = column > 0
        shift, spread = _shrunk(z[rows])
        z[rows] = (z[rows] - shift) / np.sqrt(spread)
    return np.asarray(z * scale + stand)


def _shrunk(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return posterior shifts and variances of one batch's genes, by the parametric priors of all genes."""
    n = len(z)
    mean, variance = z.mean(axis=0), z.var(axis=0, ddof=1)
    centre, width = float(mean.mean()), float(mean.var(ddof=1))
    level, spread = float(variance.mean()), float(variance.var(ddof=1))
    a, b = (2.0 * spread + level**2) / spread, (level * spread + level**3) / spread
    shift, var = mean.copy(), variance.copy()
    for _ in range(_MOST_TURNS):
        new_shift = (width * n * mean + var * centre) / (width * n + var)
        new_var = (0.5 * ((z - new_shift) ** 2).sum(axis=0) + b) / (n / 2.0 + a - 1.0)
        change = max(np.abs((new_shift - shift) / shift).max(), np.abs((new_var - var) / var).max())
        shift, var = new_shift, new_var
        if change <= _SETTLED:
            break
    return shift, var
