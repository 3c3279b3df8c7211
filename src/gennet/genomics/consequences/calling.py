"""From alleles to consequences: each line alone, or together along the haplotypes people carry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gennet.genomics.consequences.coding import Block, translate
from gennet.genomics.consequences.consequence import Consequence, Residues
from gennet.genomics.consequences.placing import Coding, Placements, place_records
from gennet.genomics.consequences.terms import NONE, PROTEIN, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.records import Record

Place = tuple[int, int]
"""A haplotype: number of the sample and which of its copies."""
ALL: Place = (0, 0)


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


def along_haplotypes(models: GeneModels, records: Sequence[Record]) -> list[Site]:
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
    for held, places in together.items():
        chosen = _without_clashes([edits[n] for n in held])
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
        edits.reverse()
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
