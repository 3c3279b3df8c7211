"""Consequences of many lines as columns: what lies in the open by arithmetic, the rest one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gennet.genomics.consequences import calling, placing
from gennet.genomics.consequences.codes import BASES
from gennet.genomics.consequences.consequence import Consequence, Residues
from gennet.genomics.consequences.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.records import Record

_COMPLEMENT = np.array([2, 3, 0, 1, 4], np.uint8)  # of T, C, A, G, N as `BASES` numbers them


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """
    Consequences of single alleles, a row each, ordered by line.

    Rows made by arithmetic hold numbers; `others` holds those that were worked out one by one.
    """

    models: GeneModels
    records: Sequence[Record]
    record: NDArray[np.int64]
    transcript: NDArray[np.int64]
    terms: NDArray[np.int64]
    """Bits of `Term`."""
    residue: NDArray[np.int64]
    """Number of the residue, from 1; 0 where nothing was translated."""
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    """Letters of the residue, as bytes."""
    others: dict[int, list[Consequence]]
    """By number of the line."""

    @property
    def size(self) -> int:
        """How many consequences there are."""
        return len(self.record) + sum(len(found) for found in self.others.values())

    def by_record(self) -> Iterator[list[Consequence]]:
        """Yield the consequences of each line, in order."""
        bounds = np.searchsorted(self.record, np.arange(len(self.records) + 1)).tolist()
        for number, (low, high) in enumerate(pairwise(bounds)):
            yield self.others[number] if number in self.others else [self._made(row) for row in range(low, high)]

    def _made(self, row: int) -> Consequence:
        held, transcript = self.models.transcripts, int(self.transcript[row])
        record = self.records[int(self.record[row])]
        residues, dna = None, ""
        if self.residue[row]:
            at = int(self.residue[row])
            residues = Residues(chr(self.before[row]), chr(self.after[row]), at, at)
            dna = f"{record.position + 1}{record.reference}>{record.alternates[0]}"
        return Consequence(
            held.gene[transcript], held.gene_id[transcript], held.id[transcript],
            held.biotypes[held.biotype[transcript]], "-" if held.reverse[transcript] else "+",
            Term(int(self.terms[row])), 1 if residues or not self.terms[row] & _BY_PLACE else 0, residues, dna,
        )  # fmt: skip

    def texts(self) -> list[str]:
        """Write the BCSQ text of each line; empty where there is nothing to say."""
        words = _Words(self.models)
        made: list[list[str]] = [[] for _ in self.records]
        columns = (self.record, self.transcript, self.terms, self.residue, self.before, self.after)
        for number, transcript, terms, residue, before, after in zip(*(c.tolist() for c in columns), strict=True):
            text = words.plain(transcript, terms)
            if residue:
                record = self.records[number]
                change = f"{residue}{chr(before)}" + (f">{residue}{chr(after)}" if before != after else "")
                text += f"|{change}|{record.position + 1}{record.reference}>{record.alternates[0]}"
            if text not in made[number]:
                made[number].append(text)
        for number, found in self.others.items():
            made[number] = list(dict.fromkeys(one.bcsq() for one in found))
        return [",".join(texts) for texts in made]


_BY_PLACE = int(Term.INTRON | Term.NON_CODING)


class _Words:
    """The part of a BCSQ text that repeats, made once."""

    def __init__(self, models: GeneModels) -> None:
        self._models = models
        self._known = dict[tuple[int, int], str]()

    def plain(self, transcript: int, terms: int) -> str:
        """Write terms, gene, transcript, biotype and, for what is translated, the strand."""
        found = self._known.get((transcript, terms))
        if found is None:
            held = self._models.transcripts
            one = Consequence(
                held.gene[transcript], "", held.id[transcript], held.biotypes[held.biotype[transcript]],
                "-" if held.reverse[transcript] else "+", Term(terms), 1,
            )  # fmt: skip
            found = self._known[transcript, terms] = one.bcsq()
        return found


def call_alone(models: GeneModels, records: Sequence[Record]) -> Calls:
    """
    Tell the consequences of every allele as if it were alone: `calling.local` as columns, and fast.

    Substitutions of one base, and whatever lies far from exons, go through arithmetic over all lines at once; the rest
    goes through `calling.local`. Both give the same.
    """
    contig = np.array([models.contig(record.contig) for record in records], np.int32)
    position = np.array([record.position for record in records], np.int64)
    reach = np.array([len(record.reference) for record in records], np.int64)
    plain = np.array([_is_plain(record) for record in records], bool)
    busy = np.zeros(len(records), bool)
    for what in (models.cds, models.utr, models.exon):
        busy[what.meeting(contig, position - 8, position + reach + 8)[0]] = True
    there = contig >= 0
    slow = np.flatnonzero(there & busy & ~plain)
    quick = np.flatnonzero(there & busy & plain)
    _check(models, records, contig, quick)
    rows = [_bare(models, contig, position, quick), _coding(models, records, contig, position, quick)]
    told = np.zeros(len(records), bool)
    told[slow] = True
    for part in rows:
        told[part[0]] = True
    rows.append(_far(models, records, contig, position, there & ~told, plain))
    sites = calling.local(models, [records[i] for i in slow.tolist()])
    others = {number: site.consequences for number, site in zip(slow.tolist(), sites, strict=True)}
    return _ordered(models, records, rows, others)


Rows = tuple["NDArray[np.int64]", ...]


def _is_plain(record: Record) -> bool:
    return (
        len(record.alternates) == 1
        and len(record.reference) == 1
        and len(record.alternates[0]) == 1
        and record.alternates[0] != record.reference
    )


_HELD = 1 << 26  # bases of a contig fetched at once to compare reference alleles


def _check(models: GeneModels, records: Sequence[Record], contig: NDArray[np.int32], rows: NDArray[np.int64]) -> None:
    for row in np.unique(contig[rows]).tolist():
        chosen = rows[contig[rows] == row]
        longest = max(len(records[number].reference) for number in chosen.tolist())
        start = records[int(chosen.min())].position
        end = records[int(chosen.max())].position + longest
        name = models.fasta_names[row]
        held = models.reference.fetch(name, start, end) if name and 0 < end - start <= _HELD else ""
        for number in chosen.tolist():
            record = records[number]
            at = record.position - start
            if at < 0 or held[at : at + len(record.reference)] != record.reference:
                placing.check_reference(models, record, row)


def _ordered(
    models: GeneModels, records: Sequence[Record], rows: list[Rows], others: dict[int, list[Consequence]]
) -> Calls:
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    held = models.transcripts
    if "NMD" in held.biotypes:
        decays = held.biotype[columns[1]] == held.biotypes.index("NMD")
        columns[2] = np.where(decays, columns[2] | int(Term.NMD_TRANSCRIPT), columns[2])
    order = np.argsort(columns[0], kind="stable")
    record, transcript, terms, residue, before, after = (column[order] for column in columns)
    return Calls(
        models, records, record, transcript, terms, residue, before.astype(np.uint8), after.astype(np.uint8), others
    )


def _coding(
    models: GeneModels, records: Sequence[Record], contig: NDArray[np.int32], position: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> Rows:  # fmt: skip
    """Translate substitutions inside CDS."""
    from gennet.genomics.consequences import _kernels

    held = models.transcripts
    query, cds = models.cds.meeting(contig[rows], position[rows], position[rows] + 1)
    record, transcript = rows[query], models.owners["cds"][cds].astype(np.int64)
    where, reverse = position[record], held.reverse[transcript]
    at = models.lead[cds] + np.where(reverse, held.cds_end[cds] - 1 - where, where - held.cds_start[cds])
    letters = np.array([ord(records[number].alternates[0]) for number in record.tolist()], np.uint8)
    base = BASES[letters]
    base = np.where(reverse, _COMPLEMENT[base], base)
    flat = models.flat(np.unique(transcript))
    of = flat.row[transcript]
    terms, before, after = _kernels.codon_changes(
        at, base, flat.origin[of], flat.length[of], flat.bases, flat.code[of], flat.residues, flat.starts,
        flat.complete[of], flat.ends[of],
    )  # fmt: skip
    return record, transcript, terms, at // 3 + 1, before.astype(np.int64), after.astype(np.int64)


def _bare(models: GeneModels, contig: NDArray[np.int32], position: NDArray[np.int64], rows: NDArray[np.int64]) -> Rows:
    """Name splice sites and UTR of substitutions."""
    found = [_spliced(models, "cds", contig, position, rows), _spliced(models, "exon", contig, position, rows)]
    held = models.transcripts
    query, utr = models.utr.meeting(contig[rows], position[rows], position[rows] + 1)
    bits = np.where(held.utr_five[utr], int(Term.UTR5), int(Term.UTR3))
    found.append((rows[query], models.owners["utr"][utr].astype(np.int64), bits))
    found.append(_untold(models, contig, position, rows))
    record, transcript, terms = (np.concatenate(column) for column in zip(*found, strict=True))
    some = terms != 0
    key = record[some] * (held.size + 1) + transcript[some]
    unique, first = np.unique(key, return_inverse=True)
    joined = np.zeros(len(unique), np.int64)
    np.bitwise_or.at(joined, first, terms[some])
    zeros = np.zeros(len(unique), np.int64)
    return unique // (held.size + 1), unique % (held.size + 1), joined, zeros, zeros, zeros


def _spliced(
    models: GeneModels, what: str, contig: NDArray[np.int32], position: NDArray[np.int64], rows: NDArray[np.int64]
) -> Rows:
    from gennet.genomics.consequences import _kernels

    held, searched = models.transcripts, models.cds if what == "cds" else models.exon
    query, part = searched.meeting(contig[rows], position[rows] - 8, position[rows] + 9)
    record, transcript = rows[query], models.owners[what][part].astype(np.int64)
    left, right = models.spliced_ends(what)
    terms = _kernels.splice_terms(
        position[record], getattr(held, f"{what}_start")[part], getattr(held, f"{what}_end")[part],
        left[part], right[part], held.reverse[transcript].astype(np.uint8),
    )  # fmt: skip
    coding = held.coding[transcript]
    return record, transcript, np.where(coding, terms, 0)


def _untold(
    models: GeneModels, contig: NDArray[np.int32], position: NDArray[np.int64], rows: NDArray[np.int64]
) -> Rows:
    """Name substitutions in exons of coding transcripts that are neither CDS nor written UTR."""
    held = models.transcripts
    query, exon = models.exon.meeting(contig[rows], position[rows], position[rows] + 1)
    record, transcript = rows[query], models.owners["exon"][exon].astype(np.int64)
    open_ = held.coding[transcript]
    told = set[tuple[int, int]]()
    for what in ("cds", "utr"):
        q, part = getattr(models, what).meeting(contig[rows], position[rows], position[rows] + 1)
        told.update(zip(rows[q].tolist(), models.owners[what][part].tolist(), strict=True))
    pairs = zip(record.tolist(), transcript.tolist(), open_.tolist(), strict=True)
    keep = np.array([o and (r, t) not in told for r, t, o in pairs], bool)
    record, transcript = record[keep], transcript[keep]
    first = held.cds_start[held.cds_offset[transcript]] if len(transcript) else transcript
    before = (position[record] < first) != held.reverse[transcript]
    cut = np.where(before, held.cut5[transcript], held.cut3[transcript])
    return (
        record,
        transcript,
        np.where(cut, int(Term.CODING_SEQUENCE), np.where(before, int(Term.UTR5), int(Term.UTR3))),
    )


def _far(
    models: GeneModels, records: Sequence[Record], contig: NDArray[np.int32], position: NDArray[np.int64],
    open_: NDArray[np.bool_], plain: NDArray[np.bool_],
) -> Rows:  # fmt: skip
    """Name introns and non-coding transcripts of what met nothing else."""
    start, end = position.copy(), position + 1
    for number in np.flatnonzero(open_ & ~plain).tolist():
        start[number], end[number] = placing.extent(records[number]) or (0, 0)
    rows = np.flatnonzero(open_ & (end > start))
    query, transcript = models.whole.meeting(contig[rows], start[rows], end[rows])
    coding = models.transcripts.coding[transcript]
    terms = np.where(coding, int(Term.INTRON), int(Term.NON_CODING))
    zeros = np.zeros(len(query), np.int64)
    _check(models, records, contig, np.unique(rows[query]))
    return rows[query], transcript.astype(np.int64), terms, zeros, zeros, zeros
