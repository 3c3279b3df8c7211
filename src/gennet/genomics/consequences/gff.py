"""GFF3 to transcripts: Ensembl's, GENCODE's and NCBI's ways of writing them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from gennet.core.files import chunks_of
from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.consequences.transcripts import Transcripts, load, save

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UTR = {"five_prime_UTR": True, "three_prime_UTR": False}
_PARTS = {"CDS", "exon", *_UTR}
_PREFIX = re.compile(r"^(gene|transcript|rna|CDS|cds)[:-]")
_SHORT = {"nonsense_mediated_decay": "NMD", "non_stop_decay": "NSD"}
_SEGMENT = re.compile(r"^(IG|TR)_([A-Z]+)_(gene|pseudogene)$")
Span = tuple[int, int]


@dataclass(slots=True)
class _Feature:
    """A line that others may hang on: a gene or a transcript."""

    kind: str
    contig: str
    start: int
    end: int
    reverse: bool
    attributes: dict[str, str]


@dataclass(slots=True)
class _Pieces:
    """What hangs on a transcript."""

    cds: list[tuple[int, int, int]] = field(default_factory=list)
    """Start, end, phase (-1 where unknown)."""
    exons: list[Span] = field(default_factory=list)
    utrs: list[tuple[int, int, bool]] = field(default_factory=list)


def read_gff(path: Path, *, keep: Path | None = None) -> Transcripts:
    """
    Read the transcripts of a GFF3 file, plain or gzipped; with `keep`, keep them there and read that while it is newer.

    Raises
    ------
    MissingFile, UnreadableFile, InvalidContent
        It is not there, not GFF3, holds a line that cannot be true, or holds no CDS.
    """
    if keep is not None and keep.is_file() and keep.stat().st_mtime >= path.stat().st_mtime:
        try:
            return load(keep)
        except UnreadableFile:
            keep.unlink()
    found = transcripts_of(_lines(path), path.name)
    if keep is not None:
        save(found, keep)
    return found


def _lines(path: Path) -> Iterator[str]:
    rest = b""
    for piece in chunks_of(path):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        yield from data[:cut].decode("utf-8", "replace").splitlines()
        rest = data[cut:]
    if rest:
        yield rest.decode("utf-8", "replace")


def transcripts_of(lines: Iterable[str], place: str = "GFF3") -> Transcripts:
    r"""
    Read transcripts from the lines of a GFF3.

    >>> rows = ["1\t.\tgene\t1\t9\t.\t+\t.\tID=gene:G;Name=N",
    ...         "1\t.\tmRNA\t1\t9\t.\t+\t.\tID=transcript:T;Parent=gene:G;biotype=protein_coding",
    ...         "1\t.\tCDS\t1\t9\t.\t+\t0\tParent=transcript:T"]
    >>> found = transcripts_of(rows)
    >>> found.id, found.gene, found.cds_start.tolist(), found.cds_end.tolist()
    (('T',), ('N',), [0], [9])
    """
    features, pieces = _collect(lines, place)
    if not any(part.cds for part in pieces.values()):
        raise InvalidContent("no CDS hangs on a transcript", place=place, remedy="give a GFF3 with coding sequences")
    models = [_model(name, features, part, place) for name, part in _transcripts(features, pieces)]
    # Ensembl writes all UTR; NCBI writes none and leaves it to exons minus CDS.
    if not any(part.utrs for part in pieces.values()) and any(name.startswith("rna-") for name in pieces):
        for model in models:
            model.utrs = _left_over(model)
    return _flat(models)


def _collect(lines: Iterable[str], place: str) -> tuple[dict[str, _Feature], dict[str, _Pieces]]:
    features, pieces = dict[str, _Feature](), dict[str, _Pieces]()
    for number, line in enumerate(lines, start=1):
        if line.startswith("##FASTA"):
            break
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t", 8)
        if len(cells) != 9:
            raise InvalidContent(
                f"{len(cells)} columns where GFF3 has 9", place=f"{place}: line {number}", remedy="copy the file again"
            )
        kind = cells[2]
        if kind not in _PARTS and "ID=" not in cells[8]:
            continue
        start, end = _span(cells, f"{place}: line {number}")
        attributes = _attributes(cells[8])
        if kind in _PARTS:
            for parent in attributes.get("Parent", "").split(","):
                if parent:
                    _add(pieces.setdefault(parent, _Pieces()), kind, start, end, cells[7])
        else:
            features.setdefault(attributes["ID"], _Feature(kind, cells[0], start, end, cells[6] == "-", attributes))
    return features, pieces


def _span(cells: list[str], place: str) -> Span:
    try:
        start, end = int(cells[3]) - 1, int(cells[4])
    except ValueError:
        start, end = 0, 0
    if end <= start:
        raise InvalidContent(f"{cells[3]}-{cells[4]} is no stretch of bases", place=place, remedy="correct the line")
    return start, end


def _attributes(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.rstrip().rstrip(";").split(";"))
    return {key.strip(): unquote(value) if "%" in value else value for key, _, value in pairs if value}


def _add(part: _Pieces, kind: str, start: int, end: int, phase: str) -> None:
    if kind == "CDS":
        part.cds.append((start, end, int(phase) if phase in {"0", "1", "2"} else -1))
    elif kind == "exon":
        part.exons.append((start, end))
    else:
        part.utrs.append((start, end, _UTR[kind]))


def _transcripts(features: dict[str, _Feature], pieces: dict[str, _Pieces]) -> Iterator[tuple[str, _Pieces]]:
    for name, feature in features.items():
        if name in pieces:
            yield name, pieces[name]
        elif name.startswith("transcript:") or "transcript_id" in feature.attributes:
            yield name, _Pieces()


@dataclass(slots=True)
class _Model:
    """A transcript on its way into the columns."""

    id: str
    gene: str
    gene_id: str
    biotype: str
    feature: _Feature
    cds: list[Span]
    exons: list[Span]
    utrs: list[tuple[int, int, bool]]
    cut5: bool
    cut3: bool
    sound: bool
    written: bool


def _model(name: str, features: dict[str, _Feature], part: _Pieces, place: str) -> _Model:
    feature = features[name]
    gene = features.get(feature.attributes.get("Parent", "").split(",")[0])
    gene_id = feature.attributes.get("Parent", name) if gene is not None else name
    held = (gene or feature).attributes
    label = next((held[key] for key in ("Name", "gene_name", "gene") if key in held), _PREFIX.sub("", gene_id))
    cds, cut5, cut3, sound = _coding(sorted(part.cds), reverse=feature.reverse)
    exons = _joined(part.exons or [(start, end) for start, end, _ in part.cds] + [u[:2] for u in part.utrs])
    _ = place
    return _Model(
        _PREFIX.sub("", name), label, _PREFIX.sub("", gene_id), _biotype(feature, held, coding=bool(cds)), feature,
        cds, exons, sorted(part.utrs), cut5, cut3, sound, bool(part.exons),
    )  # fmt: skip


def _biotype(feature: _Feature, gene: dict[str, str], *, coding: bool) -> str:
    keys = ("biotype", "transcript_biotype", "transcript_type", "gene_biotype", "gene_type")
    held = next((feature.attributes[key] for key in keys if key in feature.attributes), "")
    held = held or next((gene[key] for key in keys if key in gene and coding), "")
    held = held or ("protein_coding" if coding else {"lnc_RNA": "lncRNA"}.get(feature.kind, feature.kind))
    segment = _SEGMENT.match(held)
    return f"{segment[1]}_{segment[2]}" if segment and segment[3] == "gene" else _SHORT.get(held, held)


def _joined(spans: list[Span]) -> list[Span]:
    made = list[Span]()
    for start, end in sorted(set(spans)):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def _coding(cds: list[tuple[int, int, int]], *, reverse: bool) -> tuple[list[Span], bool, bool, bool]:
    """Cut a coding sequence to whole codons; tell where it is incomplete and whether its phases are sound."""
    if not cds:
        return [], False, False, True
    ordered = cds[::-1] if reverse else cds
    lead = max(ordered[0][2], 0)
    sound, length = True, -lead
    for start, end, phase in ordered:
        sound &= phase < 0 or length < 0 or phase == -length % 3
        length += end - start
    spans = [(start, end) for start, end, _ in cds]
    spans = _shortened(spans, lead, left=not reverse)
    spans = _shortened(spans, max(length, 0) % 3, left=reverse)
    return spans, lead > 0, max(length, 0) % 3 > 0, sound


def _shortened(spans: list[Span], bases: int, *, left: bool) -> list[Span]:
    made = list(spans)
    while bases and made:
        start, end = made.pop(0) if left else made.pop()
        taken = min(bases, end - start)
        bases -= taken
        if end - start > taken:
            made.insert(0 if left else len(made), (start + taken, end) if left else (start, end - taken))
    return made


def _left_over(model: _Model) -> list[tuple[int, int, bool]]:
    """Return what exons hold besides the CDS."""
    if not model.cds:
        return []
    first, last = model.cds[0][0], model.cds[-1][1]
    left = [(start, min(end, first), not model.feature.reverse) for start, end in model.exons if start < first]
    right = [(max(start, last), end, model.feature.reverse) for start, end in model.exons if end > last]
    return left + right


def _flat(models: list[_Model]) -> Transcripts:
    skipped = tuple(model.id for model in models if not model.sound)
    kept = sorted(
        (m for m in models if m.sound), key=lambda m: (m.feature.contig, m.feature.start, m.feature.end, m.id)
    )
    contigs = tuple(dict.fromkeys(m.feature.contig for m in kept))
    biotypes = tuple(dict.fromkeys(m.biotype for m in kept))
    cds, exons = [m.cds for m in kept], [m.exons for m in kept]
    utrs = [m.utrs for m in kept]
    return Transcripts(
        contigs=contigs,
        biotypes=biotypes,
        id=tuple(m.id for m in kept),
        version=tuple(m.feature.attributes.get("version", "") for m in kept),
        gene=tuple(m.gene for m in kept),
        gene_id=tuple(m.gene_id for m in kept),
        contig=np.array([contigs.index(m.feature.contig) for m in kept], np.int32),
        start=np.array([m.feature.start for m in kept], np.int64),
        end=np.array([m.feature.end for m in kept], np.int64),
        reverse=np.array([m.feature.reverse for m in kept], bool),
        biotype=np.array([biotypes.index(m.biotype) for m in kept], np.int16),
        cut5=np.array([m.cut5 for m in kept], bool),
        cut3=np.array([m.cut3 for m in kept], bool),
        cds_offset=_offsets(cds),
        cds_start=_column(cds, 0),
        cds_end=_column(cds, 1),
        exon_offset=_offsets(exons),
        exon_start=_column(exons, 0),
        exon_end=_column(exons, 1),
        exons_written=np.array([m.written for m in kept], bool),
        utr_offset=_offsets(utrs),
        utr_start=_column(utrs, 0),
        utr_end=_column(utrs, 1),
        utr_five=_column(utrs, 2).astype(bool),
        skipped=skipped,
    )


def _offsets(parts: list[list[Span]] | list[list[tuple[int, int, bool]]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate(([0], np.cumsum([len(part) for part in parts], dtype=np.int64)))


def _column(
    parts: list[list[Span]] | list[list[tuple[int, int, bool]]], at: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([row[at] for part in parts for row in part], np.int64)
