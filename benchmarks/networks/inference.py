"""Network inference at the size of DREAM5's E. coli, beside gradient boosting with GRNBoost2's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, function
from gennet.networks.inference.design import Design, design_of
from gennet.networks.inference.evaluation import evaluate, gold_of
from gennet.networks.inference.portfolio import Method, scored
from gennet.networks.personal.leaving_out import fitted, personal_ridge, ridge_scores
from gennet.networks.streaming.following import begun, step

SAMPLES, GENES, REGULATORS = 805, 4511, 334
PEER_TARGETS = 300


def simulated(genes: int = GENES, samples: int = SAMPLES) -> Design:
    """Targets of three regulators each, with noise; regulators that go together."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(samples, REGULATORS)) + rng.normal(size=(samples, 20)) @ rng.normal(size=(20, REGULATORS)) / 3
    effects = np.zeros((REGULATORS, genes - REGULATORS))
    for target in range(effects.shape[1]):
        effects[rng.choice(REGULATORS, 3, replace=False), target] = rng.normal(size=3)
    y = x @ effects + rng.normal(size=(samples, genes - REGULATORS))
    names = [f"G{i}" for i in range(genes)]
    return design_of(np.column_stack([x, y]), names, names[:REGULATORS])


def figures(scratch: Path) -> Iterator[Figure]:
    """Time the methods, personal networks and streams; then the peer on some targets."""
    _ = scratch
    rng = np.random.default_rng(1)
    design, size = simulated(), f"{GENES:,} genes, {SAMPLES} samples, {REGULATORS} regulators"
    note = f"{size}; float64, {os.cpu_count()} threads"
    yield function("networks: ridge", "default", lambda: scored(design, Method.RIDGE, rng), runs=3, note=note)
    yield function("networks: clr", "CLR", lambda: scored(design, Method.CLR, rng), runs=3, note=note)
    large = simulated(GENES * 10)
    yield function(
        "networks: ridge, 10x genes", "default", lambda: scored(large, Method.RIDGE, rng), runs=1, warmup=0,
        note=f"{GENES * 10:,} genes, otherwise the same",
    )  # fmt: skip
    yield from _one_by_one(design, note)
    some = Design(design.genes[: REGULATORS + 16], design.y[:200, : REGULATORS + 16], design.own)
    yield function(
        "networks: trees",
        "100 ExtraTrees per target",
        lambda: scored(some, Method.TREES, rng),
        runs=1,
        note=f"{len(some.genes)} of the targets, 200 samples; {os.cpu_count()} threads",
    )
    yield from _peer()


def _one_by_one(design: Design, note: str) -> Iterator[Figure]:
    held = fitted(design)
    every = ridge_scores(held)
    yield function("networks: one person", "LIONESS", lambda: personal_ridge(held, 7, every), runs=20, note=note)
    state = begun(design.genes, design.regulators, np.ones(GENES), half_life=100)
    for sample in design.y[:5]:
        state = step(state, sample)
    yield function("networks: one step", "half-life", lambda: step(state, design.y[9]), runs=20, note=note)


def _peer() -> Iterator[Figure]:
    """Run both on E. coli PRECISE where the mirror is at hand; say how well known edges are found."""
    from sklearn.ensemble import GradientBoostingRegressor

    from validation.networks.sets import precise

    mirror = Path(os.environ.get("GENNET_RESOURCES", "nowhere"))
    if not (mirror / "expression" / "ecoli_precise").is_dir():
        return
    design, gold = precise(mirror)
    known = sorted({t for _, t in gold.candidates})
    chosen = sorted(np.random.default_rng(1).choice(known, PEER_TARGETS, replace=False).tolist())
    candidates = [(pair, true) for pair, true in zip(gold.candidates, gold.true, strict=True) if pair[1] in set(chosen)]
    some = gold_of([p for p, true in candidates if true], [p for p, true in candidates if not true])
    values = np.zeros((len(design.own), len(design.genes)))

    def boost() -> None:
        # GRNBoost2: 5,000 trees of depth 3, 0.01 the rate, a tenth of features, 0.9 of samples; out-of-bag stop at 25.
        for gene in chosen:
            target = design.genes.index(gene)
            kept = np.flatnonzero(design.own != target)
            grown = GradientBoostingRegressor(
                learning_rate=0.01, n_estimators=5000, max_features=0.1, subsample=0.9, random_state=1
            )
            grown.fit(design.x[:, kept], design.y[:, target], monitor=_stop)
            values[kept, target] = grown.feature_importances_ * len(grown.estimators_)

    made = function("networks: GRNBoost2's settings", "peer", boost, runs=1, warmup=0)
    theirs = evaluate(design.scores(values, "boosting", signed=False), some)
    ours = evaluate(scored(design, Method.RIDGE, np.random.default_rng(1)), some)
    version = metadata.version("scikit-learn")
    note = f"scikit-learn {version}, {PEER_TARGETS} targets of PRECISE, 1 thread; AUPR {theirs.aupr:.4f}"
    yield Figure(made.name, made.what, 1, made.wall_seconds, made.cpu_seconds, None, note)
    note = f"all {len(design.genes):,} targets of PRECISE; on the same {PEER_TARGETS} AUPR {ours.aupr:.4f}"
    yield function(
        "networks: ridge, PRECISE", "default", lambda: scored(design, Method.RIDGE, np.random.default_rng(1)), note=note
    )


def _stop(current: int, model: object, given: dict[str, object]) -> bool:
    """Stop when the last 25 trees did not help samples out of the bag."""
    _ = given
    improved = model.oob_improvement_  # type: ignore[attr-defined]
    return current >= 24 and float(np.mean(improved[current - 24 : current + 1])) < 0
