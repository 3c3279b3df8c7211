"""Every allele in every transcript it meets: what is certain by place alone, and what is to translate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.consequences.coding import SplicedEdit, spliced
from gennet.genomics.consequences.edits import Edit, Kind, edit_of
from gennet.genomics.consequences.placement import place
from gennet.genomics.consequences.terms import SPLICE, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gennet.genomics.consequences.intervals import Intervals
    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.records import Record


@dataclass(frozen=True, slots=True)
class Coding:
    """An allele's edit of one CDS."""

    record: int
    alternate: int
    edit: SplicedEdit
    span: tuple[int, int]
    """Bases of the contig it claims; a haplotype cannot change the same base twice."""


@dataclass(slots=True)
class Placements:
    """Alleles placed in transcripts: what is certain by place alone, and what is to translate."""

    bare: list[list[tuple[int, int, Term]]]
    """Per record: transcript, alternate, terms."""
    coding: dict[int, list[Coding]]
    """Per transcript, in the order of the records."""
    starts: dict[int, set[tuple[int, int]]]
    """Per transcript, the (record, alternate) that take its start codon away by an insertion or deletion."""


def _hits(
    searched: Intervals, batch: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]
) -> list[list[int]]:
    query, rows = searched.meeting(*batch)
    found: list[list[int]] = [[] for _ in range(len(batch[0]))]
    for number, row in zip(query.tolist(), rows.tolist(), strict=True):
        found[number].append(row)
    return found


def place_records(models: GeneModels, records: Sequence[Record]) -> Placements:
    """
    Place every allele of some lines in the transcripts they meet.

    Raises
    ------
    InvalidContent
        A reference allele is not what the genome says.
    """
    contig = np.array([models.contig(record.contig) for record in records], np.int32)
    start = np.array([record.position for record in records], np.int64)
    # An insertion lies behind the bases it is anchored on: one base further is looked at.
    end = start + np.array([len(record.reference) + 1 for record in records], np.int64)
    batch = contig, start, end
    held = {what: _hits(getattr(models, what), batch) for what in ("cds", "utr", "whole")}
    far = contig, start - 8, end + 8
    held["exon"] = _hits(models.exon, far)
    placed = Placements([[] for _ in records], defaultdict(list), defaultdict(set))
    for number, record in enumerate(records):
        if contig[number] >= 0 and any(held[what][number] for what in held):
            check_reference(models, record, int(contig[number]))
            _place_record(models, record, number, {what: held[what][number] for what in held}, placed)
    return placed


def check_reference(models: GeneModels, record: Record, contig: int) -> None:
    """Refuse a line whose reference allele is not what the genome says."""
    name = models.fasta_names[contig]
    if not name:
        raise InvalidContent(
            f"the genome has no contig {record.contig}", place=f"line {record.line}", remedy="give the whole genome"
        )
    said = models.reference.fetch(name, record.position, record.position + len(record.reference))
    if said != record.reference and any(
        a != b and a in "ACGT" and b in "ACGT" for a, b in zip(said, record.reference, strict=True)
    ):
        raise InvalidContent(
            f"REF is {record.reference[:30]} and the genome says {said[:30]} at {record.contig}:{record.position + 1}",
            place=f"line {record.line}",
            remedy="give the genome build the VCF was called on",
        )


def _place_record(
    models: GeneModels, record: Record, number: int, held: dict[str, list[int]], placed: Placements
) -> None:
    bare, hit = placed.bare[number], False
    for alternate, allele in enumerate(record.alternates, start=1):
        edit = edit_of(record.position, record.reference, allele) if allele else None
        if edit is None:
            continue
        for row in held["cds"]:
            hit |= _place_cds(models, row, edit, (number, alternate), placed) | _meets(models, "cds", row, record)
        for row in held["utr"]:
            hit |= _place_utr(models, row, edit, alternate, bare) | _meets(models, "utr", row, record)
        told = {transcript for transcript, of, terms in bare if of == alternate and terms & ~_SPLICED}
        told.update(_in_cds(models, held["cds"], edit))
        for row in held["exon"]:
            hit |= _place_exon(models, row, edit, alternate, bare, told)
    span = extent(record)
    if not hit and span is not None:
        for transcript in held["whole"]:
            if not _touches(models, transcript, span):
                continue
            coding = models.transcripts.cds_offset[transcript + 1] > models.transcripts.cds_offset[transcript]
            bare.append((transcript, 0, Term.INTRON if coding else Term.NON_CODING))


def extent(record: Record) -> tuple[int, int] | None:
    """Return the bases that any allele of a line changes, 0-based and half-open; None when none does."""
    edits = [edit_of(record.position, record.reference, allele) for allele in record.alternates if allele]
    found = [(e.start, max(e.end, e.start + 1)) for e in edits if e is not None]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else None


def _touches(models: GeneModels, transcript: int, span: tuple[int, int]) -> bool:
    held = models.transcripts
    return span[0] < int(held.end[transcript]) and span[1] > int(held.start[transcript])


def _place_cds(models: GeneModels, row: int, edit: Edit, key: tuple[int, int], placed: Placements) -> bool:
    transcript = int(models.owners["cds"][row])
    cds = row - int(models.transcripts.cds_offset[transcript])
    stretch = models.stretches(transcript)[cds]
    found = place(edit, stretch, lambda start, end: models.bases(transcript, start, end))
    if found.terms:
        placed.bare[key[0]].append((transcript, key[1], found.terms))
    if found.terms & Term.START_LOST:
        placed.starts[transcript].add(key)
    if found.inside is not None:
        inside = found.inside
        claimed = (inside.start - (1 if inside.change else 0), max(inside.end, inside.start))
        placed.coding[transcript].append(Coding(*key, spliced(inside, models.sequence(transcript), cds), claimed))
    return bool(found.terms) or found.inside is not None


def _meets(models: GeneModels, what: str, row: int, record: Record) -> bool:
    """Tell whether a line as it is written meets a part: nothing is said of introns then."""
    start, end = getattr(models.transcripts, f"{what}_start")[row], getattr(models.transcripts, f"{what}_end")[row]
    return bool(record.position < end and record.position + len(record.reference) > start)


def _place_utr(models: GeneModels, row: int, edit: Edit, alternate: int, bare: list[tuple[int, int, Term]]) -> bool:
    transcript, held = int(models.owners["utr"][row]), models.transcripts
    start, end = int(held.utr_start[row]), int(held.utr_end[row])
    if edit.kind is Kind.INSERTION:
        beside = {edge for span in models.spans(transcript) for edge in span}
        meets = (start < edit.end and edit.start < end) or (
            edit.start == edit.end and edit.start in {start, end} & beside
        )
    else:
        meets = edit.start < end and edit.end > start
    if meets:
        bare.append((transcript, alternate, Term.UTR5 if held.utr_five[row] else Term.UTR3))
    return meets


_SPLICED = SPLICE | Term.SYNONYMOUS


def _in_cds(models: GeneModels, rows: list[int], edit: Edit) -> Iterator[int]:
    for row in rows:
        transcript = int(models.owners["cds"][row])
        start, end = int(models.transcripts.cds_start[row]), int(models.transcripts.cds_end[row])
        if edit.start < end and edit.end > start:
            yield transcript


def _place_exon(
    models: GeneModels, row: int, edit: Edit, alternate: int, bare: list[tuple[int, int, Term]], told: set[int]
) -> bool:
    transcript = int(models.owners["exon"][row])
    if models.transcripts.cds_offset[transcript + 1] == models.transcripts.cds_offset[transcript]:
        return False
    stretch = models.exon_stretch(row)
    found = place(edit, stretch, lambda start, end: models.bases(transcript, start, end))
    terms = found.terms & _SPLICED
    if terms:
        bare.append((transcript, alternate, terms))
    if not (edit.start < stretch.end and edit.end > stretch.start):
        return bool(terms)
    if transcript not in told:
        bare.append((transcript, alternate, _beside_cds(models, transcript, edit)))
    return True


def _beside_cds(models: GeneModels, transcript: int, edit: Edit) -> Term:
    """Name what an exon holds beside its CDS where no UTR is written: UTR, or a codon that is cut."""
    held, left = models.transcripts, edit.start < models.spans(transcript)[0][0]
    before = left != bool(held.reverse[transcript])
    if held.cut5[transcript] if before else held.cut3[transcript]:
        return Term.CODING_SEQUENCE
    return Term.UTR5 if before else Term.UTR3
