"""Transcripts with the genome they lie on: stretches to place edits in, sequences to translate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.consequences.codes import (
    BASES,
    MITOCHONDRIAL,
    STANDARD,
    GeneticCode,
    genetic_code,
    reverse_complement,
)
from gennet.genomics.consequences.coding import CodingSequence
from gennet.genomics.consequences.placement import Side, Stretch
from gennet.genomics.fasta import contigs_by_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gennet.genomics.consequences.intervals import Intervals
    from gennet.genomics.consequences.transcripts import Transcripts
    from gennet.genomics.fasta import Reference


_BEYOND = 10


@dataclass(frozen=True, slots=True, eq=False)
class FlatSequences:
    """Coding sequences end to end, for compiled code; a row per transcript."""

    row: NDArray[np.int64]
    """Row of each transcript, by its number."""
    origin: NDArray[np.int64]
    length: NDArray[np.int64]
    bases: NDArray[np.uint8]
    """Numbers of `codes.BASES`."""
    code: NDArray[np.uint8]
    """Which of the genetic codes reads it."""
    residues: NDArray[np.uint8]
    starts: NDArray[np.uint8]
    complete: NDArray[np.uint8]
    ends: NDArray[np.uint8]


class GeneModels:
    """
    Transcripts on their genome.

    Chromosome names of GFF3, FASTA and VCF meet with and without ``chr``. The mitochondrial chromosome is read with
    the vertebrate mitochondrial code unless `table` names another.
    """

    def __init__(self, transcripts: Transcripts, reference: Reference, *, table: int | None = None) -> None:
        """
        Bring transcripts and genome together.

        Raises
        ------
        InvalidContent
            The genome lacks a contig of the transcripts altogether, or ends before one of its transcripts.
        """
        self.transcripts, self.reference, self._table = transcripts, reference, table
        codes = contigs_by_code(reference)
        lengths = reference.lengths
        self.fasta_names: tuple[str, ...] = tuple(
            name if name in lengths else codes.get(chromosome_code(name), "") for name in transcripts.contigs
        )
        if not any(self.fasta_names):
            raise InvalidContent(
                f"the genome has none of the contigs of the transcripts ({', '.join(transcripts.contigs[:5])})",
                remedy="give FASTA and GFF3 of the same genome build",
            )
        self._check_ends()
        self._stretches = dict[int, tuple[Stretch, ...]]()
        self._sequences = dict[int, CodingSequence]()
        self._rows = {name: row for row, name in enumerate(transcripts.contigs)}
        self._by_code = {
            chromosome_code(name): row for row, name in enumerate(transcripts.contigs) if chromosome_code(name)
        }

    def _check_ends(self) -> None:
        for row, name in enumerate(self.fasta_names):
            chosen = self.transcripts.contig == row
            furthest = int(self.transcripts.cds_end[chosen[self.transcripts.owner("cds")]].max(initial=0))
            if name and furthest > self.reference.lengths[name]:
                raise InvalidContent(
                    f"{name} is {self.reference.lengths[name]:,} bases long and a CDS ends at {furthest:,}",
                    remedy="give FASTA and GFF3 of the same genome build",
                )

    def contig(self, name: str) -> int:
        """Return the number of a contig among those of the transcripts, under either way of naming; -1 when none."""
        found = self._rows.get(name)
        if found is None:
            code = chromosome_code(name)
            found = self._rows[name] = self._by_code.get(code, -1) if code else -1
        return found

    @cached_property
    def cds(self) -> Intervals:
        """Return the CDS to search in."""
        return self.transcripts.parts("cds")

    @cached_property
    def utr(self) -> Intervals:
        """Return the UTR to search in."""
        return self.transcripts.parts("utr")

    @cached_property
    def exon(self) -> Intervals:
        """Return the exons to search in."""
        return self.transcripts.parts("exon")

    @cached_property
    def whole(self) -> Intervals:
        """Return whole transcripts to search in."""
        return self.transcripts.parts("transcript")

    @cached_property
    def owners(self) -> dict[str, NDArray[np.intp]]:
        """Return the transcript of each CDS, UTR and exon."""
        return {what: self.transcripts.owner(what) for what in ("cds", "utr", "exon")}

    @cached_property
    def lead(self) -> NDArray[np.int64]:
        """Return where each CDS starts in the spliced sequence of its transcript, in the transcript's direction."""
        held, owner = self.transcripts, self.owners["cds"]
        length = held.cds_end - held.cds_start
        until = np.cumsum(length)
        origin = np.concatenate(([0], until))[held.cds_offset]
        before, total = until - length - origin[owner], (origin[1:] - origin[:-1])[owner]
        lead: NDArray[np.int64] = np.where(held.reverse[owner], total - before - length, before)
        return lead

    def spliced_ends(self, what: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Tell for each CDS or exon whether an intron is spliced out at its left end, and at its right."""
        held, owner = self.transcripts, self.owners[what]
        row, offset = np.arange(len(owner)), getattr(held, f"{what}_offset")
        left, right = row > offset[owner], row < offset[owner + 1] - 1
        if what == "exon":  # a file may hold a piece of a transcript only
            left |= held.exons_written[owner] & (held.exon_start > held.start[owner])
            right |= held.exons_written[owner] & (held.exon_end < held.end[owner])
        return left.astype(np.uint8), right.astype(np.uint8)

    @cached_property
    def _exon_ends(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        return self.spliced_ends("exon")

    def flat(self, transcripts: NDArray[np.int64]) -> FlatSequences:
        """Lay the coding sequences of some transcripts end to end."""
        chosen = [self.sequence(t) for t in transcripts.tolist()]
        tables = sorted({sequence.code.table for sequence in chosen}) or [STANDARD]
        row = np.zeros(self.transcripts.size, np.int64)
        row[transcripts] = np.arange(len(transcripts))
        length = np.array([len(sequence.bases) for sequence in chosen], np.int64)
        text = "".join(sequence.bases for sequence in chosen).encode()
        codes = [genetic_code(table) for table in tables]
        return FlatSequences(
            row, np.cumsum(length) - length, length, BASES[np.frombuffer(text, np.uint8)],
            np.array([tables.index(s.code.table) for s in chosen], np.uint8),
            np.array([code.residues for code in codes]), np.array([code.start_rows for code in codes]),
            np.array([s.complete for s in chosen], np.uint8), np.array([s.ends for s in chosen], np.uint8),
        )  # fmt: skip

    def bases(self, transcript: int, start: int, end: int) -> str:
        """Return bases of the contig a transcript lies on."""
        return self.reference.fetch(self.fasta_names[self.transcripts.contig[transcript]], start, end)

    def code(self, transcript: int) -> GeneticCode:
        """Return the genetic code a transcript is read with."""
        if self._table is not None:
            return genetic_code(self._table)
        name = self.transcripts.contigs[self.transcripts.contig[transcript]]
        return genetic_code(MITOCHONDRIAL if chromosome_code(name) == 25 else STANDARD)

    def spans(self, transcript: int) -> tuple[tuple[int, int], ...]:
        """Return the CDS of a transcript in genome order."""
        low, high = self.transcripts.cds_offset[transcript : transcript + 2].tolist()
        held = self.transcripts
        return tuple(zip(held.cds_start[low:high].tolist(), held.cds_end[low:high].tolist(), strict=True))

    def sequence(self, transcript: int) -> CodingSequence:
        """Return the coding sequence of a transcript."""
        found = self._sequences.get(transcript)
        if found is None:
            found = self._sequences[transcript] = self._spliced(transcript)
        return found

    def _spliced(self, transcript: int) -> CodingSequence:
        spans, held = self.spans(transcript), self.transcripts
        reverse, code = bool(held.reverse[transcript]), self.code(transcript)
        bases = "".join(self.bases(transcript, start, end) for start, end in spans)
        bases = reverse_complement(bases) if reverse else bases
        starts = not held.cut5[transcript] and code.codons.get(bases[:3]) == "M"
        ends = not held.cut3[transcript] and code.codons.get(bases[-3:]) == "*"
        beyond = (
            self.bases(transcript, spans[0][0] - _BEYOND, spans[0][0])
            if reverse
            else self.bases(transcript, spans[-1][1], spans[-1][1] + _BEYOND)
        )
        beyond = reverse_complement(beyond) if reverse else beyond
        leads = self.lead[held.cds_offset[transcript] : held.cds_offset[transcript + 1]].tolist()
        return CodingSequence(
            bases, spans, reverse, complete=starts, ends=ends, code=code, beyond=beyond,
            protein=code.translate(bases), leads=tuple(leads),
        )  # fmt: skip

    def stretches(self, transcript: int) -> tuple[Stretch, ...]:
        """Return the CDS of a transcript as stretches, in genome order."""
        found = self._stretches.get(transcript)
        if found is None:
            found = self._stretches[transcript] = self._cds_stretches(transcript)
        return found

    def _cds_stretches(self, transcript: int) -> tuple[Stretch, ...]:
        sequence, held = self.sequence(transcript), self.transcripts
        last, reverse = len(sequence.spans) - 1, sequence.reverse
        stops = not held.cut3[transcript]
        made = list[Stretch]()
        for number, (start, end) in enumerate(sequence.spans):
            opens, closes = (last, 0) if reverse else (0, last)
            made.append(
                Stretch(
                    start, end, reverse, left=number > 0, right=number < last,
                    first=(Side.RIGHT if reverse else Side.LEFT) if number == opens and sequence.complete else Side.NEITHER,
                    last=(Side.LEFT if reverse else Side.RIGHT) if number == closes and stops else Side.NEITHER,
                )
            )  # fmt: skip
        return tuple(made)

    def exon_stretch(self, row: int) -> Stretch:
        """Return an exon as a stretch: spliced where another follows."""
        held = self.transcripts
        owner = int(self.owners["exon"][row])
        left, right = self._exon_ends
        start, end = int(held.exon_start[row]), int(held.exon_end[row])
        return Stretch(start, end, bool(held.reverse[owner]), left=bool(left[row]), right=bool(right[row]))
