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


@kernel
def uneven_cumulants(values: Array, probability: Array, rest: Array, at: float) -> tuple[float, float, float]:
    """
    Return the cumulant generating function of sum(v (y - p)), y a case with probability p, and two derivatives.

    `rest` holds the second to fourth cumulant of everybody else, whose values are small.
    """
    value = at * at * (rest[0] / 2.0 + at * (rest[1] / 6.0 + at * rest[2] / 24.0))
    first = at * (rest[0] + at * (rest[1] / 2.0 + at * rest[2] / 6.0))
    second = rest[0] + at * (rest[1] + at * rest[2] / 2.0)
    for i in range(len(values)):
        v, p = values[i], probability[i]
        x = v * at
        # Scaled by the larger term, so that nothing overflows.
        top = max(x, 0.0)
        control, case = (1.0 - p) * math.exp(-top), p * math.exp(x - top)
        share = case / (control + case)
        value += top + math.log(control + case) - x * p
        first += v * (share - p)
        second += v * v * share * (1.0 - share)
    return value, first, second


@kernel
def uneven_tail(values: Array, probability: Array, rest: Array, q: float) -> float:
    """Return P(sum(v (y - p)) > q), q not negative, by the saddlepoint formula of Barndorff-Nielsen."""
    most = math.inf if rest[0] > 0.0 else 0.0
    for i in range(len(values)):
        most += max(values[i], 0.0) - values[i] * probability[i]
    if q >= most:
        return 0.0
    low, high, t = 0.0, -1.0, 0.0
    value, first, second = uneven_cumulants(values, probability, rest, t)
    for _ in range(100):
        if abs(first - q) <= 1e-10 * math.sqrt(second) or second <= 0.0:
            break
        if first > q:
            high = t
        else:
            low = t
        step = t + (q - first) / second
        inside = low < step and (high < 0.0 or step < high)
        t = step if inside else (2.0 * t + 1.0 if high < 0.0 else 0.5 * (low + high))
        value, first, second = uneven_cumulants(values, probability, rest, t)
    w = math.sqrt(max(2.0 * (t * q - value), 0.0))
    v = t * math.sqrt(second)
    if w < 1e-6 or v <= 0.0:
        return 0.5
    return 0.5 * math.erfc((w + math.log(v / w) / w) / math.sqrt(2.0))


@kernel
def enumerated_tail(copies: Array, probability: Array, observed: Array, among: Array) -> float:
    """
    Return the mid-p of sum(c (y - p)) over every outcome of the carriers.

    `among[k]` is the log probability that the others hold the cases left when k carriers are cases.
    """
    n = len(copies)
    seen = 0.0
    for i in range(n):
        seen += copies[i] * (observed[i] - probability[i])
    seen = abs(seen)
    top = among.max()
    beyond = same = total = 0.0
    for outcome in range(1 << n):
        share, at, cases = 1.0, 0.0, 0
        for i in range(n):
            case = (outcome >> i) & 1
            cases += case
            share *= probability[i] if case else 1.0 - probability[i]
            at += copies[i] * (case - probability[i])
        share *= math.exp(among[cases] - top)
        total += share
        if abs(at) > seen + 1e-9:
            beyond += share
        elif abs(at) > seen - 1e-9:
            same += share
    return (beyond + 0.5 * same) / total


@kernel
def log_count_density(probability: Array, count: int) -> float:
    """Return the log of the saddlepoint density of a number of cases at a whole number."""
    n = len(probability)
    if count < 0 or count > n:
        return -math.inf
    if count in (0, n):
        exact = 0.0
        for p in probability:
            exact += math.log(1.0 - p if count == 0 else p)
        return exact
    t = 0.0
    value = second = 0.0
    for _ in range(100):
        value = first = second = 0.0
        for p in probability:
            odds = p * math.exp(t)
            share = odds / (1.0 - p + odds)
            value += math.log(1.0 - p + odds)
            first += share
            second += share * (1.0 - share)
        if abs(count - first) <= 1e-9 * math.sqrt(second):
            break
        t += min(max((count - first) / second, -1.0), 1.0)
    return value - t * count - 0.5 * math.log(2.0 * math.pi * second)


@kernel
def count_probabilities(probability: Array, out: Array) -> None:
    """Write the probabilities of 0, 1, 2... cases; `out` is as long as wanted, zeros at the beginning."""
    most = len(out) - 1
    out[0] = 1.0
    for i in range(len(probability)):
        p = probability[i]
        for k in range(min(i + 1, most), 0, -1):
            out[k] = out[k] * (1.0 - p) + out[k - 1] * p
        out[0] *= 1.0 - p
