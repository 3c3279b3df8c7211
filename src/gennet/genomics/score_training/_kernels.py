"""Inner loops of score training: correlations for clumping and the generalised inverse Gaussian distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.kernels import Array, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def log_likelihood(x: float, counts: Array) -> float:
    """Return that of haplotypes when `x` of the double heterozygotes carry them in coupling."""
    c11, c12, c21, c22, both = counts
    total = c11 + c12 + c21 + c22 + 2.0 * both
    f11, f12 = (c11 + x) / total, (c12 + both - x) / total
    f21, f22 = (c21 + both - x) / total, (c22 + x) / total
    sum_ = both * math.log(f11 * f22 + f12 * f21)
    for count, share in ((c11, f11), (c12, f12), (c21, f21), (c22, f22)):
        if count > 0.0:
            sum_ += count * math.log(share)
    return float(sum_)


@kernel
def in_coupling(counts: Array) -> float:
    """
    Return how many of the double heterozygotes carry both alternate alleles on one haplotype, by maximum likelihood.

    `counts` are of haplotypes known without phase (alternate-alternate, alternate-reference, reference-alternate,
    reference-reference) and of double heterozygotes. The likelihood is flat where a cubic is zero.
    """
    c11, c12, c21, c22, both = counts
    a, b = c12 + both, c21 + both
    # 2 x^3 + p x^2 + q x + r = 0, made of x (f11 f22 + f12 f21) = both f11 f22
    p = (c11 + c22 - a - b - both) / 2.0
    q = (a * b + c11 * c22 - both * (c11 + c22)) / 2.0
    r = -both * c11 * c22 / 2.0
    middle = -p / 3.0
    slope = q - p * p / 3.0
    height = 2.0 * p * p * p / 27.0 - p * q / 3.0 + r
    inside = height * height / 4.0 + slope * slope * slope / 27.0
    roots = np.empty(3)
    if inside > 0.0:
        root = math.sqrt(inside)
        first, second = -height / 2.0 + root, -height / 2.0 - root
        roots[:] = (
            math.copysign(abs(first) ** (1.0 / 3.0), first) + math.copysign(abs(second) ** (1.0 / 3.0), second) + middle
        )
    else:
        length = 2.0 * math.sqrt(max(-slope / 3.0, 0.0))
        cosine = 0.0 if length == 0.0 else min(max(3.0 * height / (slope * length), -1.0), 1.0)
        angle = math.acos(cosine) / 3.0
        for k in range(3):
            roots[k] = length * math.cos(angle - 2.0 * math.pi * k / 3.0) + middle
    best, found = -math.inf, 0.0
    for k in range(3):
        x = min(max(roots[k], 0.0), both)
        value = log_likelihood(x, counts)
        if value > best:
            best, found = value, x
    return found


@kernel
def r_squared(a: NDArray[np.int8], b: NDArray[np.int8]) -> float:
    """
    Return the squared correlation of two variants on haplotypes, over the people called in both; 0 when undefined.

    Phase is by maximum likelihood in Hardy-Weinberg equilibrium, as plink 1.9's --clump takes it.
    """
    n, sa, sb, sab, het = 0, 0, 0, 0, 0
    for i in range(len(a)):
        x, y = int(a[i]), int(b[i])
        both = int((x >= 0) & (y >= 0))
        n += both
        sa += both * x
        sb += both * y
        sab += both * x * y
        het += int((x == 1) & (y == 1))
    total = 2.0 * n
    if n == 0 or sa in (0, 2 * n) or sb in (0, 2 * n):
        return 0.0
    c11 = (sab - het) / 2.0
    c12, c21 = sa - c11 - het, sb - c11 - het
    counts = (c11, c12, c21, total - c11 - c12 - c21 - 2.0 * het, float(het))
    f11 = (c11 + (in_coupling(counts) if het else 0.0)) / total
    pa, pb = sa / total, sb / total
    d = f11 - pa * pb
    return d * d / (pa * (1.0 - pa) * pb * (1.0 - pb))


@kernel
def clump_rows(
    dosages: NDArray[np.int8],
    order: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    joins: NDArray[np.bool_],
    least: float,
    index: NDArray[np.int64],
) -> None:
    """
    Give each variant the row of its clump's index variant; -1 where it belongs to none.

    `order` lists rows that may be an index, the best first; rows ``first[i]`` to ``last[i]`` (exclusive) are near row
    `i`; `joins` tells which may join another's clump.
    """
    for at in range(len(order)):
        i = order[at]
        if index[i] >= 0:
            continue
        index[i] = i
        for j in range(first[i], last[i]):
            if index[j] < 0 and joins[j] and r_squared(dosages[i], dosages[j]) >= least:
                index[j] = i


@kernel
def log_drop(x: float, alpha: float, order: float) -> float:
    """Return the log density around its mode, on the log scale, of the standard generalised inverse Gaussian."""
    return -alpha * (math.cosh(x) - 1.0) - order * (math.exp(x) - x - 1.0)


@kernel
def draw_gig(order: float, a: float, b: float, rng: Array) -> float:
    """
    Draw from the generalised inverse Gaussian: density proportional to x^(order - 1) exp(-(a x + b / x) / 2).

    Rejection below two exponentials and a constant (Devroye 2014, doi:10.1007/s11222-012-9367-z); `a` is above 0, `b`
    may be 0 when `order` is above 0.
    """
    lam = abs(order)
    omega = math.sqrt(a * b)
    root = math.sqrt(omega * omega + lam * lam)
    alpha = omega * omega / (root + lam)  # root - lam without cancellation
    t = 1.0
    drop = -log_drop(1.0, alpha, lam)
    if drop > 2.0:
        t = math.sqrt(2.0 / (alpha + lam))
    elif drop < 0.5:
        t = math.log(4.0 / (alpha + 2.0 * lam))
    s = 1.0
    drop = -log_drop(-1.0, alpha, lam)
    if drop > 2.0:
        s = math.sqrt(4.0 / (alpha * math.cosh(1.0) + lam))
    elif drop < 0.5:
        s = math.inf if lam == 0.0 else 1.0 / lam
        if alpha > 0.0:
            s = min(s, math.log(1.0 + 1.0 / alpha + math.sqrt(1.0 / (alpha * alpha) + 2.0 / alpha)))
    eta, zeta = -log_drop(t, alpha, lam), alpha * math.sinh(t) + lam * (math.exp(t) - 1.0)
    theta, xi = -log_drop(-s, alpha, lam), alpha * math.sinh(s) + lam * (1.0 - math.exp(-s))
    p, r = 1.0 / xi, 1.0 / zeta
    right, left = t - r * eta, s - p * theta
    q = right + left
    while True:
        u, v, w = rng.random(), 1.0 - rng.random(), rng.random()
        if u * (p + q + r) < q:
            x, hat = q * v - left, 1.0
        elif u * (p + q + r) < q + r:
            x = right - r * math.log(v)
            hat = math.exp(-eta - zeta * (x - t))
        else:
            x = p * math.log(v) - left
            hat = math.exp(-theta + xi * (x + s))
        if w * hat <= math.exp(log_drop(x, alpha, lam)):
            break
    # Scaled back without dividing by omega, which may be 0.
    if order < 0:
        return math.exp(-x) * b / (lam + root)
    return math.exp(x) * (lam + root) / a


@kernel
def draw_scales(
    beta: NDArray[np.float64],
    n: float,
    variance: float,
    shape_a: float,
    shape_b: float,
    phi: float,
    most: float,
    rng: Array,
    delta: NDArray[np.float64],
    psi: NDArray[np.float64],
) -> None:
    """Draw the local scales `psi` given effects and `delta`, then `delta` given `psi`; scales are held at most `most`."""
    for j in range(len(beta)):
        psi[j] = min(draw_gig(shape_a - 0.5, 2.0 * delta[j], n * beta[j] * beta[j] / variance, rng), most)
        delta[j] = rng.standard_gamma(shape_a + shape_b) / (psi[j] + phi)
