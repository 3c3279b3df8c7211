"""The only place that picks adapters and reads settings: everything else is handed what it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gennet import __version__
from gennet.adapters.embedded.clock import SystemClock
from gennet.adapters.embedded.compute import PoolCompute, SerialCompute
from gennet.adapters.embedded.objects import FolderObjects
from gennet.catalog import ANALYSES, MODELS, STUDIES
from gennet.core.study import Study, Watch, read_options, silent
from gennet.errors import BadInput, ResourceUnavailable
from gennet.genomics import Build, Genotypes, ScoringFile, ScoringFiles
from gennet.genomics.build_evidence import Landmarks
from gennet.genomics.builds import parse_build
from gennet.genomics.fasta import Fasta, bases_of
from gennet.genomics.pharmacogenes.pypgx_tables import pharmacogene_landmarks
from gennet.genomics.reference_calls import with_reference_calls
from gennet.genomics.regions import read_bed
from gennet.genomics.score_cache import cached_scoring_file
from gennet.genomics.scoring_files import landmarks_of
from gennet.pipeline import Progress, Toolbox
from gennet.pipeline import assess as _assess
from gennet.reading import FileKind, Request, read_record
from gennet.resources import RESOURCES, locate
from gennet.settings import Settings, load

if TYPE_CHECKING:
    from gennet.core.assessment import Assessment
    from gennet.core.findings import Findings
    from gennet.core.record import PatientRecord
    from gennet.ports.clock import Clock
    from gennet.ports.compute import Compute
    from gennet.ports.ledger import Ledger
    from gennet.ports.log import EventLog
    from gennet.ports.records import RecordStore
    from gennet.prediction.router import Budget


@cache
def settings() -> Settings:
    """Return the settings of this process, read from the environment once."""
    return load()


def clock() -> Clock:
    """Return the system clock."""
    return SystemClock()


def tables(now: Settings | None = None) -> dict[str, Path]:
    """Return the local path of every public resource at hand, by name; never uses the network."""
    now = now or settings()
    found = {name: locate(name, mirror=now.resources, cache=now.cache_dir) for name in RESOURCES}
    return {name: path for name, path in found.items() if path is not None}


def toolbox(now: Settings | None = None) -> Toolbox:
    """Return everything an assessment may use on this installation."""
    return Toolbox(ANALYSES, MODELS, tables(now), __version__)


def read(
    *paths: str | Path,
    sample: str | Sequence[str] | None = None,
    build: str | None = None,
    person: str | None = None,
    as_of: date | None = None,
    scores: Sequence[str | Path] | None = None,
    expected: dict[Path, FileKind] | None = None,
    seen: Path | None = None,
    genome: Path | None = None,
) -> PatientRecord:
    r"""
    Read a person's files or folder into a record; what each file is, its content decides.

    Parameters
    ----------
    sample
        Which sample to take where a file holds several; several names when files name the person differently.
    build
        ``GRCh37`` or ``GRCh38``, when a VCF does not state it; a VCF that states another is refused.
    person
        Pseudonym; by default derived from the record's own identifier.
    as_of
        Day of assessment; by default today.
    scores
        Scoring files, or accessions held as resources (``PGS000001``). By default every scoring file at hand.
    seen
        BED of the stretches the caller could see: where no variant is listed in them, the person has the reference.
    genome
        FASTA of the genome of that build: tells which allele of a scored variant is the reference, so that stretches
        seen (of a gVCF, or `seen`) count in scores.

    Raises
    ------
    BadInput
        With the file, the place and the remedy.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "expression.tsv").write_text("gene\tx\nTP53\t7\n")
    >>> read(folder, as_of=date(2026, 1, 2)).parts
    Parts(Expression)
    """
    given, held = _scores(scores)
    request = Request(
        paths=(*(Path(p) for p in paths), *given),
        as_of=as_of or clock().now().date(),
        samples=(sample,) if isinstance(sample, str) else tuple(sample or ()),
        build=build_named(build),
        person=person,
        expected=expected or {},
        read_score=_read_score,
        landmarks=lambda: _landmarks(held),
    )
    record = _with_scores_at_hand(read_record(request), held, asked=scores is not None)
    return _with_reference(record, seen, genome) if seen or genome else record


def _with_reference(record: PatientRecord, seen: Path | None, genome: Path | None) -> PatientRecord:
    """Count stretches that were seen, and the reference alleles of scored variants in them."""
    genotypes, scores = record.find(Genotypes), record.find(ScoringFiles)
    if genotypes is None:
        raise BadInput("there is no genome", place=str(seen or genome), remedy="give a VCF beside it")
    if seen is not None:
        genotypes = genotypes.callable_in(read_bed(seen))
    notes: tuple[str, ...] = ()
    if genome is not None and scores is not None:
        genotypes, notes = with_reference_calls(genotypes, scores.files, bases_of(Fasta(genome)))
    return replace(record.adding(genotypes), notes=(*record.notes, *notes))


def build_named(text: str | None) -> Build | None:
    """
    Turn the name of a genome build into one, in any of its usual spellings.

    Raises
    ------
    BadInput
        It names no build GenNet knows.

    >>> build_named("hg19").value, build_named(None)
    ('GRCh37', None)
    """
    if text is None:
        return None
    build = parse_build(text)
    if build is None:
        raise BadInput(f"{text!r} is no genome build", place="--build", remedy="use GRCh37 or GRCh38")
    return build


def _read_score(path: Path) -> ScoringFile:
    return cached_scoring_file(path, FolderObjects(settings().cache_dir / "scores"), version=__version__)


@cache
def _read_held(paths: tuple[Path, ...]) -> tuple[ScoringFile, ...]:
    """Read scoring files of this installation once; they are verified and do not change."""
    return tuple(_read_score(path) for path in paths)


def _landmarks(held: tuple[Path, ...]) -> Landmarks:
    """Return sites known in both builds: of scoring files at hand, and the pharmacogene tables."""
    folder = tables().get("pharmacogene-tables")
    scores, genes = landmarks_of(_read_held(held)), pharmacogene_landmarks(folder) if folder else {}
    return {build: (*scores.get(build, ()), *genes.get(build, ())) for build in Build}


def _scores(scores: Sequence[str | Path] | None) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Split what was asked into files given and accessions held."""
    at_hand = {name.removeprefix("pgs-"): path for name, path in tables().items() if name.startswith("pgs-")}
    if scores is None:
        return (), tuple(at_hand.values())
    given, held = list[Path](), list[Path]()
    for score in scores:
        if Path(score).exists():
            given.append(Path(score))
        elif str(score) in at_hand:
            held.append(at_hand[str(score)])
        else:
            raise ResourceUnavailable(
                f"{score} is no file and no scoring file at hand",
                place="--scores",
                remedy=f"run: gennet resources pull pgs-{score}",
            )
    return tuple(given), tuple(held)


def _with_scores_at_hand(record: PatientRecord, held: tuple[Path, ...], *, asked: bool) -> PatientRecord:
    """Add the scoring files of this installation; unasked, only those of the genome's build."""
    genotypes, own = record.find(Genotypes), record.find(ScoringFiles)
    if genotypes is None or not held or (own is not None and not asked):
        return record
    files = _read_held(held)
    fitting = [f for f in files if asked or f.build is genotypes.build]
    merged = ScoringFiles((*(own.files if own else ()), *fitting))
    return record.adding(merged) if merged.files else record


def assess(
    record: PatientRecord,
    *,
    budget: Budget | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Assessment:
    """
    Assess a record with every analysis and model of this installation.

    Public tables that are not at hand are named in the plan with the command that pulls them; nothing is downloaded.

    >>> from gennet.core.record import PatientRecord
    >>> assess(PatientRecord("p1", date(2026, 1, 2))).predictions
    ()
    """
    tools = toolbox()
    return _assess(record, tools, budget=budget, report=report) if report else _assess(record, tools, budget=budget)


def study(asked: Study, given: Mapping[str, object], *, watch: Watch = silent, folder: Path | None = None) -> Findings:
    """
    Run a study with options as texts or paths, and the public tables it needs.

    Parameters
    ----------
    folder
        Where it may write files besides its tables; made when absent.

    Raises
    ------
    InvalidContent
        An option cannot be used; the place is its name.
    ResourceUnavailable
        A public table it needs is not at hand; the remedy is the command that pulls it.
    """
    held, needed = tables(), asked.resources
    for name in needed:
        if name not in held:
            raise ResourceUnavailable(f"{asked.name} needs {name}", remedy=f"run: gennet resources pull {name}")
    options = read_options(asked, given)
    more: dict[str, object] = {name.replace("-", "_"): held[name] for name in needed}
    if not asked.spreads:
        return asked.run(options, watch, folder, **more)
    workers = compute()
    try:
        return asked.run(options, watch, folder, **more, compute=workers)
    finally:
        workers.close()


def compute(now: Settings | None = None) -> Compute:
    """Return where batches run: a process pool, Ray, or this process."""
    now = now or settings()
    if now.compute == "ray":
        from gennet.adapters.scale.compute import RayCompute

        return RayCompute(now.workers)
    return SerialCompute() if now.compute == "serial" else PoolCompute(now.workers)


@dataclass(frozen=True, slots=True)
class Services:
    """What the server is handed."""

    records: RecordStore
    log: EventLog
    """Progress of assessments."""
    ledger: Ledger
    """Commitments to the assessments that were given."""
    clock: Clock
    settings: Settings
    toolbox: Toolbox
    studies: tuple[Study, ...]
    read: Callable[..., PatientRecord]
    """Makes a record of files, with the arguments of `read`."""
    study: Callable[..., Findings]
    """Runs a study, with the arguments of `study`."""
    uploads: Path
    """Folder for files between their arrival and their reading; nothing stays in it."""

    def close(self) -> None:
        """Release every connection."""
        for port in (self.records, self.log, self.ledger):
            port.close()


def services(now: Settings | None = None) -> Services:
    """
    Open what the server uses: one database for records, progress and ledger, and a private folder for uploads.

    Raises
    ------
    StorageFailed
        The database cannot be opened, or the data folder cannot be made.
    """
    from gennet.adapters.sql.database import Database, sqlite_url
    from gennet.adapters.sql.ledger import SqlLedger
    from gennet.adapters.sql.log import SqlEventLog
    from gennet.adapters.sql.records import SqlRecords

    now = now or settings()
    _make_private(now.data_dir)
    database = Database.open(now.database_url or sqlite_url(now.data_dir / "gennet.db"))
    return Services(
        records=SqlRecords(database),
        log=SqlEventLog(database),
        ledger=SqlLedger(database),
        clock=clock(),
        settings=now,
        toolbox=toolbox(now),
        studies=STUDIES,
        read=read,
        study=study,
        uploads=now.data_dir / "uploads",
    )


def _make_private(folder: Path) -> None:
    """Make a folder that only its owner may enter; one that is there already keeps its permissions."""
    from gennet.errors import StorageFailed

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"cannot make the folder ({error.strerror})", place=str(folder), remedy="choose another GENNET_DATA_DIR"
        ) from error
