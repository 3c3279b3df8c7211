"""Region tests against R's SKAT on 60 simulated regions of the mirror; the tails against closed forms."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gennet.genomics.rare import Trait, Weights, fit_null, region_tests
from gennet.genomics.rare.tails import log10_tail
from validation.agreement import Agreement, Skipped
from validation.genomics.ancestry import wilson

SITES = 60
BOUND = 1e-3
ROBUST = 2e-3
"""R solves its saddlepoint equations to 1e-4 of the root, which moves p-values by about 1e-3 in log10."""
RELIABLE = 1e-5
"""R inverts with an absolute error of 1e-6 (Davies' method) and integrates with 1e-4: below this its own digits end."""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield one row for each test and trait, then the tails."""
    _ = work
    folder = mirror / "genomics" / "rare"
    if folder.is_dir():
        yield from against_r(folder)
        yield from robust(folder)
    else:
        yield Skipped("rare-variant tests", "needs GENNET_RESOURCES, a mirror of the public data")
    yield few_cases()
    yield closed_forms()


def few_cases(regions: int = 1_000) -> Agreement:
    """Say how often nothing looks like something with 45 cases in 3,000 people: what the study warns of."""
    rng, found = np.random.default_rng(9), []
    for _ in range(regions):
        dosages = rng.binomial(2, rng.uniform(0.0005, 0.004, 15)[:, None], (15, 3000)).astype(np.int8)
        null = fit_null(np.repeat([1.0, 0.0], [45, 2955]), trait=Trait.BINARY)
        one = region_tests(dosages, null)
        found.append((one.burden, one.skat, one.skat_o, one.acat_v))
    low = (np.array(found) < 0.01).sum(axis=0)
    spans = [wilson(int(n), regions) for n in low]
    shares = ", ".join(
        f"{name} {n / regions:.1%} [{a:.1%}, {b:.1%}]"
        for name, n, (a, b) in zip(("burden", "SKAT", "SKAT-O", "ACAT-V"), low.tolist(), spans, strict=True)
    )
    words = f"p below 0.01 by chance: {shares}; bound: burden and ACAT-V hold 1 %; SKAT and SKAT-O do not, as the study says"
    holds = spans[0][0] <= 0.01 and spans[3][0] <= 0.01
    return Agreement("Robust tests, 45 cases in 3,000, 15 rare variants", "simulated, no effect", regions, words, holds)


def robust(folder: Path) -> Iterator[Agreement]:
    """Compare calibrated p-values of the binary trait with R's SKATBinary_Robust."""
    held = np.load(folder / "regions.npz")
    with (folder / "expected.csv").open() as lines:
        expected = list(csv.DictReader(lines))
    null = fit_null(held["case"].astype(float), held["covariates"], trait=Trait.BINARY)
    found = [
        region_tests(region(held["genotypes"], i), null, Weights(most_frequency=0.5), as_r=True)
        for i in range(len(expected))
    ]
    for name, ours in (("Burden", "burden"), ("SKAT", "skat"), ("SKATO", "skat_o")):
        theirs = np.array([float(row[f"D_robust_{name}"]) for row in expected])
        gap = np.abs(np.log10([getattr(one, ours) for one in found]) - np.log10(theirs))[theirs >= RELIABLE]
        words = f"largest |difference of log10 p| {gap.max():.2g} (bound {ROBUST:g})"
        yield Agreement(f"{name}, binary trait, robust", "R SKAT 2.2.5", len(gap), words, bool(gap.max() <= ROBUST))


def against_r(folder: Path) -> Iterator[Agreement]:
    """Compare p-values with R 4.2.2, SKAT 2.2.5."""
    held = np.load(folder / "regions.npz")
    with (folder / "expected.csv").open() as lines:
        expected = list(csv.DictReader(lines))
    for letter, column, kind in (("C", "trait", Trait.CONTINUOUS), ("D", "case", Trait.BINARY)):
        null = fit_null(held[column].astype(float), held["covariates"], trait=kind)
        regions = [region(held["genotypes"], i) for i in range(len(expected))]
        every = {
            as_r: [region_tests(one, null, Weights(most_frequency=0.5), as_r=as_r, robust=False) for one in regions]
            for as_r in (False, True)
        }
        tests = (
            ("Burden", "burden", False),
            ("SKAT", "skat", False),
            ("SKATO", "skat_o", False),
            ("SKATO", "skat_o", True),
        )
        for name, ours, as_r in tests:
            found = every[as_r]
            theirs = np.array([float(row[f"{letter}_{name}"]) for row in expected])
            p = np.array([getattr(one, ours) for one in found])
            gap = np.abs(np.log10(p) - np.log10(theirs))
            # R's SKAT-O says 1 where its integration misses a narrow peak.
            reliable = (theirs >= (0 if name == "Burden" else RELIABLE)) & ((theirs < 1) | as_r)
            bound = 5 * BOUND if name == "SKATO" and not as_r else BOUND
            outside = f"{int((~reliable).sum())} outside R's own precision, largest {gap[~reliable].max(initial=0):.2g}"
            words = f"largest |difference of log10 p| {gap[reliable].max():.2g} (bound {bound:g}); {outside}"
            holds = bool(gap[reliable].max() <= bound)
            yield Agreement(
                f"{name}, {kind} trait{', integrated as in R' if as_r else ''}",
                "R SKAT 2.2.5",
                int(reliable.sum()),
                words,
                holds,
            )


def region(genotypes: np.ndarray, number: int) -> np.ndarray:
    """Return one region as variants x people."""
    return np.ascontiguousarray(genotypes[:, SITES * number : SITES * (number + 1)].T.astype(np.int8))


def closed_forms() -> Agreement:
    """Compare tails with sums of exponentials: what weights that come in pairs give."""
    rng, worst, cases = np.random.default_rng(3), 0.0, 0
    for pairs in (1, 2, 4, 8):
        weights = np.sort(rng.uniform(0.2, 3.0, pairs))
        shares = [math.prod(a / (a - b) for b in weights if b != a) for a in weights]
        for times in (3.0, 10.0, 30.0, 100.0, 300.0):
            q = times * float(weights.sum())
            logs = [-q / (2.0 * a) for a in weights]
            top = max(logs)
            exact = (
                top + math.log(math.fsum(s * math.exp(x - top) for s, x in zip(shares, logs, strict=True)))
            ) / math.log(10)
            worst, cases = max(worst, abs(log10_tail(np.repeat(weights, 2), q) - exact)), cases + 1
    words = f"down to 1e-300, largest |difference of log10 p| {worst:.2g} (bound 1e-08)"
    return Agreement("tails of quadratic forms", "closed form", cases, words, worst <= 1e-8)
