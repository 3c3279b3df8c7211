"""`gennet genome NAME`: every study of the catalog as a command, made from its declaration when it is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
from rich.console import Console

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # typer's own copy of click, of which its groups are made

    from gennet.core.findings import Findings
    from gennet.core.study import Option, Study, Watch

_PAGE = 160
"""Characters of a line where the output is no terminal."""
_SHOWN = 20
"""Most rows of a table that are printed; the file holds them all."""


class StudyGroup(typer.core.TyperGroup):
    """The studies of one field, which is the group's name; the catalog is read when a study is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Name the studies."""
        _ = ctx
        return [study.name for study in _studies(self.name)]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Make the command of a study."""
        _ = ctx
        return next((_command(study) for study in _studies(self.name) if study.name == cmd_name), None)


def _studies(field: str | None) -> list[Study]:
    from gennet import catalog

    return [study for study in catalog.STUDIES if study.field == field]


def _command(study: Study) -> Command:
    from gennet.core.study import options_of

    def run(out: Path, *, as_json: bool, **given: object) -> None:
        _run(study, {name: value for name, value in given.items() if value is not None}, out, as_json=as_json)

    asked = [_parameter(option) for option in options_of(study)]
    out = Annotated[Path, typer.Option("--out", "-o", help="Folder for tables, figures and files.")]
    as_json = Annotated[bool, typer.Option("--json", help="Print the findings as JSON; write no tables.")]
    fixed = [_keyword("out", out, default=Path("out") / study.name), _keyword("as_json", as_json, default=False)]
    run.__signature__ = inspect.Signature([*asked, *fixed])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*asked, *fixed)}
    one = typer.Typer()
    one.command(study.name, help=f"{study.title}.\n\nReference: {study.reference}")(run)
    return typer.main.get_command(one)


def _parameter(option: Option) -> inspect.Parameter:
    kind = list[Path if option.is_file else str] if option.many else option.kind  # type: ignore[misc]
    words = typer.Option(f"--{option.name.replace('_', '-')}", help=option.text)
    return _keyword(
        option.name, Annotated[kind, words], default=inspect.Parameter.empty if option.required else option.default
    )


def _keyword(name: str, annotation: object, *, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _run(study: Study, given: dict[str, Any], out: Path, *, as_json: bool) -> None:
    from gennet import bootstrap
    from gennet.core.codec import to_json
    from gennet.delivery import findings_documents, write_all

    with _watching(silent=as_json) as watch:
        found = bootstrap.study(study, given, watch=watch, folder=out)
    if as_json:
        typer.echo(to_json(found))
        return
    written = write_all(findings_documents(found), out)
    terminal = Console()
    # A file or a pipe has no width of its own; wide tables stay readable there.
    console = terminal if terminal.is_terminal else Console(width=_PAGE)
    show(found, console)
    console.print(f"Wrote {len(written)} files to {out}", highlight=False)


def show(found: Findings, console: Console) -> None:
    """Print what was found: the summary, the head of each table, the notes."""
    from rich.table import Table

    console.print(found.summary, highlight=False)
    for held in found.tables:
        rest = len(held.rows) - _SHOWN
        title = f"{held.title}{f' (first {_SHOWN} of {len(held.rows):,})' if rest > 0 else ''}"
        shown = Table(*(column.title for column in held.columns), title=title, title_justify="left")
        for row in held.rows[:_SHOWN]:
            shown.add_row(*(_words(cell) for cell in row))
        console.print(shown)
    for note in found.notes:
        console.print(f"note: {note}", style="dim", highlight=False)


def _words(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 1e6 else str(cell)


@contextmanager
def _watching(*, silent: bool) -> Iterator[Watch]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=silent) as bar:
        task = bar.add_task("reading", total=None)

        def watch(what: str, done: int, total: int | None = None) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield watch
