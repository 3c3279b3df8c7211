"""Build an annotation store: sorted runs beside the place, merged in bounded memory, renamed when whole."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gennet.core.study import Watch, silent
from gennet.errors import BadInput, InvalidContent, StorageFailed
from gennet.genomics.annotation.merging import merged
from gennet.genomics.annotation.opening import open_source
from gennet.genomics.annotation.store import About, arrow, schema_of
from gennet.genomics.builds import Build
from gennet.genomics.consequences.normalise import Variant, normalise
from gennet.genomics.fasta import contigs_by_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gennet.genomics.annotation.sources import Row, Source
    from gennet.genomics.fasta import Reference
    from gennet.genomics.regions import Regions

_RUN = 250_000  # rows sorted in memory at once


@dataclass(frozen=True, slots=True)
class Built:
    """What went into a store and what did not."""

    about: About
    rows: int
    set_aside: dict[str, int]
    """Why lines or alleles are not in the store, with how many."""


def build_store(
    files: Sequence[Path],
    out: Path,
    *,
    build: Build | None = None,
    reference: Reference | None = None,
    version: str = "",
    covered: Regions | None = None,
    watch: Watch = silent,
) -> Built:
    r"""
    Make one store of the files of one source, such as gnomAD's exomes chromosome by chromosome.

    With the genome (`reference`), variants are moved as far left as they go and those that contradict it are set
    aside; without it, alleles are only trimmed. `covered` says where the source looked. A build that is stopped goes on
    after the files it had finished.

    Raises
    ------
    InvalidContent
        The files are of different kinds or builds, or (frequencies) a variant stands twice.
    BadInput
        No file says the build and none is given.
    StorageFailed
        The disk refuses.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "scores.tsv"
    ...     _ = table.write_text("chrom\tpos\tref\talt\trevel\n1\t100\tA\tC\t0.9\n")
    ...     built = build_store([table], Path(folder) / "scores.arrow", build=Build.GRCH38)
    >>> built.rows, str(built.about)
    (1, 'scores GRCh38')
    """
    if not files:
        raise BadInput("no file to build from", remedy="give the source's files with --source")
    parts = out.with_name(out.name + ".parts")
    try:
        parts.mkdir(parents=True, exist_ok=True)
        read = [_read(path, parts, build, reference, version, watch) for path in files]
        about = _agreed(read, files, normalised=reference is not None, version=version)
        rows, doubled = merged([run for one in read for run in one.runs], parts / "store", about, covered, watch)
        (parts / "store").replace(out)
    except OSError as error:
        raise StorageFailed(f"cannot write ({error.strerror})", place=str(out), remedy="free space there") from error
    shutil.rmtree(parts)
    aside = Counter[str]({"a second line about the same variant": doubled} if doubled else {})
    for one in read:
        aside.update(one.done.set_aside)
    return Built(about, rows, dict(aside))


class _Done(msgspec.Struct):
    """What is kept beside the runs of a finished file."""

    about: About
    set_aside: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Read:
    done: _Done
    runs: list[Path]


def _read(
    path: Path, parts: Path, build: Build | None, reference: Reference | None, version: str, watch: Watch
) -> _Read:
    source = open_source(path, build=build, version=version)
    facts = path.stat()
    told = f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns} {source.build} {version} {reference is not None}"
    folder = parts / hashlib.sha256(told.encode()).hexdigest()[:16]
    marker = folder / "done.json"
    if not marker.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _write_runs(source, folder, reference, watch)
        marker.write_bytes(msgspec.json.encode(_Done(_about(source, reference), dict(source.set_aside))))
    return _Read(msgspec.json.decode(marker.read_bytes(), type=_Done), sorted(folder.glob("*.arrow")))


def _about(source: Source, reference: Reference | None) -> About:
    build = source.build
    if build is None:
        raise BadInput(
            "the file does not say its genome build", place=source.path.name, remedy="say which with --build"
        )
    return About(source.kind, build, source.version, (source.path.name,), source.values, reference is not None)


def _write_runs(source: Source, folder: Path, reference: Reference | None, watch: Watch) -> None:
    _about(source, reference)
    normal = _Normal(reference, source)
    waiting, written = list[tuple[object, ...]](), 0
    for row in source.rows:
        made = normal(row)
        if made is not None:
            waiting.append(made)
        if len(waiting) >= _RUN:
            _write_run(waiting, source, folder / f"{written:06}.arrow")
            written, waiting = written + 1, []
            watch(f"reading {source.path.name}", written * _RUN)
    if waiting:
        _write_run(waiting, source, folder / f"{written:06}.arrow")


class _Normal:
    """Writes each row in the one way its variant is written."""

    def __init__(self, reference: Reference | None, source: Source) -> None:
        self._reference, self._source = reference, source
        self._contigs = contigs_by_code(reference) if reference is not None else {}

    def __call__(self, row: Row) -> tuple[object, ...] | None:
        """Return the columns of a row; None where it contradicts the genome."""
        position, ref, alt = row.position, row.reference, row.alternate
        if self._reference is not None:
            contig = self._contigs.get(row.chromosome)
            if contig is None or self._reference.fetch(contig, position - 1, position - 1 + len(ref)) != ref:
                self._source.set_aside["contradicting the genome"] += 1
                return None
            if len(ref) != 1 or len(alt) != 1:
                one = normalise(Variant(contig, position - 1, ref, alt), self._reference)
                position, ref, alt = one.position + 1, one.reference, one.alternate
        elif len(ref) > 1 and len(alt) > 1:
            position, ref, alt = trim(position, ref, alt)
        return (row.chromosome, position, ref, alt, *row.values)


def trim(position: int, reference: str, alternate: str) -> tuple[int, str, str]:
    """
    Drop the bases that alleles share at their ends, the end first, leaving one at least.

    >>> trim(10, "CAGT", "CGGT")
    (11, 'A', 'G')
    """
    end = 0
    while end < min(len(reference), len(alternate)) - 1 and reference[-1 - end] == alternate[-1 - end]:
        end += 1
    reference, alternate = reference[: len(reference) - end], alternate[: len(alternate) - end]
    lead = 0
    while lead < min(len(reference), len(alternate)) - 1 and reference[lead] == alternate[lead]:
        lead += 1
    return position + lead, reference[lead:], alternate[lead:]


def _write_run(rows: list[tuple[object, ...]], source: Source, path: Path) -> None:
    pa = arrow()
    schema = schema_of(source.values)
    # Of several lines about a variant the better reviewed comes first, so that the join finds it.
    best = 4 + next((n for n, value in enumerate(source.values) if value.name == "stars"), -5)
    rows.sort(key=lambda row: (*row[:4], -int(str(row[best] or 0)) if best >= 4 else 0))
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))


def _agreed(read: Sequence[_Read], files: Sequence[Path], *, normalised: bool, version: str) -> About:
    first = read[0].done.about
    for one, path in zip(read, files, strict=True):
        about = one.done.about
        if (about.kind, about.build, about.values) != (first.kind, first.build, first.values):
            raise InvalidContent(
                f"it is {about.kind} on {about.build}; {files[0].name} is {first.kind} on {first.build}",
                place=path.name,
                remedy="build a store for each",
            )
    versions = dict.fromkeys(one.done.about.version for one in read if one.done.about.version)
    return About(
        first.kind, first.build, version or ", ".join(versions), tuple(path.name for path in files), first.values,
        normalised,
    )  # fmt: skip
