"""
Posterior effects under a continuous shrinkage prior: the model of PRS-CS, by Gibbs sampling.

Each effect is normal with a variance of its own, whose prior (Strawderman-Berger: a = 1, b = 1/2) has a peak at none and
a heavy tail, so that noise is shrunk to nothing and signal hardly (Ge, Chen, Ni, Feng & Smoller 2019,
doi:10.1038/s41467-019-09718-5). Effects of a block are drawn together.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput, InvalidContent, StorageFailed, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.core.study import Watch
    from gennet.genomics.score_training.alignment import Aligned
    from gennet.genomics.score_training.linkage import LdBlock

_SAVED_EVERY = 50


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior and the length of the chain."""

    a: float = 1.0
    """Above 1/2; smaller is a sharper peak at no effect."""
    b: float = 0.5
    """Above 0; smaller is a heavier tail."""
    phi: float | None = None
    """Global scale; None learns it, which takes a sample size of about 200,000 (Ge 2019)."""
    most: float = 1.0
    """Local variances are held at most this, as the program PRS-CS holds them: without it, noise in the linkage of a
    small reference lets the chain run away. An effect is then at most half of what an unlinked marginal one is."""
    iterations: int = 1000
    burn_in: int = 500
    thin: int = 5

    def check(self) -> None:
        """Raise `BadInput` unless the settings make sense."""
        if not (self.a > 0.5 and self.b > 0 and self.most > 0 and (self.phi is None or self.phi > 0)):
            raise BadInput("the prior is not proper", remedy="give a above 1/2, b and phi above 0")
        if not 0 <= self.burn_in < self.iterations or self.thin < 1 or self.iterations - self.burn_in < 2 * self.thin:
            raise BadInput("too few draws are kept", remedy="ask for more iterations than burn-in, kept at least twice")


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What the chain found."""

    mean: NDArray[np.float64]
    """Standardised effects: standard deviations of the trait per standard deviation of the dosage."""
    sd: NDArray[np.float64]
    """Posterior standard deviation of the same."""
    phi: float
    """Posterior mean of the global scale, or the one given."""
    residual: float
    """Posterior mean of the residual variance."""
    halves: float
    """Correlation of the means of the chain's two halves: near 1 when it is long enough."""


def prs_cs(
    aligned: Aligned,
    blocks: list[LdBlock],
    prior: Prior = Prior(),
    *,
    rng: np.random.Generator,
    checkpoint: Path | None = None,
    watch: Watch = silent,
) -> Posterior:
    """
    Sample effects given summary statistics and linkage; the same generator state gives the same digits.

    The sample size is the median of the variants'. The mean is that of the conditional means, which varies less than that of the draws.

    Parameters
    ----------
    checkpoint
        Where the state of the chain is kept, to go on after a stop; removed at the end.

    Raises
    ------
    BadInput
        The prior is not proper or the chain too short.
    InvalidContent
        The checkpoint belongs to another chain.
    Cancelled
        By `watch`; the checkpoint is kept.
    """
    prior.check()
    chain = _Chain(aligned, blocks, prior, rng)
    if checkpoint is not None and checkpoint.exists():
        chain.read(checkpoint)
    from threadpoolctl import threadpool_limits

    # Blocks are too small for the threads of BLAS, whose waiting costs many times the work.
    with threadpool_limits(1, "blas"):
        while chain.done < prior.iterations:
            watch("sampling effects", chain.done, prior.iterations)
            chain.step()
            if checkpoint is not None and chain.done % _SAVED_EVERY == 0:
                chain.save(checkpoint)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return chain.posterior()


class _Chain:
    """The state of the sampler."""

    def __init__(self, aligned: Aligned, blocks: list[LdBlock], prior: Prior, rng: np.random.Generator) -> None:
        size = aligned.size
        self.prior, self.blocks, self.rng = prior, blocks, rng
        self.marginal, self.n = aligned.correlation, float(np.median(aligned.n))
        self.beta, self.psi, self.delta = np.zeros(size), np.ones(size), np.ones(size)
        self.conditional = np.zeros(size)
        self.phi = 1.0 if prior.phi is None else prior.phi
        self.variance = 1.0
        self.done = 0
        # Sums over the kept draws: of each half, and of squares.
        self.sums, self.squares, self.kept = np.zeros((2, size)), np.zeros(size), np.zeros(2)
        self.totals = np.zeros(2)
        """Of phi and of the residual variance."""

    def step(self) -> None:
        """Draw effects, residual variance, local and global scales, each given all others."""
        from gennet.genomics.score_training._kernels import draw_scales

        quadratic = sum(self._draw_block(block) for block in self.blocks)
        fit = 1.0 - 2.0 * float(self.beta @ self.marginal) + quadratic
        least = float((self.beta**2 / self.psi).sum())
        # Linkage of another sample can make the fit negative; the prior's part bounds it from below, as in PRS-CS.
        rate = self.n / 2.0 * max(fit, least)
        self.variance = rate / self.rng.standard_gamma((self.n + len(self.beta)) / 2.0)
        p = self.prior
        draw_scales(self.beta, self.n, self.variance, p.a, p.b, self.phi, p.most, self.rng, self.delta, self.psi)
        if p.phi is None:
            w = self.rng.standard_gamma(1.0) / (self.phi + 1.0)
            self.phi = self.rng.standard_gamma(len(self.beta) * p.b + 0.5) / (float(self.delta.sum()) + w)
        self.done += 1
        if self.done > p.burn_in and (self.done - p.burn_in) % p.thin == 0:
            self._keep()

    def _draw_block(self, block: LdBlock) -> float:
        """Draw the effects of one block; return its part of the quadratic form of the fit."""
        # Without the checks of scipy.linalg, which cost more than small blocks; dtrsv does not wake threads for nothing.
        from scipy.linalg.blas import dtrsv
        from scipy.linalg.lapack import dpotrf

        at = block.rows
        system = block.correlation.copy(order="F")
        system.ravel("K")[:: len(system) + 1] += 1.0 / self.psi[at]
        upper, failed = dpotrf(system, overwrite_a=1)
        if failed:
            raise BadInput("the linkage of a block cannot be inverted", remedy="give more reference people")
        half = dtrsv(upper, self.marginal[at], trans=1)
        noise = np.sqrt(self.variance / self.n) * self.rng.standard_normal(len(half))
        part = half + noise
        self.conditional[at], self.beta[at] = dtrsv(upper, half), dtrsv(upper, part)
        return float(part @ part)

    def _keep(self) -> None:
        which = int(2 * (self.done - self.prior.burn_in) > self.prior.iterations - self.prior.burn_in)
        self.sums[which] += self.conditional
        self.squares += self.beta**2
        self.kept[which] += 1
        self.totals += (self.phi, self.variance)

    def posterior(self) -> Posterior:
        """Sum up the kept draws."""
        count = float(self.kept.sum())
        mean = self.sums.sum(0) / count
        one, two = self.sums / np.maximum(self.kept, 1)[:, None]
        same = float(np.corrcoef(one, two)[0, 1]) if np.ptp(one) > 0 and np.ptp(two) > 0 else 1.0
        sd = np.sqrt(np.maximum(self.squares / count - mean**2, 0.0))
        return Posterior(mean, sd, float(self.totals[0] / count), float(self.totals[1] / count), same)

    _ARRAYS = ("beta", "psi", "delta", "sums", "squares", "kept", "totals")
    _NUMBERS = ("phi", "variance", "done")

    def _mark(self) -> str:
        import hashlib

        digest = hashlib.sha256(repr((self.prior, self.n, [block.start for block in self.blocks])).encode())
        digest.update(np.ascontiguousarray(self.marginal).data)
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the state beside and rename."""
        beside = path.with_name(f".{path.name}.part")
        held = {name: np.asarray(getattr(self, name)) for name in (*self._ARRAYS, *self._NUMBERS)}
        state = json.dumps(self.rng.bit_generator.state)
        try:
            with beside.open("wb") as stream:
                np.savez(stream, mark=np.array(self._mark()), rng=np.array(state), **held)  # type: ignore[arg-type]
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageFailed(
                f"cannot write ({error.strerror})", place=str(path), remedy="choose another folder"
            ) from error

    def read(self, path: Path) -> None:
        """Go on from a written state."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
                if str(held["mark"]) != self._mark():
                    raise InvalidContent(
                        "this checkpoint belongs to another chain", place=path.name, remedy="remove it to start again"
                    )
                self.rng.bit_generator.state = json.loads(str(held["rng"]))
                for name in self._ARRAYS:
                    setattr(self, name, held[name])
                self.phi, self.variance, self.done = float(held["phi"]), float(held["variance"]), int(held["done"])
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise UnreadableFile(
                f"this is no whole checkpoint ({error})", place=path.name, remedy="remove it to start again"
            ) from None
