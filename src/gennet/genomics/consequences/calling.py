"""From alleles to consequences: each line alone, or together along the haplotypes people carry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.consequences.coding import Block, SplicedEdit, spliced, translate
from gennet.genomics.consequences.consequence import Consequence, Residues
from gennet.genomics.consequences.edits import Edit, Kind, edit_of
from gennet.genomics.consequences.placement import place
from gennet.genomics.consequences.terms import NONE, PROTEIN, SPLICE, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gennet.genomics.consequences.intervals import Intervals
    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.records import Record

Place = tuple[int, int]
"""A haplotype: number of the sample and which of its copies."""
ALL: Place = (0, 0)


@dataclass(frozen=True, slots=True)
class Coding:
    """An allele's edit of one CDS."""

    record: int
    alternate: int
    edit: SplicedEdit
    span: tuple[int, int]
    """Bases of the contig it claims; a haplotype cannot change the same base twice."""


@dataclass(slots=True)
class Site:
    """What is found at one line."""

    consequences: list[Consequence] = field(default_factory=list)
    carried: dict[Consequence, set[Place]] = field(default_factory=dict)
    """Which haplotypes have each consequence."""

    def add(self, found: Consequence, places: Sequence[Place]) -> None:
        """Note a consequence once, with the haplotypes that have it."""
        if found not in self.carried:
            self.carried[found] = set()
            self.consequences.append(found)
        self.carried[found].update(places)


@dataclass(frozen=True, slots=True)
class _Hits:
    """Rows of features that each record of a batch meets."""

    rows: list[list[int]]


def _hits(searched: Intervals, batch: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]) -> list[list[int]]:
    query, rows = searched.meeting(*batch)
    found: list[list[int]] = [[] for _ in range(len(batch[0]))]
    for number, row in zip(query.tolist(), rows.tolist(), strict=True):
        found[number].append(row)
    return found


@dataclass(slots=True)
class Placements:
    """Alleles placed in transcripts: what is certain by place alone, and what is to translate."""

    bare: list[list[tuple[int, int, Term]]]
    """Per record: transcript, alternate, terms."""
    coding: dict[int, list[Coding]]
    """Per transcript, in the order of the records."""
    starts: dict[int, set[tuple[int, int]]]
    """Per transcript, the (record, alternate) that take its start codon away by an insertion or deletion."""


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
    if said != record.reference and any(a != b and a in "ACGT" and b in "ACGT" for a, b in zip(said, record.reference, strict=True)):
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
        placed.coding[transcript].append(
            Coding(*key, spliced(inside, models.sequence(transcript), cds), claimed)
        )
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
        meets = (start < edit.end and edit.start < end) or (edit.start == edit.end and edit.start in {start, end} & beside)
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


def local(models: GeneModels, records: Sequence[Record]) -> list[Site]:
    """Tell the consequences of every allele as if it were alone."""
    placed = place_records(models, records)
    sites = _bare_sites(models, records, placed)
    for transcript, edits in placed.coding.items():
        for coding in edits:
            for block in translate(models.sequence(transcript), [coding.edit]):
                found = _of_block(models, records, transcript, block, [coding])
                sites[coding.record].add(found, [ALL])
    return sites


def _bare_sites(models: GeneModels, records: Sequence[Record], placed: Placements) -> list[Site]:
    sites = [Site() for _ in records]
    for number, bare in enumerate(placed.bare):
        for found in _merged(models, bare):
            sites[number].add(found, _carriers(records[number], found.alternate))
    return sites


def _carriers(record: Record, alternate: int) -> list[Place]:
    return [
        (sample, copy)
        for sample, genotype in enumerate(record.genotypes)
        for copy, allele in enumerate(genotype.alleles)
        if allele > 0 and alternate in {0, allele}
    ]


def _merged(models: GeneModels, bare: list[tuple[int, int, Term]]) -> Iterator[Consequence]:
    """Join what place alone says of a transcript; what speaks of the protein stands on its own."""
    joined = dict[tuple[int, int, bool], Term]()
    for transcript, alternate, terms in bare:
        protein = bool(terms & PROTEIN & ~Term.SYNONYMOUS)
        if not protein and not terms & ~joined.get((transcript, alternate, True), NONE):
            continue
        key = transcript, alternate, protein
        joined[key] = joined.get(key, NONE) | terms
    for (transcript, alternate, _), terms in joined.items():
        yield _consequence(models, transcript, terms, alternate)


def _consequence(models: GeneModels, transcript: int, terms: Term, alternate: int) -> Consequence:
    held = models.transcripts
    biotype = held.biotypes[held.biotype[transcript]]
    if biotype == "NMD" and terms:
        terms |= Term.NMD_TRANSCRIPT
    return Consequence(
        held.gene[transcript], held.gene_id[transcript], held.id[transcript], biotype,
        "-" if held.reverse[transcript] else "+", terms, alternate,
    )  # fmt: skip


def _of_block(
    models: GeneModels, records: Sequence[Record], transcript: int, block: Block, edits: Sequence[Coding]
) -> Consequence:
    chosen = {(edits[n].record, edits[n].alternate) for n in block.edits}
    words = (
        f"{records[r].position + 1}{records[r].reference}>{records[r].alternates[a - 1]}" for r, a in sorted(chosen)
    )
    plain = _consequence(models, transcript, block.terms, edits[block.edits[0]].alternate)
    return Consequence(
        plain.gene, plain.gene_id, plain.transcript, plain.biotype, plain.strand, plain.terms, plain.alternate,
        Residues(block.reference, block.alternate, block.reference_at, block.alternate_at), "+".join(words),
        after_stop=block.after_stop,
    )  # fmt: skip


def along_haplotypes(models: GeneModels, records: Sequence[Record], haplotypes: Sequence[Sequence[int]] | None = None) -> list[Site]:
    """
    Tell the consequences of alleles together with the others on their haplotype.

    Lines are sorted by position. Without genotypes all first alternates lie on one haplotype.
    """
    placed = place_records(models, records)
    sites = _bare_sites(models, records, placed)
    for transcript, edits in placed.coding.items():
        _along(models, records, transcript, edits, placed.starts.get(transcript, set()), sites)
    return sites


def _along(
    models: GeneModels,
    records: Sequence[Record],
    transcript: int,
    edits: Sequence[Coding],
    starts: set[tuple[int, int]],
    sites: list[Site],
) -> None:
    carried = defaultdict[Place, list[int]](list)
    lost = set[Place]()
    for number, coding in enumerate(edits):
        for place_ in _places(records[coding.record], coding.alternate):
            carried[place_].append(number)
    for record, alternate in starts:
        lost.update(_places(records[record], alternate))
    together = defaultdict[tuple[int, ...], list[Place]](list)
    for place_, numbers in carried.items():
        if place_ not in lost:
            together[tuple(numbers)].append(place_)
    for numbers, places in together.items():
        chosen = _without_clashes([edits[n] for n in numbers])
        _haplotype(models, records, transcript, chosen, places, sites)


def _places(record: Record, alternate: int) -> list[Place]:
    if record.genotypes:
        return _carriers(record, alternate)
    return [ALL] if alternate == 1 else []


def _without_clashes(edits: list[Coding]) -> list[Coding]:
    """Leave out edits of bases that an earlier one on the same haplotype changed."""
    kept = list[Coding]()
    for coding in edits:
        if kept and coding.record != kept[-1].record and coding.span[0] < kept[-1].span[1]:
            continue
        kept.append(coding)
    return kept


def _haplotype(
    models: GeneModels,
    records: Sequence[Record],
    transcript: int,
    edits: list[Coding],
    places: list[Place],
    sites: list[Site],
) -> None:
    if models.transcripts.reverse[transcript]:
        edits = edits[::-1]
    blocks = translate(models.sequence(transcript), [coding.edit for coding in edits])
    if blocks and blocks[0].terms & Term.START_LOST and len(edits) > 1:
        # Where translation starts instead, if at all, is not known: nothing is said of what follows.
        for number in blocks[0].edits:
            if edits[number].edit.start < 3:
                bare = _consequence(models, transcript, Term.START_LOST, edits[number].alternate)
                sites[edits[number].record].add(bare, places)
        return
    for block in blocks:
        found = _of_block(models, records, transcript, block, edits)
        first = edits[block.edits[0]]
        sites[first.record].add(found, places)
        for number in block.edits[1:]:
            if edits[number].record != first.record:
                sites[edits[number].record].add(_see(found, records[first.record], edits[number]), places)


def _see(found: Consequence, record: Record, coding: Coding) -> Consequence:
    return Consequence(
        found.gene, found.gene_id, found.transcript, found.biotype, found.strand, found.terms, coding.alternate,
        found.residues, found.dna, see=record.position + 1, after_stop=found.after_stop,
    )  # fmt: skip
