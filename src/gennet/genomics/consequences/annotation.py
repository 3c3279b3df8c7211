"""A whole VCF through the consequences: in batches that no transcript crosses, and written back with BCSQ."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent
from gennet.genomics.builds import detect_build
from gennet.genomics.consequences.bgzf import BgzipWriter
from gennet.genomics.consequences.calling import Site, along_haplotypes
from gennet.genomics.consequences.calls import call_alone
from gennet.genomics.consequences.phasing import Phase, phased
from gennet.genomics.consequences.records import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gennet.genomics.consequences.consequence import Consequence
    from gennet.genomics.consequences.models import GeneModels
    from gennet.genomics.consequences.records import Head, Record

_BATCH = 20_000
_HEADER = (
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Consequences: '
    'Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">'
)


def check_build(head: Head, models: GeneModels, place: str) -> None:
    """Refuse a VCF whose header names another genome build than the lengths of the genome's contigs show."""
    said = detect_build(head.lines, place=place)
    lengths = models.reference.lengths
    held = detect_build([f"##contig=<ID={name},length={length}>" for name, length in lengths.items()])
    if said is not None and held is not None and said != held:
        raise InvalidContent(
            f"the VCF is on {said} and the genome is {held}",
            place=place,
            remedy="give FASTA and GFF3 of the VCF's build",
        )


def batches(models: GeneModels, records: Iterator[Record], *, whole: bool, place: str = "") -> Iterator[list[Record]]:
    """
    Cut lines into batches; with `whole`, only where no transcript reaches across.

    Raises
    ------
    InvalidContent
        With `whole`, the lines are not sorted.
    """
    if not whole:
        while batch := list(islice(records, _BATCH)):
            yield batch
        return
    yield from _whole_batches(models, records, place)


def _whole_batches(models: GeneModels, records: Iterator[Record], place: str) -> Iterator[list[Record]]:
    held, contig, reach, last = models.transcripts, "", 0, 0
    batch: list[Record] = []
    ends = [np.maximum.accumulate(held.end[held.contig == row]) for row in range(len(held.contigs))]
    starts = [held.start[held.contig == row] for row in range(len(held.contigs))]
    for record in records:
        if record.contig == contig and record.position < last:
            raise InvalidContent(
                f"position {record.position + 1} comes after {last + 1}",
                place=f"{place}: line {record.line}",
                remedy="sort the file with bcftools sort",
            )
        away = record.contig != contig or record.position > reach
        if len(batch) >= _BATCH and away:
            yield batch
            batch = []
        if away:
            contig, reach = record.contig, 0
        last = record.position
        row = models.contig(record.contig)
        if row >= 0:
            before = int(np.searchsorted(starts[row], record.position + len(record.reference) + 1, "right"))
            reach = max(reach, int(ends[row][before - 1]) if before else 0)
        batch.append(record)
    if batch:
        yield batch


def consequences(
    models: GeneModels,
    vcf: Path,
    *,
    samples: tuple[str, ...] | None = None,
    phase: Phase = Phase.ALONE,
    watch: Watch = silent,
) -> tuple[Head, Iterator[tuple[Record, list[Consequence], Site | None]]]:
    """
    Tell the consequences of every line of a VCF.

    `samples` and `phase` ask for haplotypes; without samples all first alternates lie on one. Yields each line with its
    consequences and, along haplotypes, the `Site` that says who carries them.

    Raises
    ------
    InvalidContent
        A line contradicts the genome, or its phase is not known; errors of `read_records` too.
    """
    head, records = read_records(vcf, None if phase is Phase.ALONE else samples)
    check_build(head, models, vcf.name)
    return head, _yielded(models, records, phase, watch, vcf.name)


def _yielded(
    models: GeneModels, records: Iterator[Record], phase: Phase, watch: Watch, place: str
) -> Iterator[tuple[Record, list[Consequence], Site | None]]:
    done = 0
    for batch in batches(models, records, whole=phase is not Phase.ALONE, place=place):
        watch("telling consequences", done)
        try:
            yield from _batch(models, batch, phase, place)
        except InvalidContent as error:
            if error.place.startswith("line "):
                raise InvalidContent(error.problem, place=f"{place}: {error.place}", remedy=error.remedy) from None
            raise
        done += len(batch)


def _batch(
    models: GeneModels, batch: list[Record], phase: Phase, place: str
) -> Iterator[tuple[Record, list[Consequence], Site | None]]:
    if phase is Phase.ALONE:
        for record, found in zip(batch, call_alone(models, batch).by_record(), strict=True):
            yield record, found, None
        return
    ready = [phased(record, phase, place=place) for record in batch]
    for record, site in zip(batch, along_haplotypes(models, ready), strict=True):
        yield record, site.consequences, site


def annotate_vcf(
    models: GeneModels, vcf: Path, out: Path, *, phase: Phase = Phase.ALONE, samples: tuple[str, ...] | None = None,
    watch: Watch = silent,
) -> int:  # fmt: skip
    """
    Write a VCF again, bgzipped, with the consequences of each line as INFO/BCSQ; return how many lines it has.

    The file appears when all of it is written.
    """
    if phase is Phase.ALONE:
        return _annotate_alone(models, vcf, out, watch)
    head, found = consequences(models, vcf, samples=samples, phase=phase, watch=watch)
    count = 0
    with BgzipWriter(out) as file:
        file.write(_heading(head))
        for record, held, _ in found:
            file.write(annotated(record, ",".join(dict.fromkeys(one.bcsq() for one in held))))
            count += 1
    return count


def _annotate_alone(models: GeneModels, vcf: Path, out: Path, watch: Watch) -> int:
    head, records = read_records(vcf)
    check_build(head, models, vcf.name)
    count = 0
    with BgzipWriter(out) as file:
        file.write(_heading(head))
        for batch in batches(models, records, whole=False):
            watch("telling consequences", count)
            texts = call_alone(models, batch).texts()
            file.write("".join([annotated(r, t) for r, t in zip(batch, texts, strict=True)]))
            count += len(batch)
    return count


def _heading(head: Head) -> str:
    kept = [line for line in head.lines if not line.startswith("##INFO=<ID=BCSQ,")]
    return "\n".join((*kept, _HEADER, head.columns)) + "\n"


def annotated(record: Record, text: str) -> str:
    r"""
    Write a line again with its consequences in INFO, in place of any it had.

    >>> from gennet.genomics.consequences.records import Record
    >>> annotated(Record("1", 9, "A", ("C",), written="1\t10\t.\tA\tC\t.\t.\tDP=3"), "intron|G||protein_coding")
    '1\t10\t.\tA\tC\t.\t.\tDP=3;BCSQ=intron|G||protein_coding\n'
    """
    written = record.written
    if not text and "BCSQ=" not in written:
        return written + "\n"
    cells = written.split("\t", 8)
    kept = [field for field in cells[7].split(";") if not field.startswith("BCSQ=") and field != "."]
    cells[7] = ";".join([*kept, *([f"BCSQ={text}"] if text else [])]) or "."
    return "\t".join(cells) + "\n"
