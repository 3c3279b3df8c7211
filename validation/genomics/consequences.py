"""
Variant consequences against bcftools csq: its own cases, and generated variants beside the program itself.

The texts of the mirror come from bcftools at de0606d1 and must be met to the letter. Debian's bcftools 1.16 is older and
known to differ: generated variants are compared with it in numbers, and the classes of difference are those of
docs/decisions/0008-consequences-where-the-reference-program-errs.md.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gennet.genomics.consequences import (
    Fasta,
    GeneModels,
    Record,
    Variant,
    along_haplotypes,
    call_alone,
    local,
    normalise,
    read_gff,
    read_records,
)
from validation.agreement import Agreement, Skipped

_EACH = 1500  # variants generated on each slice
_EDGES = "at splice sites and edges of exons"
_UNEXPLAINED = 0.001, 0.01
"""Most substitutions, and most indels, that may differ without belonging to a known class."""


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare with the mirror's texts, then with the program where it is installed."""
    folder = mirror / "genomics" / "consequences"
    if not folder.is_dir():
        yield Skipped("consequences", f"needs bcftools' cases in {folder}: set GENNET_RESOURCES to the mirror")
        return
    yield _texts(folder)
    if shutil.which("bcftools") is None or shutil.which("samtools") is None:
        yield Skipped("consequences of generated variants", "needs bcftools and samtools (apt-get install both)")
        return
    version = _run("bcftools", "--version").split()[1]
    # The ten bases of ENST00000000001 hold no room, and 1.16 does not read its ids.
    named = [p for p in sorted(folder.iterdir()) if p.name.startswith("ENST") and p.name != "ENST00000000001"]
    slices = [p for p in named if (p / f"{p.name}.gff").is_file()]
    yield from _generated(slices, work, version)
    yield _normalised(slices, work, version)


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _models(folder: Path) -> GeneModels:
    return GeneModels(read_gff(folder / f"{folder.name}.gff"), Fasta(folder / f"{folder.name}.fa"))


def _texts(folder: Path) -> Agreement:
    met = count = 0
    for path in sorted(folder.glob("*/*.txt*")):
        vcf = path.with_suffix(".vcf")
        if not vcf.is_file():
            continue
        head, _ = read_records(vcf)
        records = list(read_records(vcf, head.samples)[1])
        call = local if path.suffix == ".txt-l" else along_haplotypes
        rows = [block.strip().split("\n")[-1].split("\t") for block in path.read_text().split("\n\n") if block.strip()]
        for record, site in zip(records, call(_models(path.parent), records), strict=True):
            cells = record.written.split("\t")
            wanted = next(row[-1] for row in rows if row[:3] == [cells[1], cells[3], cells[4]])
            found = ",".join(sorted(one.bcsq() for one in site.consequences)) or "."
            met += found == ",".join(sorted(wanted.split(",")))
            count += 1
    return Agreement(
        "consequences, its own cases", "bcftools csq @de0606d1", count, f"{met} of {count} texts equal", met == count
    )


def _generated(slices: list[Path], work: Path, version: str) -> Iterator[Agreement]:
    kinds = ("substitutions", "normalised indels")
    counts = dict.fromkeys(kinds, 0)
    differ: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for number, folder in enumerate(slices):
        models = _models(folder)
        records = _variants(models, np.random.default_rng(number))
        theirs = _theirs(folder, models, records, work)
        for record, found, wanted in zip(records, call_alone(models, records).by_record(), theirs, strict=True):
            kind = kinds[len(record.reference) != len(record.alternates[0])]
            ours = {_as_older(one.bcsq()) for one in found}
            counts[kind] += 1
            if ours != wanted:
                why = _why(record, ours, wanted)
                differ[kind][why] = differ[kind].get(why, 0) + 1
    for kind, bound in zip(kinds, _UNEXPLAINED, strict=True):
        classes = "; ".join(f"{n:,} {why}" for why, n in sorted(differ[kind].items(), key=lambda pair: -pair[1]))
        share = differ[kind].get(_EDGES, 0) / counts[kind]
        equal = 1 - sum(differ[kind].values()) / counts[kind]
        yield Agreement(
            f"consequences of generated {kind}", f"bcftools csq -l {version}", counts[kind],
            f"{equal:.2%} equal; differing: {classes}; {_EDGES} {share:.2%} (bound {bound:.1%})"
            if classes else "all equal",
            share <= bound,
        )  # fmt: skip


def _variants(models: GeneModels, rng: np.random.Generator) -> list[Record]:
    """Make variants near exons, anchored and moved left as a normalised file has them."""
    held, reference = models.transcripts, models.reference
    made = set[tuple[int, str, str]]()
    name = models.fasta_names[0]
    length = reference.lengths[name]
    for _ in range(_EACH):
        exon = int(rng.integers(0, len(held.exon_start)))
        at = int(rng.integers(held.exon_start[exon] - 12, held.exon_end[exon] + 12))
        if not 20 < at < length - 60:
            continue
        size, kind = int(rng.choice([1, 1, 2, 3, 3, 6, 9])), rng.random()
        first = reference.fetch(name, at, at + 1)
        added = "".join("ACGT"[n] for n in rng.integers(0, 4, size))
        if kind < 0.5:
            pair = first, added[0]
        elif kind < 0.75:
            pair = reference.fetch(name, at, at + size + 1), first
        else:
            pair = first, first + added
        if pair[0] != pair[1] and "N" not in pair[0]:
            done = normalise(Variant(name, at, *pair), reference)
            made.add((done.position, done.reference, done.alternate))
    return [Record(held.contigs[0], at, ref, (alt,), line=1) for at, ref, alt in sorted(made)]


def _theirs(folder: Path, models: GeneModels, records: list[Record], work: Path) -> list[set[str]]:
    vcf, fasta = work / "made.vcf", work / "made.fa"
    shutil.copy(folder / f"{folder.name}.fa", fasta)
    (work / "made.fa.fai").unlink(missing_ok=True)
    lines = "".join(f"{r.contig}\t{r.position + 1}\t.\t{r.reference}\t{r.alternates[0]}\t.\t.\t.\n" for r in records)
    contig = f"##contig=<ID={records[0].contig},length={models.reference.lengths[models.fasta_names[0]]}>"
    vcf.write_text(
        f"##fileformat=VCFv4.2\n{contig}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{lines}", encoding="utf-8"
    )
    files = ("-f", str(fasta), "-g", str(folder / f"{folder.name}.gff"))
    (work / "their.vcf").write_text(_run("bcftools", "csq", "-l", "-v", "0", *files, str(vcf)), encoding="utf-8")
    rows = _run("bcftools", "query", "-f", "%BCSQ\n", str(work / "their.vcf")).splitlines()
    return [set(row.split(",")) - {"."} for row in rows]


def _as_older(text: str) -> str:
    """Write our text as 1.16 does: no NMD_transcript, no residues where the start is lost or kept, lncRNA ignored."""
    text = text.replace("&NMD_transcript", "")
    cells = text.split("|")
    return "|".join(cells[:5]) if cells[0] in {"start_lost", "start_retained"} else text


def _why(record: Record, ours: set[str], wanted: set[str]) -> str:
    more, fewer = ours - wanted, wanted - ours
    if all("||lncRNA" in t or "||retained" in t or "||processed" in t or "non_coding" in t for t in more) and not fewer:
        return "in non-coding biotypes that 1.16 ignores"
    if any(re.search(r">\d+\?\|", text) for text in fewer):
        return "deletions from the first base of an exon, which 1.16 does not translate"
    if any("start_lost" in text for text in fewer) and len(record.alternates[0]) > len(record.reference):
        return "insertions behind an intact start codon"
    spliced = any("splice" in text for text in more) and fewer and all("intron|" in text for text in fewer)
    if spliced or any("utr" in text or "coding_sequence" in text for text in more):
        return "in exons beside the written CDS and UTR, which 1.16 calls introns"
    return _EDGES


def _normalised(slices: list[Path], work: Path, version: str) -> Agreement:
    same = count = 0
    for number, folder in enumerate(slices[:8]):
        models, rng = _models(folder), np.random.default_rng(100 + number)
        name, reference = models.fasta_names[0], models.reference
        variants = list[Variant]()
        for at in rng.integers(50, reference.lengths[name] - 60, 400).tolist():
            piece = reference.fetch(name, at, at + int(rng.integers(1, 8)))
            other = piece[: int(rng.integers(1, len(piece) + 1))] + "".join(
                "ACGT"[n] for n in rng.integers(0, 4, int(rng.integers(0, 4)))
            )
            if other != piece and "N" not in piece:
                variants.append(Variant(name, at, piece, other))
        vcf, fasta = work / "norm.vcf", work / f"norm{number}.fa"
        shutil.copy(folder / f"{folder.name}.fa", fasta)
        lines = "".join(
            f"{v.contig}\t{v.position + 1}\t{i}\t{v.reference}\t{v.alternate}\t.\t.\t.\n"
            for i, v in enumerate(variants)
        )
        vcf.write_text(
            f"##fileformat=VCFv4.2\n##contig=<ID={name},length={reference.lengths[name]}>\n"
            f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{lines}",
            encoding="utf-8",
        )
        rows = [
            row.split("\t")
            for row in _run("bcftools", "norm", "-f", str(fasta), str(vcf)).splitlines()
            if row[0] != "#"
        ]
        theirs = {int(row[2]): (int(row[1]) - 1, row[3], row[4]) for row in rows}
        for i, variant in enumerate(variants):
            ours = normalise(variant, reference)
            same += (ours.position, ours.reference, ours.alternate) == theirs[i]
            count += 1
    return Agreement(
        "normalised variants", f"bcftools norm {version}", count, f"{same} of {count} equal", same == count
    )
