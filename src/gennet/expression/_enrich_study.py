"""`gennet expression enrich`: gene sets in a ranking of all genes, or in a list of some."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from gennet.core.files import read_text
from gennet.core.findings import Cell, Drawing, Figure, Findings, table
from gennet.core.names import count, near
from gennet.core.study import Doc, Watch, silent
from gennet.errors import InvalidContent, UnknownName, UnreadableFile
from gennet.expression.enrichment import gsea, over_representation
from gennet.expression.gene_sets import read_weighted_sets

_DRAWN = 30


@dataclass(frozen=True, slots=True)
class EnrichOptions:
    """What `gennet expression enrich` asks for."""

    genes: Annotated[Path, Doc("Genes with a statistic (TSV or CSV with a header, as genes.tsv of `differential`).")]
    sets: Annotated[Path, Doc("Gene sets (GMT), or regulons (CSV or TSV), whose weights are not used.")]
    statistic: Annotated[str, Doc("Column that ranks genes, signed.")] = "statistic"
    chosen: Annotated[
        str, Doc("Column of q values: genes under `most_q` are tested for over-representation instead of the ranking.")
    ] = ""
    most_q: Annotated[float, Doc("Genes under this are chosen.")] = 0.05
    permutations: Annotated[int, Doc("Random sets of each size.")] = 10_000
    least: Annotated[int, Doc("Fewest genes of a set.")] = 10
    most: Annotated[int, Doc("Most genes of a set, in a ranking.")] = 500
    seed: Annotated[int, Doc("Seed of the permutations.")] = 1


def run(options: EnrichOptions, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """Test sets in the ranking, or in the list."""
    _ = folder
    sets = {name: tuple(weights) for name, weights in read_weighted_sets(options.sets).items()}
    return _list(options, sets) if options.chosen else _ranking(options, sets, watch)


def _ranking(options: EnrichOptions, sets: dict[str, tuple[str, ...]], watch: Watch) -> Findings:
    if options.permutations < 1:
        raise InvalidContent("there must be a permutation", place="permutations", remedy="give 1000 or more")
    held = _column(options.genes, options.statistic)
    ranking = {gene: value for gene, value in held.items() if math.isfinite(value)}
    made = gsea(
        ranking, sets, rng=np.random.default_rng(options.seed), permutations=options.permutations,
        least=options.least, most=options.most, watch=watch,
    )  # fmt: skip
    made.sort(key=lambda one: (one.p, -abs(one.normalised)))
    rows: list[tuple[Cell, ...]] = [
        (e.name, e.score, _known(e.normalised), e.p, e.q, _known(e.fdr), e.matched, e.total, ", ".join(e.leading))
        for e in made
    ]
    described = (
        "set: Set", "score: Enrichment score", "normalised: Normalised score", "p: P value",
        "q: False discovery rate (Benjamini-Hochberg)", "fdr: False discovery rate (GSEA)", "matched: Genes ranked",
        "total: Genes", "leading: Leading edge",
    )  # fmt: skip
    tied = len(ranking) - len(set(ranking.values()))
    notes = [
        "Random sets are of genes, which takes a set's genes as independent: p values are too small for sets that vary together."
    ]
    if tied:
        notes.append(f"{count(tied, 'gene')} shared another's statistic and stand by name.")
    if len(held) > len(ranking):
        notes.append(f"Left out: {count(len(held) - len(ranking), 'gene')} without a statistic.")
    found = sum(one.q < 0.05 for one in made)
    return Findings(
        study="enrich",
        summary=f"{found} of {count(len(made), 'set')} are enriched at a false discovery rate of 5 % in {len(ranking):,} ranked genes.",
        tables=(
            table("sets", "Sets, strongest first", described, rows),
            table("drawn", f"The {_DRAWN} strongest", described, rows[:_DRAWN]),
        ),
        figures=(Figure("enrichment", "Enrichment", Drawing.BARS, "drawn", x="normalised", label="set", lines=(0.0,)),),
        notes=tuple(notes),
    )


def _list(options: EnrichOptions, sets: dict[str, tuple[str, ...]]) -> Findings:
    held = {gene: q for gene, q in _column(options.genes, options.chosen).items() if math.isfinite(q)}
    chosen = [gene for gene, q in held.items() if q < options.most_q]
    made = over_representation(chosen, list(held), sets, least=options.least)
    made.sort(key=lambda one: one.p)
    rows: list[tuple[Cell, ...]] = [
        (o.name, len(o.overlap), o.expected, _known(o.odds_ratio), o.p, o.q, -math.log10(max(o.p, 1e-300)), o.matched, ", ".join(o.overlap))
        for o in made
    ]  # fmt: skip
    described = (
        "set: Set", "overlap: Chosen genes", "expected: Expected", "odds_ratio: Odds ratio", "p: P value",
        "q: False discovery rate", "strength: -log10 p", "matched: Genes in the background", "genes: Which",
    )  # fmt: skip
    found = sum(one.q < 0.05 for one in made)
    return Findings(
        study="enrich",
        summary=f"{found} of {count(len(made), 'set')} are over-represented among {len(chosen):,} of {len(held):,} genes.",
        tables=(
            table("sets", "Sets, strongest first", described, rows),
            table("drawn", f"The {_DRAWN} strongest", described, rows[:_DRAWN]),
        ),
        figures=(Figure("enrichment", "Over-representation", Drawing.BARS, "drawn", x="strength", label="set"),),
        notes=("The background is every gene of the table with a value: those that were tested.",),
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _column(path: Path, name: str) -> dict[str, float]:
    """Return a column of numbers by gene, the first column; NaN where nothing is said."""
    lines = read_text(path).splitlines()
    if not lines:
        raise UnreadableFile("the file is empty", place=path.name, remedy="give genes and a statistic")
    rows = csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ",")
    heading = [cell.strip() for cell in next(rows)]
    if name not in heading[1:]:
        raise UnknownName(f"there is no column {name!r}", place=path.name, remedy=near(name, heading[1:]))
    at, made = heading.index(name), dict[str, float]()
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        where = f"{path.name}: line {number}"
        if len(row) <= at:
            raise InvalidContent("the row is short", place=where, remedy="the file may be cut; write it again")
        if row[0] in made:
            raise InvalidContent(f"gene {row[0]!r} stands twice", place=where, remedy="keep one")
        try:
            made[row[0]] = float(row[at]) if row[at].strip().lower() not in {"", "na"} else math.nan
        except ValueError:
            raise InvalidContent(f"{name} {row[at][:20]!r} is no number", place=where, remedy="give numbers") from None
    return made
