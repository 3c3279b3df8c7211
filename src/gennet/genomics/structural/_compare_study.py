"""`gennet genome structural-compare`: structural variants of a file against a truth set."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gennet.core.findings import Cell, Drawing, Figure, Findings, Table, table
from gennet.core.study import Doc, Study
from gennet.genomics.fasta import Fasta
from gennet.genomics.regions import read_bed
from gennet.genomics.structural.comparing import Comparison, Judged, Pick, Sizes, compare, f1
from gennet.genomics.structural.matching import Likeness
from gennet.genomics.structural.reading import read_structural
from gennet.genomics.structural.variant import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gennet.core.study import Watch
    from gennet.genomics.structural.reading import Entry

CLASSES = ((50, 100), (100, 500), (500, 1000), (1000, 10_000), (10_000, 100_000), (100_000, None))
"""Sizes that are told apart, in bases; the last has no upper end."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """What `gennet genome structural-compare` asks for."""

    truth: Annotated[Path, Doc("VCF of the truth set, plain or bgzipped.")]
    calls: Annotated[Path, Doc("VCF of the calls, of the same genome build.")]
    truth_sample: Annotated[str | None, Doc("Whose genotypes are the truth; the first sample when left out.")] = None
    calls_sample: Annotated[str | None, Doc("Whose genotypes were called; the first sample when left out.")] = None
    regions: Annotated[Path | None, Doc("BED of the regions the truth set is sure of.")] = None
    genome: Annotated[
        Path | None, Doc("FASTA with index: gives symbolic deletions and inversions up to 25,000 bases their sequence.")
    ] = None
    distance: Annotated[int, Doc("Bases by which two variants may lie apart.")] = 500
    size_similarity: Annotated[float, Doc("Smaller size divided by the larger, at least.")] = 0.7
    overlap: Annotated[float, Doc("Reciprocal overlap, at least.")] = 0.0
    sequence_similarity: Annotated[
        float, Doc("Similarity of sequences, at least, where both are known; 0 compares none.")
    ] = 0.7
    join_distance: Annotated[int, Doc("Bases by which each of two breakends is widened.")] = 100
    least: Annotated[int, Doc("Fewest bases of a variant of the truth, and of a false call.")] = 50
    least_matching: Annotated[int, Doc("Fewest bases of a call that may match.")] = 30
    most: Annotated[int | None, Doc("Most bases of a variant.")] = 50_000
    pick: Annotated[Pick, Doc("Whether a variant has one match, or any number.")] = Pick.SINGLE
    pass_only: Annotated[bool, Doc("Leave out what a filter doubts, in both files.")] = False
    ignore_kind: Annotated[bool, Doc("Let variants of different kinds match.")] = False
    duplications_as_insertions: Annotated[bool, Doc("Let a duplication match an insertion.")] = False


def run(options: Comparing, watch: Watch, folder: Path | None = None) -> Findings:
    """Compare two files and list what was found, missed and made up."""
    _ = folder
    sizes = Sizes(options.least, min(options.least, options.least_matching), options.most)
    watch("reading the truth", 0, 3)
    truth = read_structural(options.truth, options.truth_sample, least=sizes.least)
    watch("reading the calls", 1, 3)
    calls = read_structural(options.calls, options.calls_sample, least=sizes.least_matching)
    watch("comparing", 2, 3)
    rule = Likeness(
        options.distance, options.size_similarity, options.overlap, options.sequence_similarity, options.ignore_kind,
        options.duplications_as_insertions, options.join_distance,
    )  # fmt: skip
    with ExitStack() as stack:
        reference = stack.enter_context(Fasta(options.genome)) if options.genome else None
        regions = read_bed(options.regions) if options.regions else None
        found = compare(
            truth, calls, rule=rule, sizes=sizes, pick=options.pick, pass_only=options.pass_only, regions=regions,
            reference=reference,
        )  # fmt: skip
    watch("comparing", 3, 3)
    return _findings(found)


def _findings(found: Comparison) -> Findings:
    def percent(value: float | None) -> str:
        return "not defined" if value is None else f"{value:.1%}"

    return Findings(
        "structural-compare",
        f"{found.found:,} of {len(found.truth):,} variants of the truth are found (recall {percent(found.recall)}); "
        f"{found.true:,} of {len(found.calls):,} calls are true (precision {percent(found.precision)}); "
        f"F1 {percent(found.f1)}.",
        (
            _by("kinds", "By kind", "kind: Kind", found, [(str(kind), _of_kind(kind)) for kind in Kind]),
            _by("sizes", "By size", "size: Size", found, [(named_class(*c), _of_size(*c)) for c in CLASSES]),
            _counts(found),
            _listed(found),
        ),
        (
            Figure("sizes", "Found, missed and false by size", Drawing.STACKED, "sizes", label="size",
                   series=("found", "missed", "false")),
            Figure("kinds", "Found, missed and false by kind", Drawing.STACKED, "kinds", label="kind",
                   series=("found", "missed", "false")),
        ),
        (
            *found.notes,
            "Sequences are compared only where both files write them, or the genome gives them.",
            "A breakend and its mate are two records, and count as they are written.",
        ),
    )  # fmt: skip


def _of_kind(kind: Kind) -> Callable[[Entry], bool]:
    return lambda entry: entry.variant.kind is kind


def _of_size(low: int, high: int | None) -> Callable[[Entry], bool]:
    def inside(entry: Entry) -> bool:
        size = entry.variant.length
        return size is not None and low <= size and (high is None or size < high)

    return inside


def named_class(low: int, high: int | None) -> str:
    """
    Name a class of sizes.

    >>> named_class(50, 100)
    '50 to 99 bp'
    """
    return f"{low:,} bp and more" if high is None else f"{low:,} to {high - 1:,} bp"


def _by(
    name: str, title: str, column: str, found: Comparison, groups: list[tuple[str, Callable[[Entry], bool]]]
) -> Table:
    """Count within groups of variants; those of the truth and the calls are each grouped by their own."""
    rows = list[tuple[Cell, ...]]()
    for label, belongs in groups:
        truth = [j.match is not None for j in found.truth if belongs(j.entry)]
        calls = [j.match is not None for j in found.calls if belongs(j.entry)]
        if not truth and not calls:
            continue
        recall = sum(truth) / len(truth) if truth else None
        precision = sum(calls) / len(calls) if calls else None
        missed, false = len(truth) - sum(truth), len(calls) - sum(calls)
        rows.append((label, sum(truth), missed, sum(calls), false, precision, recall, f1(precision, recall)))
    counted = ("found: Found", "missed: Missed", "true: True calls", "false: False calls")
    return table(name, title, (column, *counted, "precision: Precision", "recall: Recall", "f1: F1"), rows)


def _counts(found: Comparison) -> Table:
    equal, differ, unknown = found.genotypes
    known = equal + differ
    rows: list[tuple[Cell, ...]] = [
        ("variants of the truth", len(found.truth)),
        ("found", found.found),
        ("missed", len(found.truth) - found.found),
        ("calls", len(found.calls)),
        ("true", found.true),
        ("false", len(found.calls) - found.true),
        ("precision", found.precision),
        ("recall", found.recall),
        ("F1", found.f1),
        ("true calls whose genotype is that of the truth", equal),
        ("true calls whose genotype differs", differ),
        ("true calls where a genotype is not called", unknown),
        ("genotype concordance", equal / known if known else None),
    ]
    return table("counts", "All variants", ("measure: Measure", "value: Value"), rows)


_COLUMNS = (
    "state: State",
    "kind: Kind",
    "chromosome: Chromosome",
    "position: Position",
    "end: End",
    "length: Length [bp]",
    "id: ID",
    "other_position: Position of its match",
    "other_length: Length of its match [bp]",
    "other_id: ID of its match",
    "size_similarity: Size similarity",
    "overlap: Reciprocal overlap",
    "sequence_similarity: Sequence similarity",
    "score: Score",
    "genotypes: Copies in the truth and called",
)


def _listed(found: Comparison) -> Table:
    states = {(True, True): "found", (True, False): "missed", (False, True): "true", (False, False): "false"}
    rows = [_row(states[True, j.match is not None], j) for j in found.truth]
    rows += [_row(states[False, j.match is not None], j) for j in found.calls]
    return table("variants", "Variants of the truth, then calls", _COLUMNS, rows)


def _row(state: str, judged: Judged) -> tuple[Cell, ...]:
    own, match = judged.entry.variant, judged.match
    cells: list[Cell] = [state, str(own.kind), own.chromosome, own.position, own.end, own.length, own.id or None]
    if match is None or judged.other is None:
        return (*cells, *[None] * 8)
    other = judged.other.variant
    truth, call = (own, other) if state == "found" else (other, own)
    copies = [v.call.copies if v.call else None for v in (truth, call)]
    genotypes = " and ".join("not called" if c is None else str(c) for c in copies)
    cells += [other.position, other.length, other.id or None, match.size, match.overlap, match.sequence, match.score]
    return (*cells, genotypes)


COMPARE = Study(
    field="genome",
    name="structural-compare",
    title="Compare structural variants with a truth set",
    options=Comparing,
    run=run,
    reference="10.1186/s13059-022-02840-6",
)
