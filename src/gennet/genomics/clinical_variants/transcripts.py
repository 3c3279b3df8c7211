"""Which transcript a gene is judged by, and its coding sequence as exons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.annotation.sources import lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gennet.genomics.clinical_variants.genes import Gene
    from gennet.genomics.consequences.codes import GeneticCode
    from gennet.genomics.consequences.models import GeneModels

_MANE = (b"MANE_Select", b"MANE Select")


def mane_select(gff: Path) -> frozenset[str]:
    """Return the ids of transcripts that a GFF3 tags as MANE Select (10.1038/s41586-022-04558-8)."""
    found = set[str]()
    for line in lines_of(gff):
        if any(tag in line for tag in _MANE):
            for field in line.decode().rpartition("\t")[2].split(";"):
                name, _, value = field.partition("=")
                if name in {"ID", "transcript_id"}:
                    found |= {value, value.partition(":")[2], value.partition(".")[0]} - {""}
    return frozenset(found)


def chosen_transcripts(
    models: GeneModels, genes: Mapping[str, Gene], mane: frozenset[str] = frozenset()
) -> dict[int, str]:
    """
    Choose one coding transcript for each gene; returns why, by number of the transcript.

    The one the table of genes names; else MANE Select; else the one with the longest coding sequence, of equals the
    first by id.
    """
    held = models.transcripts
    owner = held.owner("cds")
    length = np.bincount(owner, held.cds_end - held.cds_start, minlength=held.size)
    by_gene = dict[str, list[int]]()
    for number in np.flatnonzero(held.coding).tolist():
        by_gene.setdefault(held.gene_id[number] or held.gene[number], []).append(number)
    made = dict[int, str]()
    for numbers in by_gene.values():
        known = genes.get(held.gene[numbers[0]])
        wanted = known.transcript.partition(".")[0] if known else ""
        named = [n for n in numbers if wanted and held.id[n].partition(".")[0] == wanted]
        tagged = [n for n in numbers if held.id[n] in mane or held.id[n].partition(".")[0] in mane]
        longest = min(numbers, key=lambda n: (-length[n], held.id[n]))
        if named:
            made[named[0]] = "named in the table of genes"
        elif tagged:
            made[tagged[0]] = "MANE Select"
        else:
            made[longest] = "the longest coding sequence; the gene models tag no MANE Select"
    return made


@dataclass(frozen=True, slots=True)
class Spliced:
    """A complete coding sequence, in the transcript's direction."""

    bases: str
    protein: str
    """Without the stop."""
    coding: tuple[tuple[int, int], ...]
    """Where the coding part of each coding exon lies in `bases`."""
    spans: tuple[tuple[int, int], ...]
    """Of the same exons on the contig, 0-based and half-open."""
    reverse: bool
    last_junction: int | None
    """Where the last junction of the transcript lies in `bases`, perhaps beyond them; None with one exon."""
    code: GeneticCode

    @property
    def length(self) -> int:
        """How many coding bases there are."""
        return len(self.bases)

    @property
    def residues(self) -> int:
        """How long the protein is."""
        return len(self.protein)

    def beside(self, start: int, end: int) -> int | None:
        """Return the coding exon that the change of ``[start, end)`` on the contig reaches within two bases of."""
        for number, (low, high) in enumerate(self.spans):
            if start < low and end > low - 2:
                return number
            if end > high and start < high + 2:
                return number
        return None

    def stop_without(self, exon: int) -> int | None:
        """Return where the first stop codon ends when an exon is skipped; None when none comes."""
        start, stop = self.coding[exon]
        bases = self.bases[:start] + self.bases[stop:]
        at = self.code.translate(bases).find("*")
        return None if at < 0 else 3 * (at + 1)

    def genomic(self, start: int, end: int) -> frozenset[int]:
        """Return the positions on the contig (0-based) of bases ``[start, end)`` of the coding sequence."""
        found = set[int]()
        for (low, high), (a, b) in zip(self.coding, self.spans, strict=True):
            first, last = max(start, low), min(end, high)
            if first < last:
                found.update(
                    range(b - (last - low), b - (first - low))
                    if self.reverse
                    else range(a + first - low, a + last - low)
                )
        return frozenset(found)


def spliced(models: GeneModels, transcript: int) -> Spliced | None:
    """Return the coding sequence of a transcript as exons; None where it is incomplete or none."""
    held = models.transcripts
    if not held.coding[transcript]:
        return None
    sequence = models.sequence(transcript)
    if not sequence.complete or not sequence.ends:
        return None
    spans = sequence.spans[::-1] if sequence.reverse else sequence.spans
    ends = np.cumsum([end - start for start, end in spans]).tolist()
    coding = tuple(zip([0, *ends[:-1]], ends, strict=True))
    return Spliced(
        sequence.bases, sequence.protein.rstrip("*"), coding, spans, sequence.reverse,
        _last_junction(models, transcript, spans[0]), sequence.code,
    )  # fmt: skip


def _last_junction(models: GeneModels, transcript: int, first: tuple[int, int]) -> int | None:
    held, reverse = models.transcripts, bool(models.transcripts.reverse[transcript])
    low, high = held.exon_offset[transcript : transcript + 2].tolist()
    exons = list(zip(held.exon_start[low:high].tolist(), held.exon_end[low:high].tolist(), strict=True))
    exons = exons[::-1] if reverse else exons
    if len(exons) < 2:
        return None
    before: int = sum(end - start for start, end in exons[:-1])
    # Bases of the transcript before its coding sequence: those of exons wholly or partly ahead of its first base.
    lead: int = sum(
        max(0, end - max(start, first[1])) if reverse else max(0, min(end, first[0]) - start) for start, end in exons
    )
    return before - lead
