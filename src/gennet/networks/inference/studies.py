"""The studies that infer a network from expression and that judge one by known edges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.expression.matrix import Samples, read_matrix
from gennet.networks.files import read_edges, read_genes, write_graphml, write_tsv
from gennet.networks.inference.confidence import calibrate, frequencies
from gennet.networks.inference.design import design
from gennet.networks.inference.evaluation import evaluate, found, gold_of, null, on_candidates
from gennet.networks.inference.portfolio import Method, infer, method_for
from gennet.networks.inference.prior import ODDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.expression.matrix import ExpressionMatrix
    from gennet.networks.network import EdgeScores, Network

Row = tuple[str | float, ...]
_HUBS = 25
_POINTS = 60
"""Most points of a curve."""
EXPRESSION = "Expression of many samples: TSV, CSV, Parquet or h5ad."


@dataclass(frozen=True, slots=True)
class Inferring:
    """What `gennet network infer` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    regulators: Annotated[Path | None, Doc("Genes that may regulate, one per line; all genes when left out.")] = None
    samples_in: Annotated[Samples, Doc("Whether samples are the table's columns or its rows.")] = Samples.COLUMNS
    method: Annotated[Method | None, Doc("Method; picked by the data's shape when left out.")] = None
    prior: Annotated[Path | None, Doc("Known edges (regulator, target), which are raised.")] = None
    odds: Annotated[float, Doc("How many times likelier a known edge is taken to be.")] = ODDS
    most: Annotated[int, Doc("How many edges to keep.")] = 10_000
    draws: Annotated[int, Doc("How often samples are drawn again, to tell how stable edges are; 0 tells nothing.")] = 0
    gold: Annotated[Path | None, Doc("Known edges, by which scores are made probabilities; not the prior's.")] = None
    seed: Annotated[int, Doc("Seed of what is drawn at random.")] = 1


def infer_network(options: Inferring, watch: Watch, folder: Path | None) -> Findings:
    """Infer a network and list its strongest edges."""
    matrix, scores, notes = _scores(options, watch)
    network = scores.network(options.most)
    if options.gold is not None:
        score, true, _ = on_candidates(scores, gold_of(*read_edges(options.gold)))
        network = calibrate(score, true).network(scores, options.most)
        notes.append("Probabilities are those of being known: true edges that nobody looked for count as none.")
    stable = _stable(options, matrix, network, watch) if options.draws else None
    if folder is not None:
        write_tsv(network, folder / "network.tsv")
        write_graphml(network, folder / "network.graphml")
        notes.append("network.tsv and network.graphml hold all edges kept.")
    notes.append("Scores tell that two genes go together; who may regulate gives the direction, not the data.")
    return Findings(
        "infer",
        f"{network.size:,} edges by {scores.method} from {len(matrix.samples):,} samples, {len(scores.regulators):,} "
        f"regulators and {len(scores.targets):,} genes.",
        (edge_table(network, stable), _hubs(network)),
        (Figure("hubs", "Regulators with most edges", Drawing.BARS, "hubs", x="edges", label="regulator"),),
        tuple(notes),
    )


def _scores(options: Inferring, watch: Watch) -> tuple[ExpressionMatrix, EdgeScores, list[str]]:
    watch("reading expression", 0)
    matrix = read_matrix(options.expression, samples=options.samples_in)
    regulators = read_genes(options.regulators) if options.regulators else None
    prior = read_edges(options.prior)[0] if options.prior else ()
    notes = list[str]()
    if regulators is not None and (lost := len(regulators) - len(matrix.columns(regulators))):
        notes.append(f"{lost:,} of {len(regulators):,} regulators were not measured.")
    kept = len(matrix.genes if regulators is None else matrix.columns(regulators))
    if options.method is None:
        picked = method_for(len(matrix.samples), kept, len(matrix.genes))
        notes.append(f"{picked} was picked by the number of samples, regulators and genes alone.")
    if len(matrix.samples) < 30:
        notes.append(f"{len(matrix.samples)} samples are few: expect most edges to be wrong.")
    rng = np.random.default_rng(options.seed)
    scores = infer(matrix, regulators, options.method, prior=prior, odds=options.odds, rng=rng, watch=watch)
    return matrix, scores, notes


def _stable(options: Inferring, matrix: ExpressionMatrix, network: Network, watch: Watch) -> NDArray[np.float64]:
    """Return how often each edge of a network is found again; the prior is left out."""
    made = design(matrix, network.regulators)
    method, rng = options.method or method_for(*made.shape), np.random.default_rng(options.seed)
    often = frequencies(made, method, rng, most=options.most, draws=options.draws, watch=watch)
    return often[network.regulator, network.target]


def edge_table(network: Network, stable: NDArray[np.float64] | None = None) -> Table:
    """Return the edges as a table, with the share of drawn samples that find each and the probability, where known."""
    words = {1: "activates", -1: "represses", 0: None}
    many = range(network.size)
    often = [None] * network.size if stable is None else stable.tolist()
    sure = [None] * network.size if network.confidence is None else network.confidence.tolist()
    rows = [(r, t, w, words[s], often[i], sure[i]) for i, (r, t, w, s) in zip(many, network.edges(), strict=True)]
    described = (
        "regulator: Regulator", "target: Target", "score: Score", "effect: Effect",
        "found_again: Found again where samples are redrawn", "probability: Probability of a known edge",
    )  # fmt: skip
    return table("edges", "Edges, the strongest first", described, rows)


def _hubs(network: Network) -> Table:
    held = Counter(network.regulators[i] for i in network.regulator.tolist())
    rows = sorted(held.items(), key=lambda item: (-item[1], item[0]))[:_HUBS]
    return table("hubs", "Regulators with most edges", ("regulator: Regulator", "edges: Edges"), rows)


@dataclass(frozen=True, slots=True)
class Evaluating:
    """What `gennet network evaluate` asks for."""

    expression: Annotated[Path, Doc(EXPRESSION)]
    gold: Annotated[Path, Doc("Known edges (regulator, target); a third column of 1 and 0 names pairs that are none.")]
    regulators: Annotated[Path | None, Doc("Genes that may regulate, one per line; all genes when left out.")] = None
    samples_in: Annotated[Samples, Doc("Whether samples are the table's columns or its rows.")] = Samples.COLUMNS
    method: Annotated[
        tuple[Method, ...], Doc("Methods to judge; the one picked by the data's shape when left out.")
    ] = ()
    seed: Annotated[int, Doc("Seed of what is drawn at random.")] = 1


def evaluate_network(options: Evaluating, watch: Watch, folder: Path | None) -> Findings:
    """Infer by each method and judge the order of edges by those that are known."""
    _ = folder
    gold = gold_of(*read_edges(options.gold))
    rows, curves, notes = list[Row](), list[Row](), list[str]()
    for method in options.method or (None,):
        asked = Inferring(
            options.expression, options.regulators, options.samples_in, method, most=1, seed=options.seed
        )  # fmt: skip
        _, scores, told = _scores(asked, watch)
        judged = evaluate(scores, gold)
        size, true, _ = on_candidates(scores, gold)
        evidence = null(true, np.random.default_rng(options.seed)).evidence(judged)
        rows.append((scores.method, judged.aupr, judged.auroc, judged.early_precision, judged.early_ratio, *evidence))
        curves += [(scores.method, recall, precision) for recall, precision in _curve(size, true)]
        notes = list(dict.fromkeys([*notes, *told]))
    notes.append(
        f"{judged.edges:,} known edges among {judged.candidates:,} candidate pairs (chance AUPR {judged.chance:.4g}); "
        f"{judged.unmeasured:,} known edges were left out, as a gene of theirs was not measured or may not regulate."
    )
    best = max(rows, key=lambda row: float(row[1]))
    return Findings(
        "evaluate",
        f"{best[0]} has AUPR {float(best[1]):.4f} and AUROC {float(best[2]):.4f}; chance is {judged.chance:.4f} and 0.5.",
        (_accuracies(rows), table("curve", "Precision and recall", ("method: Method", "recall: Recall", "precision: Precision"), curves)),
        (Figure("curve", "Precision and recall", Drawing.LINE, "curve", x="recall", y="precision", series=("method",), lines=(judged.chance,)),),
        tuple(notes),
    )  # fmt: skip


def _accuracies(rows: Sequence[Row]) -> Table:
    described = (
        "method: Method", "aupr: Area under precision and recall", "auroc: Area under ROC",
        "early_precision: Early precision", "early_ratio: Early precision over chance",
        "evidence_aupr: -log10 p of AUPR", "evidence_auroc: -log10 p of AUROC",
    )  # fmt: skip
    return table("accuracy", "How well known edges are found", described, rows)


def _curve(size: NDArray[np.float64], true: NDArray[np.bool_]) -> list[tuple[float, float]]:
    counted = found(size, true)
    kept = np.unique(np.linspace(0, len(counted.true) - 1, _POINTS).astype(int))
    # The beginning, where edges would be used, is drawn as densely as the rest.
    kept = np.union1d(kept, np.unique(np.geomspace(1, len(counted.true), _POINTS).astype(int)) - 1)
    recall, precision = counted.true[kept] / counted.true[-1], counted.true[kept] / counted.taken[kept]
    return list(zip(recall.tolist(), precision.tolist(), strict=True))


STUDIES: tuple[Study, ...] = (
    Study(
        field="network",
        name="infer",
        title="Infer which genes regulate which from expression",
        options=Inferring,
        run=infer_network,
        reference="10.1038/nmeth.2016",
    ),
    Study(
        field="network",
        name="evaluate",
        title="Judge inferred networks by known edges",
        options=Evaluating,
        run=evaluate_network,
        reference="10.1038/nmeth.2016",
    ),
)
