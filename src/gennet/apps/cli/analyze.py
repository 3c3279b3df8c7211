"""`gennet analyze`: one person from files to report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from gennet import bootstrap
from gennet.delivery import because, documents, write_all
from gennet.errors import BadInput
from gennet.explanation import percent
from gennet.genomics import DrugGuidance, PolygenicScores
from gennet.prediction.router import Budget
from gennet.reading import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gennet.core.assessment import Assessment
    from gennet.pipeline import Progress as Step


@dataclass(frozen=True, slots=True)
class Files:
    """What the command line named."""

    paths: tuple[Path, ...]
    vcf: Path | None
    expression: Path | None
    methylation: Path | None
    fhir: Path | None
    signals: Path | None
    scores: tuple[str, ...]
    sample: tuple[str, ...]
    build: str | None
    seen: Path | None
    genome: Path | None
    person: str | None
    as_of: str | None

    @property
    def expected(self) -> dict[Path, FileKind]:
        """The kinds stated by options."""
        stated = {
            FileKind.VCF: self.vcf,
            FileKind.EXPRESSION: self.expression,
            FileKind.METHYLATION: self.methylation,
            FileKind.FHIR: self.fhir,
            FileKind.SIGNALS: self.signals,
        }
        return {path: kind for kind, path in stated.items() if path is not None}


def run(files: Files, *, budget: str | None, out: Path, as_json: bool) -> None:
    """Read, assess, print, write."""
    if not files.paths and not files.expected:
        raise BadInput(
            "no input named", remedy="give a folder, or --vcf, --fhir, --expression, --methylation, --signals"
        )
    limit = parse_budget(budget)
    with _watching(silent=as_json) as report:
        record = bootstrap.read(
            *files.paths,
            *files.expected,
            sample=files.sample,
            build=files.build,
            person=files.person,
            as_of=_day(files.as_of),
            scores=files.scores or None,
            expected=files.expected,
            seen=files.seen,
            genome=files.genome,
        )
        assessment = bootstrap.assess(record, budget=limit, report=report)
    if as_json:
        typer.echo(assessment.to_json())
        return
    written = write_all(documents(assessment, now=bootstrap.clock().now()), out)
    show(assessment, Console())
    Console().print("Wrote " + ", ".join(str(path) for path in written), highlight=False)


def parse_budget(text: str | None) -> Budget | None:
    """
    Read a budget: seconds, minutes or dollars.

    >>> parse_budget("10s").seconds, parse_budget("2m").seconds, parse_budget("0.01usd").dollars
    (10.0, 120.0, 0.01)
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|usd|\$)?", text.strip().lower())
    if match is None or float(match[1]) <= 0:
        raise BadInput(f"{text!r} is no budget", place="--budget", remedy="write 10s, 2m or 0.01usd")
    amount, unit = float(match[1]), match[2] or "s"
    if unit in {"usd", "$"}:
        return Budget(dollars=amount)
    return Budget(seconds=amount * (60 if unit.startswith("m") else 1))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput(f"{text!r} is no day", place="--as-of", remedy="write YYYY-MM-DD") from error


@contextmanager
def _watching(*, silent: bool) -> Iterator[Callable[[Step], None]]:
    if silent:
        yield lambda _: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def report(step: Step) -> None:
            bar.update(task, description=f"{step.stage} {step.name}".strip(), total=step.total, completed=step.done)

        yield report


def show(assessment: Assessment, console: Console) -> None:
    """Print risks, drug guidance, and what could not be computed and why."""
    if assessment.synthetic:
        console.print("[bold]Synthetic person: made by a generator, not a patient.[/bold]")
    console.print(_risks(assessment))
    scores = assessment.results.find(PolygenicScores)
    if scores is not None:
        console.print(_scores(scores))
    guidance = assessment.results.find(DrugGuidance)
    if guidance is not None and guidance.items:
        _guidance(guidance, console)
    gaps = _gaps(assessment)
    console.print(
        gaps if gaps.row_count else "What could not be computed: nothing that these data allow.", highlight=False
    )
    for note in assessment.notes:
        console.print(f"note: {note}", style="dim", highlight=False)


def _risks(assessment: Assessment) -> Table:
    table = Table(title=f"Risks of {assessment.person} on {assessment.as_of}", title_justify="left")
    for column in ("outcome", "within", "risk", "interval", "typical", "from"):
        table.add_column(column, justify="right" if column in {"within", "risk", "typical"} else "left")
    for p in assessment.predictions:
        r = p.risk
        models = ", ".join(m.model for m in p.members)
        mark = " (methods disagree)" if p.disagree else ""
        table.add_row(
            p.title,
            f"{r.horizon_years:g} y",
            percent(r.value),
            f"{percent(r.low)} to {percent(r.high)}",
            percent(r.baseline),
            models + mark,
        )
    if not assessment.predictions:
        table.add_row("none could be computed; see below", "", "", "", "", "")
    return table


def _scores(scores: PolygenicScores) -> Table:
    table = Table("score", "trait", "sum", "variants", "percentile", title="Polygenic scores", title_justify="left")
    for s in scores.scores:
        percentile = "no reference" if s.percentile is None else f"{s.percentile:.0f}"
        matched = f"{s.variants_matched:,} of {s.variants_total:,}"
        table.add_row(s.score_id, s.trait, f"{s.value:.9g}", matched, percentile)
    return table


def _guidance(guidance: DrugGuidance, console: Console) -> None:
    """Print what calls for attention in full, the rest by name."""
    table = Table("drug", "because", "guidance", "source", title="Drug guidance", title_justify="left")
    for item in guidance.items:
        if item.priority == "high":
            table.add_row(item.drug, because(item), f"{item.recommendation} {item.note}".strip(), item.source)
    if table.row_count:
        console.print(table)
    by_priority = {"routine": "Usual guidance for", "": "Not determined, so no guidance, for"}
    for priority, words in by_priority.items():
        drugs = ", ".join(dict.fromkeys(item.drug for item in guidance.items if item.priority == priority))
        if drugs:
            console.print(f"{words}: {drugs}.", highlight=False)


def _gaps(assessment: Assessment) -> Table:
    table = Table("not computed", "why", "what would help", title="What could not be computed", title_justify="left")
    for w in assessment.plan.waiting:
        table.add_row(w.name, f"needs {', '.join(w.missing)}", w.remedy)
    for s in assessment.plan.skipped:
        table.add_row(s.name, s.reason, "")
    return table
