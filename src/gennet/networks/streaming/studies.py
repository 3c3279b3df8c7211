"""The study of a network over a stream of samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.findings import Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.errors import InvalidContent
from gennet.expression.matrix import Samples, read_matrix
from gennet.networks.files import read_genes, write_tsv
from gennet.networks.inference.design import on_log_scale
from gennet.networks.streaming.changes import FEWEST, Alarm, watch_step, watching
from gennet.networks.streaming.following import Following, begun, scores, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.expression.matrix import ExpressionMatrix
    from gennet.networks.network import Network

_LOOKS = 50
"""Most times that the network is looked at."""
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Streaming:
    """What `gennet network stream` asks for."""

    expression: Annotated[Path, Doc("Expression of samples in the order of time: TSV, CSV, Parquet or h5ad.")]
    baseline: Annotated[int, Doc("How many samples come before anything is watched.")]
    regulators: Annotated[Path | None, Doc("Genes that may regulate, one per line; all genes when left out.")] = None
    samples_in: Annotated[Samples, Doc("Whether samples are the table's columns or its rows.")] = Samples.COLUMNS
    order: Annotated[
        Path | None, Doc("Names of samples in the order of time, one per line, in place of the table's.")
    ] = None
    half_life: Annotated[
        float | None, Doc("After how many samples one weighs half; none are forgotten if left out.")
    ] = None
    window: Annotated[int, Doc("Count only so many of the last samples.")] = 0
    between: Annotated[float, Doc("At least so many samples pass on average to a false alarm.")] = 1000.0
    most: Annotated[int, Doc("Edges of the network that are followed.")] = 1000


def stream_network(options: Streaming, watch: Watch, folder: Path | None) -> Findings:
    """Follow a network over samples in order and say where it changes."""
    watch("reading expression", 0)
    matrix = read_matrix(options.expression, samples=options.samples_in)
    values, names = _in_order(matrix, options)
    if options.baseline > len(names) - 1 or options.baseline < 3 * FEWEST:
        raise InvalidContent(
            f"a baseline of {options.baseline:,} of {len(names):,} samples",
            place="baseline", remedy=f"give at least {3 * FEWEST}, fewer than all",
        )  # fmt: skip
    regulators = read_genes(options.regulators) if options.regulators else matrix.genes
    state = begun(
        matrix.genes, regulators, values[: options.baseline].std(0), half_life=options.half_life,
        window=options.window, weight=len(names),
    )  # fmt: skip
    for sample in values[: options.baseline]:
        state = step(state, sample)
    first = scores(state).network(options.most)
    state, looks, alarms = _followed(options, state, values, first, watch)
    last = scores(state).network(options.most)
    if folder is not None:
        write_tsv(first, folder / "network_first.tsv")
        write_tsv(last, folder / "network_last.tsv")
    return _findings(options, names, first, last, looks, alarms)


def _in_order(matrix: ExpressionMatrix, options: Streaming) -> tuple[NDArray[np.float64], list[str]]:
    values, names = on_log_scale(matrix), list(matrix.samples)
    if options.order is None:
        return values, names
    at = {name: i for i, name in enumerate(names)}
    ordered = read_genes(options.order)
    lost = [name for name in ordered if name not in at]
    if lost:
        raise InvalidContent(
            f"{lost[0]!r} is no sample of {options.expression.name}",
            place=options.order.name, remedy="name samples as the expression table does",
        )  # fmt: skip
    return values[[at[name] for name in ordered]], list(ordered)


def _followed(
    options: Streaming, state: Following, values: NDArray[np.float64], first: Network, watch: Watch
) -> tuple[Following, list[tuple[int, float, float]], list[Alarm]]:
    """Step through the stream; return the state, how much of the network is kept at each look, and the alarms."""
    many = len(values) - options.baseline
    detector = watching(values[: options.baseline], state.genes, first, between=options.between)
    start = before = _pairs(first)
    looks, alarms = list[tuple[int, float, float]](), list[Alarm]()
    turns = set(np.unique(np.linspace(1, many, min(many, _LOOKS)).astype(int)).tolist())
    for done, sample in enumerate(values[options.baseline :], 1):
        state = step(state, sample)
        detector, new = watch_step(detector, sample)
        alarms += new
        if done in turns:
            now = _pairs(scores(state).network(options.most))
            looks.append((options.baseline + done, _common(now, start), _common(now, before)))
            before = now
        watch("following the stream", done, many)
    return state, looks, alarms


def _pairs(network: Network) -> set[tuple[int, int]]:
    return set(zip(network.regulator.tolist(), network.target.tolist(), strict=True))


def _common(one: set[tuple[int, int]], two: set[tuple[int, int]]) -> float:
    return len(one & two) / max(len(one | two), 1)


def _findings(
    options: Streaming, names: list[str], first: Network, last: Network, looks: list[tuple[int, float, float]],
    alarms: list[Alarm],
) -> Findings:  # fmt: skip
    kept = [(names[at - 1], at, start, before) for at, start, before in looks]
    evolution = table(
        "evolution", "How much of the network is kept",
        ("sample: Sample", "number: Number", "start: Edges shared with the baseline", "before: Edges shared with the look before"),
        kept,
    )  # fmt: skip
    told = [(names[options.baseline + a.sample - 1], options.baseline + a.sample, a.module, a.evidence) for a in alarms]
    described = "sample: Sample", "number: Number", "regulator: Regulator", "evidence: Evidence"
    firsts = {a.module: names[options.baseline + a.sample - 1] for a in reversed(alarms)}
    words = (
        f"{len(firsts):,} regulators' edges stopped to hold, first {alarms[0].module} at {firsts[alarms[0].module]}"
        if alarms
        else "no regulator's edges stopped to hold"
    )
    return Findings(
        "stream",
        f"{len(names) - options.baseline:,} samples after a baseline of {options.baseline:,}: {words}; "
        f"{looks[-1][1]:.0%} of edges are shared by first and last network.",
        (table("alarms", "Regulators whose edges stopped to hold", described, told), evolution, _changes(first, last)),
        (Figure("evolution", "Edges shared with the baseline's network", Drawing.LINE, "evolution", x="number", y="start"),),
        (
            f"With no change, at least {options.between:,.0f} samples pass on average to a false alarm of any regulator.",
            "That holds for samples that do not depend on each other; those of one person close in time do.",
            "An alarm says that regulators no longer tell their targets: edges changed, or what was measured did.",
        ),
    )  # fmt: skip


def _changes(first: Network, last: Network) -> Table:
    a, b = ({(r, t): w for r, t, w, _ in one.edges()} for one in (first, last))
    gained = [(r, t, "gained", w) for (r, t), w in b.items() if (r, t) not in a][:_SHOWN]
    lost = [(r, t, "lost", w) for (r, t), w in a.items() if (r, t) not in b][:_SHOWN]
    described = "regulator: Regulator", "target: Target", "change: Change", "score: Score where it stands"
    return table("changes", "Strongest edges gained and lost since the baseline", described, [*gained, *lost])


STUDIES: tuple[Study, ...] = (
    Study(
        field="network",
        name="stream",
        title="Follow a network over samples in the order of time",
        options=Streaming,
        run=stream_network,
        reference="arXiv:2203.03532",
    ),
)
