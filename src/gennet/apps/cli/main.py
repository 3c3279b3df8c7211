"""The `gennet` command: every subcommand prints sentences, never a traceback for what the user can mend."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gennet import __version__
from gennet.apps.cli.studies import StudyGroup
from gennet.errors import Cancelled, GenNetError, StorageFailed

app = typer.Typer(
    name="gennet",
    help="Risk predictions with reasons, from genome, expression, clinical record and signals.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
resources = typer.Typer(help="Public reference data: list, pull, verify.", no_args_is_help=True)
app.add_typer(resources, name="resources")
FIELDS = {
    "genome": "Studies of genomes: one command each.",
    "expression": "Studies of gene expression: one command each.",
    "network": "Studies of gene networks: one command each.",
}
"""Fields of the catalog's studies."""


def _add_field(field: str, title: str) -> None:
    group = typer.Typer(cls=StudyGroup, help=title, no_args_is_help=True)
    group.callback()(lambda: None)
    app.add_typer(group, name=field, help=title)


for _field, _title in FIELDS.items():
    _add_field(_field, _title)


Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results; made when absent.")]


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"gennet {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Risk predictions with reasons, from genome, expression, clinical record and signals."""


@app.command()
def analyze(
    paths: Annotated[list[Path] | None, typer.Argument(help="A person's folder, or files of any kind.")] = None,
    vcf: Annotated[Path | None, typer.Option(help="VCF, gVCF or BCF; plain or bgzip.")] = None,
    sample: Annotated[
        list[str] | None, typer.Option(help="Sample to read where a file holds several. Repeatable: one name per file.")
    ] = None,
    expression: Annotated[Path | None, typer.Option(help="Expression table: TSV, CSV, Parquet, h5ad.")] = None,
    methylation: Annotated[Path | None, typer.Option(help="Methylation betas: TSV or CSV.")] = None,
    fhir: Annotated[Path | None, typer.Option(help="FHIR R4 Bundle, JSON.")] = None,
    signals: Annotated[Path | None, typer.Option(help="Vital signs over time: CSV.")] = None,
    scores: Annotated[
        list[str] | None, typer.Option(help="PGS Catalog scoring file, or an accession held as a resource. Repeatable.")
    ] = None,
    build: Annotated[str | None, typer.Option(help="GRCh37 or GRCh38, when the VCF does not say.")] = None,
    seen: Annotated[
        Path | None, typer.Option(help="BED of what the caller could see: nothing listed there means the reference.")
    ] = None,
    genome: Annotated[
        Path | None, typer.Option(help="FASTA of the genome: lets stretches seen (BED, gVCF) count in scores.")
    ] = None,
    person: Annotated[str | None, typer.Option(help="Pseudonym to write into the results.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of assessment, YYYY-MM-DD; by default today.")] = None,
    budget: Annotated[str | None, typer.Option(help="Most it may cost: 10s, 2m, or 0.01usd.")] = None,
    out: Out = Path("out/assessment"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the assessment as JSON and nothing else.")] = False,
) -> None:
    """Assess one person: print risks, drug guidance and gaps; write report.html, report.pdf, JSON and FHIR."""
    from gennet.apps.cli.analyze import Files, run

    files = Files(
        tuple(paths or ()),
        vcf,
        expression,
        methylation,
        fhir,
        signals,
        tuple(scores or ()),
        tuple(sample or ()),
        build,
        seen,
        genome,
        person,
        as_of,
    )
    run(files, budget=budget, out=out, as_json=as_json)


@app.command()
def explain(
    assessment: Annotated[Path, typer.Argument(help="assessment.json of an earlier analyze.")],
    outcome: Annotated[str | None, typer.Argument(help="Outcome key; by default every one.")] = None,
    features: Annotated[int, typer.Option(min=1, help="How many contributions to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a risk is what it is, from a saved assessment."""
    from gennet.apps.cli.explain import run

    run(assessment, outcome, features=features, as_json=as_json)


@app.command()
def catalog(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List analyses and risk models with needs, cost and reference."""
    from gennet.apps.cli.catalog import run

    run(as_json=as_json)


@app.command()
def synth(
    out: Annotated[Path, typer.Argument(help="Folder to write into; made when absent.")],
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Same seed, same people; by default the demo's.")] = None,
    build: Annotated[str, typer.Option(help="GRCh37 or GRCh38.")] = "GRCh38",
    replace: Annotated[bool, typer.Option("--replace", help="Replace an earlier output of this command.")] = False,
) -> None:
    """Make synthetic people with known truth: genome, expression, methylation, record, signals, outcomes."""
    from gennet.apps.cli.synth import run

    run(out, people=people, seed=seed, build=build, replace=replace)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port on loopback; by default from GENNET_PORT or 8765.")] = None,
) -> None:
    """Serve the REST and GraphQL API on loopback, behind a random access token printed at start."""
    from gennet.apps.cli.serve import run

    run(port)


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing, and how to get it."""
    from gennet.apps.cli.doctor import run

    run()


@resources.command("list")
def resources_list() -> None:
    """List public reference data: licence, size, where it is kept."""
    from gennet.apps.cli.resources import show

    show()


@resources.command("pull")
def resources_pull(
    names: Annotated[list[str] | None, typer.Argument(help="Resource names; by default all.")] = None,
) -> None:
    """Download, verify and cache reference data; resumes where it stopped."""
    from gennet.apps.cli.resources import pull_all

    pull_all(names or [])


@resources.command("verify")
def resources_verify() -> None:
    """Check the checksum of every resource at hand."""
    from gennet.apps.cli.resources import verify_all

    verify_all()


def main() -> None:
    """Run the command; exit 0 when done, 2 on bad input or usage, 1 when it is our fault, 130 on Ctrl-C."""
    try:
        app(standalone_mode=True)
    except GenNetError as error:
        sys.stderr.write(f"gennet: {error}\n")
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.stderr.write("gennet: stopped; nothing was written\n")
        sys.exit(130)


def exit_code(error: GenNetError) -> int:
    """
    Choose the exit code of an error.

    >>> from gennet.errors import BadInput
    >>> exit_code(BadInput("no")), exit_code(StorageFailed("disk full"))
    (2, 1)
    """
    if isinstance(error, StorageFailed):
        return 1
    return 130 if isinstance(error, Cancelled) else 2
