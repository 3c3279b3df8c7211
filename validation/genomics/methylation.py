"""Methylation: clocks against exact sums and biolearn, cell types against scipy, moderated tests against formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

import numpy as np

from gennet.core.moderated import fit, moderated
from gennet.genomics.methylation import read_clocks
from gennet.genomics.methylation._definitions import Definition, Transform
from gennet.genomics.methylation.cells import projected, read_cells
from gennet.genomics.methylation.clocks import Clock
from gennet.genomics.methylation.cohort_ages import cohort_ages
from gennet.genomics.methylation.differential import m_values
from gennet.genomics.methylation.matrix import BetaMatrix, read_matrix
from validation.agreement import Agreement, Skipped

_BOUND = 1e-6
_BIOLEARN = {
    "Horvath1": "Horvathv1", "Horvath2": "Horvathv2", "Hannum": "Hannum", "Lin": "Lin", "PhenoAge": "PhenoAge",
    "PEDBE": "PEDBE", "DunedinPoAm38": "DunedinPoAm38", "Zhang_10": "Zhang_10", "Knight": "Knight",
    "Bohlin": "Bohlin", "Alcohol": "AlcoholMcCartney", "Smoking": "SmokingMcCartney", "BMI_McCartney": "BMI_McCartney",
    "HRSInCHPhenoAge": "HRSInCHPhenoAge", "YingCausAge": "YingCausAge", "YingDamAge": "YingDamAge",
    "YingAdaptAge": "YingAdaptAge", "EpiTOC1": "EpiTOC1",
}  # fmt: skip
"""Ours and theirs; DNAmTL is left out, since 0.9.1 holds its intercept with the wrong sign."""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare; the mirror holds coefficients and 16 brain samples."""
    _ = work
    folder = mirror / "genomics" / "methylation"
    if not folder.is_dir():
        yield Skipped("epigenetic clocks", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    measured = read_matrix(folder / "MethylationDataExample55.csv.gz")
    for source in ("biolearn", "methylclock"):
        yield _exact_sums(source, read_clocks(folder / "coefficients" / source), measured)
    yield _biolearn(read_clocks(folder / "coefficients" / "biolearn"), measured)
    yield _mixtures(folder / "coefficients" / "biolearn" / "450K_reinius_12_reference.csv")
    yield _written_out(measured)


def whole(clocks: tuple[Clock, ...], measured: BetaMatrix) -> BetaMatrix:
    """Give the CpGs that the array lacks a beta that varies, so that every clock runs in full."""
    rng, place = np.random.default_rng(1), measured.place()
    cpgs = tuple(dict.fromkeys(cpg for clock in clocks for cpg in clock.cpgs))
    n = len(measured.samples)
    betas = np.array([measured.betas[place[c]] if c in place else rng.uniform(size=n) for c in cpgs])
    return BetaMatrix(cpgs, measured.samples, betas)


def _exact_sums(source: str, clocks: tuple[Clock, ...], measured: BetaMatrix) -> Agreement:
    matrix, worst = whole(clocks, measured), 0.0
    place = matrix.place()
    for clock in clocks:
        held = matrix.betas
        if clock.definition.standardised:
            held = (held - held.mean(axis=0)) / held.std(axis=0, ddof=1)
        ours = cohort_ages(matrix, clock).values
        for s in range(len(matrix.samples)):
            pairs = zip(clock.cpgs, clock.weights.tolist(), strict=True)
            total = math.fsum([clock.intercept, *(w * float(held[place[c], s]) for c, w in pairs)])
            worst = max(worst, abs(ours[s] - _outcome(total, clock.definition)))
    return Agreement(
        "epigenetic clocks", f"exact sums over {source}'s coefficients", len(clocks) * len(matrix.samples),
        f"{len(clocks)} clocks, largest difference {worst:.1e} in the clock's unit", worst < _BOUND,
    )  # fmt: skip


def _outcome(total: float, how: Definition) -> float:
    if how.transform is Transform.AGE:
        adult = how.adult_age
        years = (1 + adult) * math.exp(total) - 1 if total < 0 else (1 + adult) * total + adult
        return years / how.divisor
    return 1 / (1 + math.exp(-total)) if how.transform is Transform.LOGISTIC else total


def _biolearn(clocks: tuple[Clock, ...], measured: BetaMatrix) -> Agreement | Skipped:
    if util.find_spec("biolearn") is None:
        return Skipped("epigenetic clocks", "biolearn is not installed: pip install biolearn")
    import pandas as pd
    from biolearn import model

    matrix, worst, compared = whole(clocks, measured), 0.0, 0
    frame = pd.DataFrame(matrix.betas, index=list(matrix.cpgs), columns=list(matrix.samples))
    for clock in clocks:
        name = _BIOLEARN.get(clock.name)
        if name not in model.model_definitions:
            continue
        theirs = model.LinearMethylationModel.from_definition(model.model_definitions[name])
        got = theirs.predict(_Data(frame.copy()))["Predicted"].to_numpy(float)
        ours = cohort_ages(matrix, clock)
        worst, compared = max(worst, float(np.abs(got - ours.values).max())), compared + 1  # noqa: PD011 not a frame
    return Agreement(
        "epigenetic clocks", f"biolearn {metadata.version('biolearn')}", compared * len(matrix.samples),
        f"{compared} clocks, largest difference {worst:.1e} in the clock's unit; not DNAmTL, whose intercept it negates", worst < _BOUND,
    )  # fmt: skip


class _Data:
    """What biolearn's models ask for."""

    def __init__(self, dnam: object) -> None:
        """Hold betas, CpGs x samples."""
        self.dnam = dnam


def _mixtures(path: Path) -> Agreement:
    from scipy.optimize import minimize

    reference, rng = read_cells(path), np.random.default_rng(2)
    k, worst, furthest = len(reference.cells), 0.0, 0.0
    limits = {"type": "ineq", "fun": lambda x: 1.0 - x.sum(), "jac": lambda _: -np.ones(k)}
    for _ in range(100):
        truth = rng.dirichlet(np.ones(k))
        bulk = reference.betas @ truth + rng.normal(0, 0.03, len(reference.cpgs))
        a, b = reference.betas, bulk
        ours = projected(a, b)
        found = minimize(
            lambda x, a=a, b=b: float(np.sum((a @ x - b) ** 2)), np.full(k, 1 / k), method="SLSQP",
            jac=lambda x, a=a, b=b: 2 * a.T @ (a @ x - b), bounds=[(0, 1)] * k, constraints=limits,
            options={"ftol": 1e-15, "maxiter": 500},
        )  # fmt: skip
        worst, furthest = (
            max(worst, float(np.abs(ours - found.x).max())),
            max(furthest, float(np.abs(ours - truth).max())),
        )
    return Agreement(
        "cell types", "SLSQP of scipy, and the shares that made the mixtures", 100,
        f"largest difference {worst:.1e}; from the truth {furthest:.3f} with noise of 0.03", worst < 1e-5 and furthest < 0.05,
    )  # fmt: skip


def _written_out(measured: BetaMatrix) -> Agreement:
    """Fit 2,000 CpGs of the brain samples one by one, with the prior's degrees of freedom found by bisection."""
    from scipy.optimize import brentq
    from scipy.special import digamma, polygamma
    from scipy.stats import t as t_distribution

    values = m_values(measured.betas[:2000])
    n = values.shape[1]
    design = np.stack([np.ones(n), np.arange(n) % 2, np.linspace(-1, 1, n)], axis=1)
    ours = moderated(fit(values, design, 1))
    own = n - 3
    inverse = np.linalg.inv(design.T @ design)
    effects = [inverse @ design.T @ y for y in values]
    variance = np.array([float(np.sum((y - design @ e) ** 2)) / own for y, e in zip(values, effects, strict=True)])
    logs = np.log(variance) - digamma(own / 2) + math.log(own / 2)
    spread = float(np.var(logs, ddof=1) - polygamma(1, own / 2))
    half = brentq(lambda x: float(polygamma(1, x)) - spread, 1e-6, 1e6, xtol=1e-13)
    scale = math.exp(float(logs.mean() + digamma(half)) - math.log(half))
    shrunk = (2 * half * scale + own * variance) / (2 * half + own)
    t = np.array([e[1] for e in effects]) / np.sqrt(shrunk * inverse[1, 1])
    p = 2 * t_distribution.sf(np.abs(t), own + 2 * half)
    worst = max(float(np.abs(t - ours.t).max()), float(np.abs(np.log(p) - np.log(ours.p)).max()))
    return Agreement(
        "differential methylation", "Smyth's formulas (2004) CpG by CpG", len(values),
        f"largest difference of t and ln p {worst:.1e}", worst < 1e-6,
    )  # fmt: skip
