"""The study of splicing: shares of introns in clusters, and differences between two groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.moderated import false_discovery
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent, UnreadableFile
from gennet.expression.splicing.clusters import Cluster, ClusterRules, clusters
from gennet.expression.splicing.differential import ClusterTest, differential_splicing
from gennet.expression.splicing.junctions import JunctionCounts, joined, read_junctions, read_leafcutter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gennet.core.study import Watch

_ENDINGS = (".gz", ".bam", ".cram", ".bed", ".junc", ".tab", ".SJ.out", ".sorted")


@dataclass(frozen=True, slots=True)
class SplicingOptions:
    """What `gennet expression splicing` asks for."""

    junctions: Annotated[
        tuple[Path, ...],
        Doc("One file a sample: BAM, STAR's SJ.out.tab, or BED of regtools, named for it; or one table of LeafCutter."),
    ]
    groups: Annotated[Path, Doc("Table with a header: sample, group; further columns of numbers are covariates.")]
    least_reads: Annotated[int, Doc("Reads of a cluster, over all samples.")] = 30
    least_share: Annotated[float, Doc("Share of its cluster that an intron needs, over all samples.")] = 0.001


def run(options: SplicingOptions, watch: Watch, folder: Path | None) -> Findings:
    """Group introns, and test each cluster for a difference between two groups."""
    _ = folder
    held = _read(options.junctions, watch)
    names, groups, covariates, left_out = _groups(options.groups, held.samples)
    rules = ClusterRules(least_reads=options.least_reads, least_share=options.least_share)
    found = clusters(held, rules)
    if not found:
        raise BadInput(
            "no introns share a splice site with enough reads", place="junctions", remedy="give more samples"
        )
    tests = differential_splicing(held.counts, found, groups, covariates, watch=watch)
    p = np.array([test.p for test in tests])
    q = false_discovery(p)
    ours = int((q <= 0.05).sum()) if len(q) else 0
    first, second = names
    return Findings(
        "splicing",
        f"{ours:,} of {len(tests):,} clusters are spliced differently in {second} than in {first} (false discovery rate "
        f"up to 0.05); {len(found):,} clusters of {sum(len(c.rows) for c in found):,} introns.",
        (_cluster_table(held, found, tests, q), _intron_table(held, found, tests, q)),
        (
            Figure("volcano", "Largest change of a share against p", Drawing.POINTS, "clusters", x="change",
                   y="minus_log10_p", label="cluster"),
            Figure("qq", "Observed against expected", Drawing.QQ, "clusters", y="p"),
        ),
        (
            f"{int((groups == 0).sum())} samples of {first}, {int((groups == 1).sum())} of {second}.",
            *([f"Left out: {left_out} samples without a group."] if left_out else []),
            "Few samples of a group make the model's dispersion unsure; p-values are corrected for that, not proven.",
        ),
    )  # fmt: skip


def _read(paths: Sequence[Path], watch: Watch) -> JunctionCounts:
    if len(paths) == 1:
        try:
            return read_leafcutter(paths[0])
        except UnreadableFile:
            raise BadInput("one file of junctions is one sample", place=paths[0].name, remedy="give one of each sample") from None  # fmt: skip
    samples = {}
    for number, path in enumerate(paths):
        watch("reading junctions", number, len(paths))
        name = path.name
        while (ending := next((e for e in _ENDINGS if name.endswith(e)), None)) is not None:
            name = name.removesuffix(ending)
        if name in samples:
            raise InvalidContent(f"two files are named for sample {name!r}", place=path.name, remedy="name them apart")
        samples[name] = read_junctions(path)
    return joined(samples)


def _groups(
    path: Path, samples: Sequence[str]
) -> tuple[tuple[str, str], NDArray[np.intp], NDArray[np.float64] | None, int]:
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    cut = "\t" if lines and "\t" in lines[0] else ","
    width = len(lines[0].split(cut)) if lines else 0
    rows: dict[str, list[str]] = {}
    for number, line in enumerate(lines[1:], start=2):
        fields = [field.strip() for field in line.split(cut)]
        if len(fields) != width or width < 2:
            raise InvalidContent(
                f"{len(fields)} columns where the header has {width}", place=f"{path.name}: line {number}",
                remedy="give sample, group and covariates",
            )  # fmt: skip
        rows[fields[0]] = fields[1:]
    names = sorted({row[0] for row in rows.values()})
    if len(names) != 2:
        raise InvalidContent(f"{len(names)} groups", place=path.name, remedy="name two groups; leave other samples out")
    if not set(samples) & set(rows):
        raise BadInput("no sample of the table has junctions", place=path.name, remedy=f"name samples as {samples[0]}")
    groups = np.array([names.index(rows[s][0]) if s in rows else -1 for s in samples], np.intp)
    covariates = None
    if width > 2:
        try:
            covariates = np.array(
                [[float(x) for x in rows[s][1:]] if s in rows else [0.0] * (width - 2) for s in samples]
            )
        except ValueError:
            raise InvalidContent("a covariate is no number", place=path.name, remedy="code groups as 0 and 1") from None
    return (names[0], names[1]), groups, covariates, int((groups < 0).sum())


def _cluster_table(
    held: JunctionCounts, found: Sequence[Cluster], tests: Sequence[ClusterTest], q: NDArray[np.float64]
) -> Table:
    rows = list[tuple[Cell, ...]]()
    for test, value in sorted(zip(tests, q.tolist(), strict=True), key=lambda x: x[0].p):
        cluster = found[test.cluster]
        introns = [held.introns[i] for i in cluster.rows.tolist()]
        largest = max(test.change, key=abs)
        rows.append((
            _name(test.cluster), introns[0].chromosome, min(i.start for i in introns), max(i.end for i in introns),
            len(introns), int(held.counts[cluster.rows].sum()), *test.samples, largest, test.p, value,
            -float(np.log10(max(test.p, 1e-300))),
        ))  # fmt: skip
    columns = (
        "cluster: Cluster", "chromosome: Chromosome", "start: Start", "end: End", "introns: Introns", "reads: Reads",
        "first: Samples of the first group", "second: Samples of the second", "change: Largest change of a share",
        "p: p", "q: False discovery rate", "minus_log10_p: -log10 p",
    )  # fmt: skip
    return table("clusters", "Clusters", columns, rows)


def _intron_table(
    held: JunctionCounts, found: Sequence[Cluster], tests: Sequence[ClusterTest], q: NDArray[np.float64]
) -> Table:
    columns = (
        "cluster: Cluster", "chromosome: Chromosome", "start: Start", "end: End", "strand: Strand",
        "share: Share in the first group", "change: Change in the second", "q: False discovery rate of the cluster",
    )  # fmt: skip
    return table("introns", "Introns", columns, list(_introns(held, found, tests, q)))


def _introns(
    held: JunctionCounts, found: Sequence[Cluster], tests: Sequence[ClusterTest], q: NDArray[np.float64]
) -> Iterator[tuple[Cell, ...]]:
    for test, value in zip(tests, q.tolist(), strict=True):
        for row, share, change in zip(found[test.cluster].rows.tolist(), test.first, test.change, strict=True):
            i = held.introns[row]
            yield _name(test.cluster), i.chromosome, i.start, i.end, i.strand, share, change, value


def _name(cluster: int) -> str:
    return f"clu_{cluster + 1}"


STUDIES: tuple[Study, ...] = (
    Study(
        "expression", "splicing", "Find clusters of introns that two groups splice differently", SplicingOptions, run,
        "10.1038/s41588-017-0004-9",
    ),
)  # fmt: skip
