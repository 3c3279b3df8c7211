"""Tails of quadratic forms by contour integration, sums over sparse genotypes: the inner loops, compiled."""

from __future__ import annotations

import cmath
import math

from gennet.core.kernels import Array, kernel


@kernel
def cumulants(weights: Array, at: float) -> tuple[float, float, float, float]:
    """Return the cumulant generating function of sum(w x), x chi-square with 1 df, and three derivatives."""
    value = first = second = third = 0.0
    for w in weights:
        scale = 1.0 - 2.0 * w * at
        ratio = w / scale
        value -= 0.5 * math.log(scale)
        first += ratio
        second += 2.0 * ratio * ratio
        third += 8.0 * ratio * ratio * ratio
    return value, first, second, third


@kernel
def saddlepoint(weights: Array, q: float) -> float:
    """Solve K'(s) = q below the first pole; `weights` are positive, q above 0."""
    largest = weights.max()
    limit = 0.5 / largest
    low, high = -0.5 * len(weights) / q, limit * (1.0 - 1e-15)
    s = 0.0
    for _ in range(200):
        _, first, second, _ = cumulants(weights, s)
        gap = first - q
        if abs(gap) <= 1e-12 * q or high - low <= 1e-16 * limit:
            break
        if gap > 0:
            high = s
        else:
            low = s
        step = s - gap / second
        s = step if low < step < high else 0.5 * (low + high)
    return s


@kernel
def log_tail(weights: Array, q: float, digits: float) -> tuple[float, bool]:
    """
    Return the log of P(sum(w x) > q), or of P(sum(w x) < q) when that is the smaller, and whether it is the upper.

    The characteristic function is inverted along a parabola through (near) the saddlepoint, bent as the steepest
    descent is there; the trapezoid rule on it converges geometrically, and keeps its relative precision however small
    the tail.
    """
    mean = weights.sum()
    spread = math.sqrt(2.0 * (weights * weights).sum())
    limit = 0.5 / weights.max()
    upper = q >= mean
    s = saddlepoint(weights, q)
    # The pole at 0 stays away from the path; near the mean, where the two would meet, any path on the right side serves.
    inward = 0.5 * (max(s, 0.0) + limit)
    s = min(max(s, 0.5 / spread), inward) if upper else min(s, -0.5 / spread)
    value, _, second, third = cumulants(weights, s)
    bend = third / (6.0 * second)
    width = 1.0 / math.sqrt(second)
    room = min(abs(s), limit - s) if upper else abs(s)
    # Singularities lie about `room` from the path in s: the error of the rule is exp(-2 pi room / step).
    step = min(2.0 * math.pi * room / (digits * 2.302585092994046 + 3.0), 0.5 * width)
    top = value - s * q
    total = 0.0
    k = 0
    while True:
        t = (k + 0.5) * step
        point = complex(s + bend * t * t, t)
        log_f = -0.5 * _log_product(weights, point) - point * q - cmath.log(point) - top
        term = cmath.exp(log_f) * complex(1.0, -2.0 * bend * t)
        total += term.real
        k += 1
        if abs(term) * (1.0 + t / step) < 10.0 ** -(digits + 2.0) * abs(total) or k > 200000:
            break
    # (1 / 2 pi i) * 2 i * Re(...): the two halves of the path mirror each other.
    area = total * step / math.pi
    return top + math.log(max(area if upper else -area, 1e-320)), upper


@kernel
def _log_product(weights: Array, point: complex) -> complex:
    """Return sum(log(1 - 2 w s)), taking logarithms of products of a few factors at a time."""
    total = complex(0.0, 0.0)
    for w in weights:
        total += cmath.log(1.0 - 2.0 * w * point)
    return total


@kernel
def survivals(weights: Array, points: Array, digits: float, out: Array) -> None:
    """Write P(sum(w x) > q) for many q; 1 where q is not positive."""
    for i in range(len(points)):
        if points[i] <= 0.0:
            out[i] = 1.0
        else:
            log_p, upper = log_tail(weights, points[i], digits)
            out[i] = math.exp(log_p) if upper else -math.expm1(log_p)


@kernel
def sparse_sums(
    start: Array, variant: Array, copies: Array, residual: Array, weight: Array, covariates: Array,
    score: Array, products: Array, crossed: Array,
) -> None:  # fmt: skip
    """Add up G'r, G'WG and G'WX over the people who carry something; the three outputs start at zero."""
    columns = covariates.shape[1]
    for person in range(len(start) - 1):
        first, last = start[person], start[person + 1]
        for a in range(first, last):
            one, there = variant[a], copies[a]
            score[one] += there * residual[person]
            weighted = there * weight[person]
            for c in range(columns):
                crossed[one, c] += weighted * covariates[person, c]
            for b in range(first, last):
                products[one, variant[b]] += weighted * copies[b]


@kernel
def count_calls(dosages: Array, called: Array, total: Array) -> bool:
    """Count calls and alternate alleles of each variant; False when a value is no genotype."""
    for row in range(dosages.shape[0]):
        number = alleles = 0
        for value in dosages[row]:
            if value > 2 or value < -1:
                return False
            if value >= 0:
                number += 1
                alleles += value
        called[row] = number
        total[row] = alleles
    return True


@kernel
def count_entries(dosages: Array, flipped: Array, frequency: Array, start: Array) -> None:
    """Count what each person carries: `start[i + 1]` becomes the number of entries of person i."""
    for row in range(dosages.shape[0]):
        nothing = 2 if flipped[row] else 0
        for person in range(dosages.shape[1]):
            value = dosages[row, person]
            if value != nothing and (value >= 0 or frequency[row] > 0.0):
                start[person + 1] += 1


@kernel
def fill_entries(dosages: Array, flipped: Array, frequency: Array, place: Array, variant: Array, copies: Array) -> None:
    """Write each person's entries from `place` on, which moves along."""
    for row in range(dosages.shape[0]):
        nothing = 2 if flipped[row] else 0
        for person in range(dosages.shape[1]):
            value = dosages[row, person]
            if value == nothing or (value < 0 and frequency[row] <= 0.0):
                continue
            at = place[person]
            variant[at] = row
            copies[at] = 2.0 * frequency[row] if value < 0 else (2 - value if flipped[row] else value)
            place[person] = at + 1
