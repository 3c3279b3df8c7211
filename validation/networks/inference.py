"""
Network inference against known edges, scikit-learn and fits from scratch.

The rule that picks a method was fixed on DREAM4 multifactorial and DREAM5's E. coli; E. coli PRECISE and the knock-outs
of DREAM4's other networks were looked at after. Bounds on areas are those the project promises, not the values reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from gennet.networks.inference.design import Design
from gennet.networks.inference.dynamic import dynamic_trees
from gennet.networks.inference.evaluation import Accuracy, Gold, evaluate
from gennet.networks.inference.knockout import knockout
from gennet.networks.inference.portfolio import Method, method_for, scored
from gennet.networks.inference.precision import coefficients
from gennet.networks.inference.trees import binned, trees
from gennet.networks.personal.leaving_out import coefficients_without, fitted
from gennet.networks.streaming.following import begun, raw_coefficients, step
from validation.agreement import Agreement, Skipped
from validation.networks import sets

GRNBOOST2_PRECISE = 0.028
"""AUPR of gradient boosting with GRNBoost2's settings on 600 of PRECISE's targets; `benchmarks networks` runs it."""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare single numbers with scikit-learn, whole orders with known edges, updates with fits from scratch."""
    _ = work
    if not (mirror / "expression" / "dream4_zip").is_dir():
        yield Skipped("Network inference", "the mirror of public data is not at hand: set GENNET_RESOURCES")
        return
    design, gold = sets.dream4_multifactorial(mirror, 1)
    yield _areas(design, gold)
    yield _ridge(design)
    yield _trees(design)
    yield from _dream4(mirror)
    yield _precise(mirror)
    yield _dream5(mirror)
    yield from _interventions(mirror)
    yield from _updates(mirror)


def _areas(design: Design, gold: Gold) -> Agreement:
    from sklearn.metrics import average_precision_score, roc_auc_score

    scores = scored(design, Method.PEARSON, np.random.default_rng(1))
    at = {gene: i for i, gene in enumerate(design.genes)}
    size = np.array([abs(scores.values[at[r], at[t]]) for r, t in gold.candidates])
    # A pair and its reverse have one correlation: ties are broken alike for both by a little noise.
    noise = np.random.default_rng(1).uniform(0, 1e-9, len(size))
    values = scores.values.copy()
    for (r, t), more in zip(gold.candidates, noise, strict=True):
        values[at[r], at[t]] = abs(values[at[r], at[t]]) + more
    judged = evaluate(design.scores(values, "pearson"), gold)
    roc = abs(judged.auroc - roc_auc_score(gold.true, size + noise))
    step_sum = average_precision_score(gold.true, size + noise)
    words = f"AUROC differs by {roc:.1e}; AUPR {judged.aupr:.4f}, as a sum of steps {step_sum:.4f}"
    return Agreement(
        "Areas under curves", f"scikit-learn {metadata.version('scikit-learn')}", len(size), words,
        bool(roc < 1e-12 and 0 <= step_sum - judged.aupr < 0.01),
    )  # fmt: skip


def _ridge(design: Design) -> Agreement:
    from sklearn.linear_model import Ridge

    n, r = len(design.y), len(design.own)
    ours = coefficients(design.x.T @ design.x / n, design.x.T @ design.y / n, design.own, 0.3)
    worst = 0.0
    for target in range(r):
        kept = np.delete(np.arange(r), target)
        theirs = Ridge(alpha=0.3 * n, fit_intercept=False).fit(design.x[:, kept], design.y[:, target]).coef_
        worst = max(worst, float(np.abs(theirs - ours[kept, target]).max()))
    reference = f"scikit-learn {metadata.version('scikit-learn')} Ridge, one fit per target"
    return Agreement("Ridge of every target", reference, ours.size, f"largest difference {worst:.1e}", worst < 1e-9)


def _trees(design: Design) -> Agreement:
    from sklearn.ensemble import ExtraTreesRegressor

    ours = np.abs(trees(design, np.random.default_rng(1), number=500).values)
    x = binned(design.x).T.astype(float)  # the same ranks for both
    one, two = list[float](), list[float]()
    for target in range(0, 100, 10):
        kept = np.delete(np.arange(100), target)
        grown = [
            ExtraTreesRegressor(500, max_features=10, random_state=seed).fit(x[:, kept], design.y[:, target])
            for seed in (1, 2)
        ]
        a, b = (forest.feature_importances_ for forest in grown)
        one.append(float(np.corrcoef(ours[kept, target], a)[0, 1]))
        two.append(float(np.corrcoef(a, b)[0, 1]))
    words = f"importances correlate by {np.mean(one):.3f}; two seeds of the reference by {np.mean(two):.3f}"
    reference = f"scikit-learn {metadata.version('scikit-learn')} ExtraTrees (500) on ranks"
    return Agreement("Trees", reference, 10 * 99, words, bool(np.mean(one) > np.mean(two) - 0.05))


def _dream4(mirror: Path) -> Iterator[Agreement]:
    held = dict[Method, list[Accuracy]]()
    for number in range(1, 6):
        design, gold = sets.dream4_multifactorial(mirror, number)
        for method in (Method.COMMUNITY, Method.TREES, Method.STABLE, Method.CLR, Method.RIDGE):
            held.setdefault(method, []).append(evaluate(scored(design, method, np.random.default_rng(1)), gold))
    means = {method: float(np.mean([one.aupr for one in every])) for method, every in held.items()}
    words = ", ".join(f"{method} {mean:.3f}" for method, mean in means.items())
    picked = method_for(100, 100, 100)
    yield Agreement(
        "DREAM4 multifactorial, size 100", "known edges, mean AUPR of 5 networks (bound 0.17 for the method picked)",
        5 * 9900, words, means[picked] >= 0.17,
    )  # fmt: skip


def _precise(mirror: Path) -> Agreement:
    design, gold = sets.precise(mirror)
    picked = method_for(*design.shape)
    judged = {
        m: evaluate(scored(design, m, np.random.default_rng(1)), gold) for m in (picked, Method.CLR, Method.PEARSON)
    }
    words = ", ".join(f"{m} {one.aupr:.4f} / {one.auroc:.3f}" for m, one in judged.items())
    bound = 1.5 * GRNBOOST2_PRECISE
    return Agreement(
        "E. coli PRECISE", f"RegulonDB edges, AUPR / AUROC (bound {bound:.3f}: 1.5 times GRNBoost2's settings)",
        len(gold.candidates), words, judged[picked].aupr >= bound,
    )  # fmt: skip


def _dream5(mirror: Path) -> Agreement:
    design, gold = sets.dream5_ecoli(mirror)
    judged = {m: evaluate(scored(design, m, np.random.default_rng(1)), gold) for m in (Method.RIDGE, Method.CLR)}
    words = ", ".join(f"{m} {one.aupr:.3f} / {one.auroc:.3f}" for m, one in judged.items())
    ridge = judged[Method.RIDGE]
    return Agreement(
        "DREAM5 E. coli, 177 of 805 chips, 1,100 of 4,511 genes", "known edges, AUPR / AUROC (chance "
        f"{ridge.chance:.3f} / 0.5)", ridge.candidates, words, ridge.aupr > 4 * ridge.chance,
    )  # fmt: skip


def _interventions(mirror: Path) -> Iterator[Agreement]:
    direct, plain, series = list[float](), list[float](), list[float]()
    for number in range(1, 6):
        held, genes, gold = sets.dream4_insilico(mirror, number)
        (out,), (wild,) = held["knockouts"], held["wildtype"]
        plain.append(evaluate(knockout(out, genes, genes, wild), gold).aupr)
        direct.append(evaluate(knockout(out, genes, genes, wild, direct=True), gold).aupr)
        states, times = [one[:, 1:] for one in held["timeseries"]], [one[:, 0] for one in held["timeseries"]]
        series.append(evaluate(dynamic_trees(states, times, genes, rng=np.random.default_rng(1)), gold).aupr)
    words = ", ".join(f"{one:.3f}" for one in direct)
    yield Agreement(
        "DREAM4 knock-outs, size 100", "known edges, AUPR (chance 0.02)", 5 * 9900,
        f"{words}; before what is passed on is taken off, mean {np.mean(plain):.3f}", bool(np.mean(direct) > 0.3),
    )  # fmt: skip
    words = ", ".join(f"{one:.3f}" for one in series)
    yield Agreement(
        "DREAM4 time series, size 100", "known edges, AUPR (chance 0.02)", 5 * 9900, words, bool(np.mean(series) > 0.06)
    )


def _updates(mirror: Path) -> Iterator[Agreement]:
    design, _ = sets.dream4_multifactorial(mirror, 2)
    held, worst = fitted(design), 0.0
    for sample in range(0, 100, 7):
        others = np.delete(design.y, sample, axis=0)
        worst = max(
            worst, float(np.abs(coefficients_without(held, sample) - _refit(others, np.ones(99), design, 30.0)).max())
        )
    yield Agreement(
        "Personal networks", "fits to the other samples", 15 * 9900, f"largest difference {worst:.1e}", worst < 1e-8
    )
    every = np.vstack([sets.dream4_multifactorial(mirror, number)[0].y for number in (2, 3)] * 10)
    state = begun(design.genes, design.genes, np.ones(100), half_life=60)
    for sample in every:
        state = step(state, sample)
    weight = 0.5 ** (np.arange(len(every) - 1, -1, -1) / 60)
    worst = float(np.abs(raw_coefficients(state) - _refit(every, weight, design, state.penalty)).max())
    yield Agreement(
        "Streams", "a fit to fading samples after 2,000 steps", 9900, f"largest difference {worst:.1e}", worst < 1e-8
    )


def _refit(y: np.ndarray, weight: np.ndarray, design: Design, penalty: float | np.ndarray) -> np.ndarray:
    away = y - np.average(y, axis=0, weights=weight)
    made, r = np.zeros((len(design.own), y.shape[1])), len(design.own)
    total = (away * weight[:, None]).T @ away + np.diag(np.broadcast_to(penalty, r))
    for target in range(y.shape[1]):
        kept = np.delete(np.arange(r), target)
        plain = total[np.ix_(kept, kept)]
        made[kept, target] = np.linalg.solve(plain, (away[:, kept] * weight[:, None]).T @ away[:, target])
    return made
