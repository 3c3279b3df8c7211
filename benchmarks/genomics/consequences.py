"""Variant consequences beside bcftools csq, on generated genes and variants: whole genes, and their exons only."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function

_STOPS = {"TAA", "TAG", "TGA"}
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def figures(scratch: Path) -> Iterator[Figure]:
    """Measure both tools as commands: reading GFF3, FASTA and VCF, and writing an annotated VCF."""
    genome, exons = genes(scratch, 400, np.random.default_rng(7))
    everywhere = np.ones(len(genome), bool)
    for name, mask, count in (
        ("whole genes", everywhere, 100_000),
        ("whole genes", everywhere, 1_000_000),
        ("exons", exons, 100_000),
    ):
        vcf = scratch / f"{name.replace(' ', '-')}-{count}.vcf"
        write_variants(vcf, genome, mask, count, np.random.default_rng(8))
        if count <= 100_000:
            yield _engine(scratch, vcf, name, count)
        yield from _beside(scratch, vcf, name, count)


def _engine(scratch: Path, vcf: Path, name: str, count: int) -> Figure:
    """Measure telling alone, of lines already read."""
    from gennet.genomics.consequences import Fasta, GeneModels, call_alone, read_gff, read_records

    with Fasta(scratch / "genome.fa") as reference:
        models, records = GeneModels(read_gff(scratch / "genes.gff3"), reference), list(read_records(vcf)[1])
        done = function(f"consequences, {name}", "lines in memory", lambda: call_alone(models, records), runs=3)
    return replace(done, note=f"telling alone, 1 thread; {count:,} variants, {count / done.cpu_seconds:,.0f} per CPU s")


def _beside(scratch: Path, vcf: Path, name: str, count: int) -> Iterator[Figure]:
    runs, files = 3 if count <= 100_000 else 1, (scratch / "genes.gff3", scratch / "genome.fa")
    ours = (
        sys.executable,
        "-m",
        "benchmarks.genomics.consequences",
        str(files[0]),
        str(files[1]),
        str(vcf),
        str(scratch / "ours.vcf.gz"),
    )
    yield _rated(command(f"consequences, {name}", "local", ours, runs=runs), count, "GenNet, 1 thread")
    bcftools = shutil.which("bcftools")
    if bcftools is None:
        return
    version = subprocess.run([bcftools, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    theirs = (bcftools, "csq", "-l", "-v", "0", "-f", str(files[1]), "-g", str(files[0]), "-Oz")
    done = command(
        f"bcftools csq, {name}", "local", (*theirs, "-o", str(scratch / "theirs.vcf.gz"), str(vcf)), runs=runs
    )
    yield _rated(done, count, f"bcftools {version}, 1 thread")


def _rated(figure: Figure, count: int, note: str) -> Figure:
    rate = count / figure.cpu_seconds
    return replace(figure, note=f"{note}; {count:,} variants, {rate:,.0f} per CPU s, start and GFF3 included")


def genes(folder: Path, count: int, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Write genes of ten coding exons on both strands, an exon of UTR at each end; return the genome and its exons."""
    pieces, lines, exons, at = ["".join(_random(rng, 500))], list[str](), list[tuple[int, int]](), 500
    for number in range(count):
        strand = "+-"[number % 2]
        codons = [c for c in ("".join(_random(rng, 3)) for _ in range(700)) if c not in _STOPS]
        coding = "".join(("ATG", *codons[:498], "TAA"))
        length, spans = 150, list[tuple[int, int]]()
        gene, place = "", 0
        for exon in range(10):
            spans.append((place, place + length))
            gene += coding[exon * length : (exon + 1) * length]
            intron = "GT" + "".join(_random(rng, 1000)) + "AG" if exon < 9 else ""
            gene += intron
            place += length + len(intron)
        gene = gene if strand == "+" else gene.translate(_COMPLEMENT)[::-1]
        spans = spans if strand == "+" else [(place - b, place - a) for a, b in reversed(spans)]
        lines += _rows(f"G{number}", f"T{number}", strand, [(at + a, at + b) for a, b in spans])
        exons += [(at + a, at + b) for a, b in spans]
        gap = "".join(_random(rng, 500))
        pieces += [gene, gap]
        at += len(gene) + len(gap)
    genome = "".join(pieces)
    wrapped = "\n".join(genome[i : i + 60] for i in range(0, len(genome), 60))
    (folder / "genome.fa").write_text(f">1\n{wrapped}\n")
    (folder / "genes.gff3").write_text("##gff-version 3\n" + "\n".join(lines) + "\n")
    mask = np.zeros(len(genome), bool)
    for start, end in exons:
        mask[start - 10 : end + 10] = True
    return genome, mask


def _random(rng: np.random.Generator, length: int) -> np.ndarray:
    return np.array(list("ACGT"))[rng.integers(0, 4, length)]


def _rows(gene: str, transcript: str, strand: str, spans: list[tuple[int, int]]) -> list[str]:
    first, last = spans[0][0] + 1, spans[-1][1]
    head = f"1\tmade\t%s\t{first}\t{last}\t.\t{strand}\t.\t"
    rows = [
        head % "gene" + f"ID=gene:{gene};Name={gene};biotype=protein_coding",
        head % "mRNA" + f"ID=transcript:{transcript};Parent=gene:{gene};biotype=protein_coding",
    ]
    for start, end in spans:
        for kind, phase in (("exon", "."), ("CDS", "0")):
            rows.append(f"1\tmade\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t{phase}\tParent=transcript:{transcript}")
    return rows


def write_variants(path: Path, genome: str, mask: np.ndarray, count: int, rng: np.random.Generator) -> None:
    """Write variants at the places of `mask`: 85 % substitutions, 9 % deletions, 6 % insertions, as genomes have them."""
    places = np.sort(rng.choice(np.flatnonzero(mask[:-50]), count))
    kinds, sizes, swaps = rng.random(count), rng.geometric(0.4, count), rng.integers(1, 4, count)
    with path.open("w") as file:
        file.write(f"##fileformat=VCFv4.2\n##contig=<ID=1,length={len(genome)}>\n")
        file.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for place, kind, size, swap in zip(
            places.tolist(), kinds.tolist(), sizes.tolist(), swaps.tolist(), strict=True
        ):
            first = genome[place]
            other = "ACGT"[("ACGT".index(first) + swap) % 4]
            if kind < 0.85:
                reference, alternate = first, other
            elif kind < 0.94:
                reference, alternate = genome[place : place + size + 1], first
            else:
                reference, alternate = first, first + other * size
            file.write(f"1\t{place + 1}\t.\t{reference}\t{alternate}\t.\t.\t.\n")


def annotate(gff: Path, fasta: Path, vcf: Path, out: Path) -> None:
    """Do what `bcftools csq -l` does."""
    from gennet.genomics.consequences import Fasta, GeneModels, annotate_vcf, read_gff

    with Fasta(fasta) as reference:
        annotate_vcf(GeneModels(read_gff(gff), reference), vcf, out)


if __name__ == "__main__":
    annotate(*(Path(word) for word in sys.argv[1:]))
