"""Bring variants, gene models, stores and tables together, and classify what matters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from gennet.genomics.annotation.annotating import is_pathogenic
from gennet.genomics.annotation.joining import Status, annotate, variants
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.builds import chromosome_name
from gennet.genomics.clinical_variants.case import Case, Neighbour, Said
from gennet.genomics.clinical_variants.classify import Classification, classify
from gennet.genomics.clinical_variants.genes import Gene
from gennet.genomics.clinical_variants.transcripts import chosen_transcripts
from gennet.genomics.consequences.calls import call_alone
from gennet.genomics.consequences.consequence import Consequence
from gennet.genomics.consequences.hgvs import hgvs_names
from gennet.genomics.consequences.records import Record
from gennet.genomics.consequences.terms import Impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gennet.genomics.annotation.joining import Joined, Variants
    from gennet.genomics.annotation.store import Store
    from gennet.genomics.builds import Build
    from gennet.genomics.clinical_variants.rules import Rules
    from gennet.genomics.clinical_variants.stated import Stated
    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.regions import Regions


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A classified variant on a gene."""

    row: int
    """Which of the variants that were asked for."""
    case: Case
    classification: Classification

    @property
    def name(self) -> str:
        """Write the variant as ``1:100 A>T``."""
        case = self.case
        return f"{chromosome_name(case.chromosome)}:{case.position} {case.reference}>{case.alternate}"


@dataclass(frozen=True)
class Bench:
    """What variants are judged with."""

    build: Build
    models: GeneModels
    stores: tuple[Store, ...]
    rules: Rules
    genes: Mapping[str, Gene]
    stated: Stated
    mane: frozenset[str] = frozenset()
    repeats: Regions | None = None
    hotspots: Regions | None = None

    @cached_property
    def chosen(self) -> dict[int, str]:
        """Return the transcript of each gene, and why it was chosen."""
        return chosen_transcripts(self.models, self.genes, self.mane)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {self.models.transcripts.id[number]: number for number in self.chosen}

    def judge(self, rows: Sequence[tuple[str | int, int, str, str]]) -> Iterator[Judged]:
        """
        Classify those variants (chromosome, position from 1, reference, alternate) that matter, once for each gene.

        What matters does more to a chosen transcript than lie in an intron or UTR, or is held by ClinVar.

        Raises
        ------
        InvalidContent
            A variant contradicts the genome, or a store is on another build.
        """
        asked = variants(rows, self.build, genome=self.models.reference)
        records = [self._record(asked, row) for row in range(asked.size)]
        joined = annotate(asked, self.stores).joined
        values = [one.rows() for one in joined]
        for row, found in enumerate(call_alone(self.models, records).by_record()):
            said = tuple(_said(one, row, held[row]) for one, held in zip(joined, values, strict=True))
            asserted = any(one.kind is Kind.ASSERTIONS and one.status is Status.FOUND for one in said)
            for one in joined_terms(found):
                number = self._numbers.get(one.transcript)
                if number is not None and (asserted or one.impact is not Impact.MODIFIER):
                    case = self._case(asked, row, one, number, said)
                    site = (case.chromosome, case.position, case.reference, case.alternate)
                    yield Judged(row, case, classify(case, self.stated.get(site)))

    def _record(self, asked: Variants, row: int) -> Record:
        return Record(
            chromosome_name(int(asked.chromosome[row])), int(asked.position[row]) - 1, asked.reference[row],
            (asked.alternate[row],), line=row + 1,
        )  # fmt: skip

    def _case(self, asked: Variants, row: int, one: Consequence, number: int, said: tuple[Said, ...]) -> Case:
        chromosome, position = int(asked.chromosome[row]), int(asked.position[row])
        ref, alt = asked.reference[row], asked.alternate[row]
        names = hgvs_names(self.models, number, position - 1, ref, alt)

        @cache  # PS1 and PM5 ask for the same residue
        def neighbours(first: int, last: int) -> list[Neighbour]:
            return self.pathogenic(chromosome, first, last, number, besides=(position, ref, alt))

        return Case(
            chromosome, position, ref, alt, one, number, self.chosen[number], names.coding, names.protein,
            self.genes.get(one.gene) or Gene(one.gene), self.rules, self.models, said, neighbours,
            any(store.about.kind is Kind.ASSERTIONS for store in self.stores), self.repeats, self.hotspots,
        )  # fmt: skip

    def pathogenic(
        self, chromosome: int, first: int, last: int, transcript: int, *, besides: tuple[int, str, str]
    ) -> list[Neighbour]:
        """Return variants that ClinVar calls pathogenic and that start within positions, with what each does."""
        rows = [
            (one, str(store.about))
            for store in self.stores
            if store.about.kind is Kind.ASSERTIONS
            for one in store.at(chromosome, first, last)
            if (one["position"], one["reference"], one["alternate"]) != besides
            and is_pathogenic(one["significance"] or "")
            and (one["stars"] or 0) >= self.rules.assertions.least_stars
        ]
        name = chromosome_name(chromosome)
        records = [Record(name, one["position"] - 1, one["reference"], (one["alternate"],)) for one, _ in rows]
        fitting = [self._agrees(record) for record in records]
        records = [record for record, fits in zip(records, fitting, strict=True) if fits]
        rows = [row for row, fits in zip(rows, fitting, strict=True) if fits]
        wanted = self.models.transcripts.id[transcript]
        made = list[Neighbour]()
        for (one, source), found in zip(rows, call_alone(self.models, records).by_record(), strict=True):
            consequence = next((c for c in joined_terms(found) if c.transcript == wanted), None)
            label = one["name"] or f"VariationID {one['variation']}"
            made.append(
                Neighbour(label, one["position"], one["significance"] or "", one["stars"] or 0, consequence, source)
            )
        return made

    def _agrees(self, record: Record) -> bool:
        row = self.models.contig(record.contig)
        if row < 0:
            return False
        contig = self.models.fasta_names[row]
        held = self.models.reference.fetch(contig, record.position, record.position + len(record.reference))
        return held == record.reference


def joined_terms(found: Sequence[Consequence]) -> list[Consequence]:
    """Join what is said apart of one transcript: a residue exchanged, and a splice site touched by the same change."""
    made = dict[str, Consequence]()
    for one in found:
        held = made.get(one.transcript)
        if held is None:
            made[one.transcript] = one
        else:
            told = one if held.residues is None else held
            made[one.transcript] = replace(told, terms=held.terms | one.terms)
    return list(made.values())


def _said(one: Joined, row: int, values: dict[str, Any] | None) -> Said:
    return Said(one.store.about.kind, str(one.store.about), Status(int(one.status[row])), values or {})
