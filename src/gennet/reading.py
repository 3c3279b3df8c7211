"""Recognise files by their content and read them into one person's record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from gennet.clinical import read_fhir
from gennet.core.files import head
from gennet.core.parts import Part, Parts
from gennet.core.record import PatientRecord, Source
from gennet.errors import BadInput, MissingFile, UnknownName, UnreadableFile
from gennet.expression import is_regulons, read_expression, read_regulons
from gennet.genomics import (
    Build,
    Genotypes,
    ScoringFile,
    ScoringFiles,
    StructuralCalls,
    read_classified,
    read_methylation,
    read_outside_calls,
    read_scoring_file,
    read_structural_calls,
    read_vcf,
)
from gennet.genomics.build_evidence import Landmarks
from gennet.genomics.clinical_variants.classified import is_classified
from gennet.genomics.cohorts.opening import is_cohort, read_person
from gennet.genomics.pharmacogenes.outside import is_outside_calls
from gennet.genomics.score_calibration.calibration import MARK, read_calibration
from gennet.genomics.scoring_files import landmarks_of
from gennet.genomics.structural.person import declares_structural, is_structural
from gennet.wearables import read_signals


class FileKind(StrEnum):
    """What a file's content proves it to be."""

    VCF = "vcf"
    """Genotypes of one person or several: VCF, BCF, PLINK BED, PGEN or BGEN."""
    STRUCTURAL = "structural-variants"
    """Structural variants of one person or several, and no small ones: VCF."""
    SCORES = "scoring-file"
    EXPRESSION = "expression"
    REGULONS = "regulons"
    """Regulators and their targets: CSV or TSV of source, target, weight."""
    METHYLATION = "methylation"
    FHIR = "fhir"
    SIGNALS = "signals"
    OUTSIDE = "outside-calls"
    """Results of other genetic tests: gene, diplotype, phenotype, activity score."""
    CALIBRATION = "score-calibration"
    """Scores in a reference cohort, by `gennet genome score-reference`."""
    CLASSIFIED = "classified-variants"
    """What variants mean: classified.json of ``gennet genome classify``."""
    ABOUT = "about"
    """The note beside synthetic people: says that they are."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """Which files to read, and what the files do not say."""

    paths: tuple[Path, ...]
    as_of: date
    samples: tuple[str, ...] = ()
    """Names to look for in files that hold several people; each file is read by the first it holds."""
    build: Build | None = None
    person: str | None = None
    expected: dict[Path, FileKind] = field(default_factory=dict)
    """Kinds the caller stated; content that proves otherwise is refused."""
    read_score: Callable[[Path], ScoringFile] = read_scoring_file
    """How a scoring file is read: anew, or from an earlier reading of the same bytes."""
    landmarks: Callable[[], Landmarks] = dict
    """Sites known in both builds, asked for only when a genome is read; they decide a build its header leaves open."""


_SIGNAL_COLUMNS = {"signal", "heart_rate", "respiratory_rate", "oxygen_saturation", "spo2", "body_temperature"}
_CPG = re.compile(rb"^\"?(cg|ch\.)\d", re.MULTILINE)


def sniff(path: Path) -> FileKind:
    """
    Tell what a file is from its first bytes; its name is never trusted.

    Raises
    ------
    MissingFile, UnreadableFile
        Nothing there, or a broken gzip stream.
    """
    start = head(path)
    if start.startswith((b"##fileformat=VCF", b"\xef\xbb\xbf##fileformat=VCF")):
        return FileKind.STRUCTURAL if is_structural(path) else FileKind.VCF
    if start.startswith(b"BCF\x02"):
        return FileKind.VCF
    if is_cohort(start):
        return FileKind.VCF
    if start.startswith((b"PAR1", b"\x89HDF")):
        return FileKind.EXPRESSION
    if start.lstrip()[:1] == b"{":
        return _sniff_json(start)
    return _sniff_table(start)


def _sniff_json(start: bytes) -> FileKind:
    if MARK in start[:64]:
        return FileKind.CALIBRATION
    if b'"gennet_synthetic"' in start:
        return FileKind.ABOUT
    if is_classified(start):
        return FileKind.CLASSIFIED
    return FileKind.FHIR if b'"resourceType"' in start else FileKind.UNKNOWN


def _sniff_table(start: bytes) -> FileKind:
    if is_outside_calls(start.decode("utf-8", "replace")):
        return FileKind.OUTSIDE
    lines = [line for line in start.splitlines() if line and not line.startswith(b"#")]
    if lines and is_regulons(lines[0].decode("utf-8", "replace")):
        return FileKind.REGULONS
    columns = (
        {c.strip().strip('"').lower() for c in re.split(r"[\t,]", lines[0].decode("utf-8", "replace"))}
        if lines
        else set()
    )
    if "effect_allele" in columns and columns & {"effect_weight", "dosage_0_weight"}:
        return FileKind.SCORES
    if ("time" in columns or "timestamp" in columns) and columns & _SIGNAL_COLUMNS:
        return FileKind.SIGNALS
    if len(columns) < 2:
        return FileKind.UNKNOWN
    return FileKind.METHYLATION if len(_CPG.findall(start)) or _cpg_header(columns) else FileKind.EXPRESSION


def _cpg_header(columns: Iterable[str]) -> bool:
    return sum(re.fullmatch(r"cg\d{6,}", c) is not None for c in columns) > 1


def read_record(request: Request) -> PatientRecord:
    """
    Read one person's files into a record.

    Folders are searched one level deep; files that are not recognised are set aside with a note. Two files of a kind
    that a person has once (genome, expression, ...) are refused.

    Raises
    ------
    BadInput
        With the file, the place and the remedy.
    """
    found = [(path, _kind(path, request.expected.get(path))) for path in _files(request.paths)]
    _refuse_twins(found)
    strange = tuple(f"{path.name}: not recognised, set aside" for path, kind in found if kind is FileKind.UNKNOWN)
    used = [(path, kind) for path, kind in found if kind is not FileKind.UNKNOWN]
    read = _read_all(request, used)
    if not read.parts:
        raise BadInput("nothing to read: no genome, expression, record or signals", remedy="see gennet analyze --help")
    return PatientRecord(
        person=request.person or f"p-{hashlib.sha256(read.identity.encode()).hexdigest()[:12]}",
        as_of=request.as_of,
        parts=Parts(read.parts),
        sources=tuple(_source(path, kind) for path, kind in used),
        notes=(*read.notes, *strange),
        synthetic=any(kind is FileKind.ABOUT for _, kind in used),
    )


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise MissingFile("no such file or folder", place=str(path), remedy="check the path")
        if path.is_dir():
            yield from sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        else:
            yield path


def _kind(path: Path, expected: FileKind | None) -> FileKind:
    found = FileKind.UNKNOWN if path.suffix in {".tbi", ".csi"} else sniff(path)
    # Structural variants are a VCF too: their kind is finer than what the caller states.
    if expected is None or found is expected or (found, expected) == (FileKind.STRUCTURAL, FileKind.VCF):
        return found
    # A table of numbers does not say whether it is expression; the caller may.
    if found is FileKind.UNKNOWN or {found, expected} <= {FileKind.EXPRESSION, FileKind.METHYLATION}:
        return expected
    raise UnreadableFile(f"this is {found}, not {expected}", place=path.name, remedy=f"give it as {found}")


_ONCE = tuple(FileKind(kind) for kind in FileKind if kind not in {FileKind.SCORES, FileKind.ABOUT, FileKind.UNKNOWN})


def _refuse_twins(found: Sequence[tuple[Path, FileKind]]) -> None:
    for once in _ONCE:
        names = [path.name for path, kind in found if kind is once]
        if len(names) > 1:
            raise BadInput(f"{' and '.join(names)} are both {once}", remedy="give one file of each kind")


def _source(path: Path, kind: FileKind) -> Source:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Source(path.name, kind.value, digest, path.stat().st_size)


@dataclass(slots=True)
class _Read:
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    identity: str = ""

    def add(self, part: Part, notes: Iterable[str], identity: str = "") -> None:
        self.parts.append(part)
        self.notes.extend(notes)
        self.identity = self.identity or identity


def _read_all(request: Request, used: Sequence[tuple[Path, FileKind]]) -> _Read:
    read = _Read()
    by_kind = {kind: path for path, kind in used}
    if FileKind.FHIR in by_kind:
        bundle = read_fhir(by_kind[FileKind.FHIR], as_of=request.as_of)
        read.add(bundle.demographics, bundle.notes, bundle.person)
        read.add(bundle.record, ())
    scores = tuple(request.read_score(path) for path, kind in used if kind is FileKind.SCORES)
    if FileKind.OUTSIDE in by_kind:
        read.add(read_outside_calls(by_kind[FileKind.OUTSIDE]), ())
    if FileKind.CALIBRATION in by_kind:
        read.add(read_calibration(by_kind[FileKind.CALIBRATION]), ())
    if FileKind.CLASSIFIED in by_kind:
        read.add(read_classified(by_kind[FileKind.CLASSIFIED]), ())
    if FileKind.REGULONS in by_kind:
        read.add(read_regulons(by_kind[FileKind.REGULONS]), ())
    if scores:
        read.add(ScoringFiles(scores), (note for s in scores for note in s.notes))
    _read_samples(request, by_kind, scores, read)
    if FileKind.SIGNALS in by_kind:
        signals, notes = read_signals(by_kind[FileKind.SIGNALS], as_of=request.as_of)
        read.add(signals, notes, by_kind[FileKind.SIGNALS].name)
    return read


def _read_samples(
    request: Request, by_kind: Mapping[FileKind, Path], scores: tuple[ScoringFile, ...], read: _Read
) -> None:
    """Read the files that may hold many people, each by the first asked name that it holds."""

    def genome(path: Path, sample: str | None) -> tuple[Genotypes, tuple[str, ...]]:
        if is_cohort(head(path, 32)):
            return read_person(path, sample, build=request.build)

        def known() -> Landmarks:
            return _both(landmarks_of(scores), request.landmarks())

        return read_vcf(path, sample, build=request.build, landmarks=known)

    def structural(path: Path, sample: str | None) -> tuple[StructuralCalls, tuple[str, ...]]:
        return read_structural_calls(path, sample, build=request.build)

    readers: dict[FileKind, _SampleReader] = {
        FileKind.VCF: genome,
        FileKind.STRUCTURAL: structural,
        FileKind.EXPRESSION: read_expression,
        FileKind.METHYLATION: read_methylation,
    }
    strangers = list[UnknownName]()
    given = [kind for kind in readers if kind in by_kind]
    for kind in given:
        part, notes, stranger = _of_sample(readers[kind], by_kind[kind], request.samples)
        read.add(part, notes, part.sample)
        strangers += [stranger] if stranger else []
        # One file may hold a person's small and structural variants.
        mixed = kind is FileKind.VCF and FileKind.STRUCTURAL not in by_kind
        if mixed and not is_cohort(head(by_kind[kind], 32)) and declares_structural(by_kind[kind]):
            calls, said = structural(by_kind[kind], part.sample)
            if calls.variants:
                read.add(calls, said)
    # A file of one person needs no name; but a name that no file holds is a mistake, not a wish.
    if strangers and len(strangers) == len(given):
        raise strangers[0]


_SampleReader = Callable[[Path, "str | None"], "tuple[Any, tuple[str, ...]]"]


def _of_sample(
    reader: _SampleReader, path: Path, samples: Sequence[str]
) -> tuple[Any, tuple[str, ...], UnknownName | None]:
    """Read the first of the samples the file holds, or its only one; the error tells that none was held."""
    missed: UnknownName | None = None
    for sample in samples:
        try:
            part, notes = reader(path, sample)
        except UnknownName as error:
            missed = missed or error
            continue
        if part.sample == sample:
            return part, notes, None
        missed = missed or UnknownName(f"no sample {sample!r}", place=path.name, remedy=f"it holds {part.sample}")
    if missed is None:
        return *reader(path, None), None
    try:
        part, notes = reader(path, None)
    except BadInput:
        raise missed from None
    return part, (*notes, f"{path.name} holds one sample, {part.sample}, which was taken"), missed


def _both(one: Landmarks, two: Landmarks) -> Landmarks:
    return {build: (*one.get(build, ()), *two.get(build, ())) for build in Build}
