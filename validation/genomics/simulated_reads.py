"""
Genomes with known structural variants, and paired reads from them: ground truth for callers.

The reference has families of dispersed repeats (like SINEs and LINEs, diverged copies) and tandem repeats, since a caller
that only meets random sequence learns nothing about false alarms. Variants lie on one or both of two haplotypes beside
SNPs; reads have sequencing errors and a spread of fragment lengths. Everything follows from the seed.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from gennet.genomics.structural import Call, Kind, Mate, StructuralVariant
from gennet.genomics.structural.evidence import LEFT, RIGHT

BASES = np.frombuffer(b"ACGT", np.uint8)
_COMPLEMENT = np.zeros(256, np.uint8)
_COMPLEMENT[np.frombuffer(b"ACGTN", np.uint8)] = np.frombuffer(b"TGCAN", np.uint8)
_READ = 150
_APART = 3_000
"""Bases kept free between variants."""


@dataclass(frozen=True)
class Plan:
    """What is simulated."""

    seed: int
    contigs: tuple[int, ...] = (2_000_000, 1_500_000, 1_500_000, 1_000_000)
    """At most one translocation joins each two in turn."""
    counts: dict[Kind, int] = field(
        default_factory=lambda: {
            Kind.DELETION: 60, Kind.DUPLICATION: 30, Kind.INVERSION: 30, Kind.INSERTION: 30, Kind.BREAKEND: 2,
        }
    )  # fmt: skip
    depth: float = 20.0
    largest: int = 200_000
    errors: float = 0.003
    fragment: tuple[float, float] = (420.0, 80.0)


@dataclass(frozen=True)
class Piece:
    """A stretch of a haplotype: of the reference (maybe read backwards), or new sequence."""

    contig: int
    start: int
    end: int
    backwards: bool = False
    new: np.ndarray | None = None


def reference(plan: Plan) -> list[np.ndarray]:
    """Make contigs of ASCII bases."""
    rng = np.random.default_rng([plan.seed, 1])
    families = [rng.choice(BASES, length) for length in (300, 300, 1_200, 6_000)]
    contigs = []
    for length in plan.contigs:
        gc = np.repeat(rng.uniform(0.36, 0.52, length // 1000 + 1), 1000)[:length]
        strong = rng.random(length) < gc
        contig = np.where(strong, rng.choice(BASES[1:3], length), rng.choice(BASES[[0, 3]], length))
        for family, per_mb in zip(families, (250, 150, 30, 15), strict=True):
            for at in rng.integers(0, length - len(family), int(per_mb * length / 1e6)):
                copy = family.copy()
                changed = rng.random(len(copy)) < rng.uniform(0.02, 0.2)
                copy[changed] = rng.choice(BASES, int(changed.sum()))
                contig[at : at + len(copy)] = copy if rng.random() < 0.5 else _COMPLEMENT[copy[::-1]]
        for at in rng.integers(0, length - 400, int(60 * length / 1e6)):
            unit = rng.choice(BASES, rng.integers(2, 40))
            stretch = np.resize(unit, rng.integers(60, 300))
            contig[at : at + len(stretch)] = stretch
        contigs.append(contig)
    return contigs


def variants(plan: Plan, contigs: list[np.ndarray]) -> list[StructuralVariant]:
    """Place variants apart from each other; sizes are log-uniform from 50 to `largest`."""
    rng = np.random.default_rng([plan.seed, 2])
    taken: list[list[tuple[int, int]]] = [[(0, 2_000), (len(c) - 2_000, len(c))] for c in contigs]
    made: list[StructuralVariant] = []
    kinds = [kind for kind, n in plan.counts.items() for _ in range(n)]
    sizes = np.exp(rng.uniform(np.log(50), np.log(plan.largest), len(kinds))).astype(int)
    pairs = iter(range(0, 2 * plan.counts.get(Kind.BREAKEND, 0), 2))
    for kind, drawn in sorted(zip(kinds, sizes.tolist(), strict=True), key=lambda x: -x[1]):
        call = Call((0, 1) if rng.random() < 0.6 else (1, 1))
        if kind is Kind.BREAKEND:
            pair = next(pairs)
            first, second = _place(rng, contigs, taken, 1, pair), _place(rng, contigs, taken, 1, pair + 1)
            (a, p), (b, q) = first, second
            made.append(StructuralVariant(kind, _name(a), p, p, mate=Mate(_name(b), q + 1, LEFT, RIGHT), call=call))
            made.append(StructuralVariant(kind, _name(a), p + 1, p + 1, mate=Mate(_name(b), q, RIGHT, LEFT), call=call))
            continue
        size = int(np.exp(rng.uniform(np.log(50), np.log(1_000)))) if kind is Kind.INSERTION else drawn
        contig, start = _place(rng, contigs, taken, 1 if kind is Kind.INSERTION else size, None)
        new = rng.choice(BASES, size).tobytes().decode() if kind is Kind.INSERTION else None
        end = start if kind is Kind.INSERTION else start + size
        made.append(StructuralVariant(kind, _name(contig), start, end, size, new, call=call))
    return made


def _name(contig: int) -> str:
    return f"chr{contig + 1}"


def _place(
    rng: np.random.Generator, contigs: list[np.ndarray], taken: list[list[tuple[int, int]]], size: int, on: int | None
) -> tuple[int, int]:
    for _ in range(2_000):
        contig = int(rng.integers(len(contigs))) if on is None else on
        start = int(rng.integers(2_000, max(len(contigs[contig]) - size - 2_000, 2_001)))
        low, high = start - _APART, start + size + _APART
        if all(high < a or low > b for a, b in taken[contig]):
            taken[contig].append((start, start + size))
            return contig, start
    raise ValueError("the genome is too small for so many variants")


def haplotypes(plan: Plan, contigs: list[np.ndarray], truth: list[StructuralVariant]) -> list[np.ndarray]:
    """Return the derived chromosomes of both haplotypes."""
    rng = np.random.default_rng([plan.seed, 3])
    derived = []
    for copy in (0, 1):
        with_snps = []
        for contig in contigs:
            changed = contig.copy()
            at = np.flatnonzero(rng.random(len(contig)) < 0.001)
            changed[at] = rng.choice(BASES, len(at))
            with_snps.append(changed)
        here = [v for v in truth if v.call is not None and (v.call.copies == 2 or copy == 0)]
        rows = _swapped([_pieces(i, len(c), here) for i, c in enumerate(contigs)], here)
        derived += [np.concatenate([_sequence(piece, with_snps) for piece in row]) for row in rows]
    return derived


def _pieces(contig: int, length: int, here: list[StructuralVariant]) -> list[Piece]:
    pieces, at = [], 0
    for v in sorted((v for v in here if v.chromosome == _name(contig)), key=lambda v: v.position):
        if v.kind is Kind.BREAKEND:
            continue
        pieces.append(Piece(contig, at, v.position))
        at = v.end
        if v.kind is Kind.INSERTION and v.inserted is not None:
            pieces.append(Piece(-1, 0, 0, new=np.frombuffer(v.inserted.encode(), np.uint8)))
        elif v.kind is Kind.DUPLICATION:
            pieces += [Piece(contig, v.position, v.end)] * 2
        elif v.kind is Kind.INVERSION:
            pieces.append(Piece(contig, v.position, v.end, backwards=True))
    return [*pieces, Piece(contig, at, length)]


def _swapped(rows: list[list[Piece]], here: list[StructuralVariant]) -> list[list[Piece]]:
    """Exchange the tails of chromosomes at reciprocal translocations."""
    for v in here:
        if v.kind is Kind.BREAKEND and v.mate is not None and v.mate.own_forward:
            row_a, row_b = (int(name.removeprefix("chr")) - 1 for name in (v.chromosome, v.mate.chromosome))
            at_a, at_b = _cut(rows, row_a, v.position), _cut(rows, row_b, v.mate.position - 1)
            a, b = rows[row_a], rows[row_b]
            rows[row_a], rows[row_b] = a[:at_a] + b[at_b:], b[:at_b] + a[at_a:]
    return rows


def _cut(rows: list[list[Piece]], contig: int, position: int) -> int:
    """Cut a chromosome at a position; return where its tail begins."""
    row = rows[contig]
    for i, piece in enumerate(row):
        if piece.contig == contig and piece.start < position < piece.end and not piece.backwards:
            halves = [Piece(contig, piece.start, position), Piece(contig, position, piece.end)]
            rows[contig] = [*row[:i], *halves, *row[i + 1 :]]
            return i + 1
    raise ValueError("a translocation lies in another variant")


def _sequence(piece: Piece, contigs: list[np.ndarray]) -> np.ndarray:
    if piece.new is not None:
        return piece.new
    found = contigs[piece.contig][piece.start : piece.end]
    return _COMPLEMENT[found[::-1]] if piece.backwards else found


def write_fastq(plan: Plan, derived: list[np.ndarray], first: Path, second: Path) -> None:
    """Sample read pairs evenly from the derived chromosomes."""
    rng = np.random.default_rng([plan.seed, 4])
    quality = b"I" * _READ
    with first.open("wb") as one, second.open("wb") as two:
        for number, chromosome in enumerate(derived):
            pairs = int(len(chromosome) * plan.depth / 2 / (2 * _READ))
            lengths = np.maximum(rng.normal(*plan.fragment, pairs).astype(int), _READ)
            starts = (rng.random(pairs) * (len(chromosome) - lengths)).astype(int)
            for i, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
                left = _read(rng, chromosome[start : start + _READ], plan.errors)
                right = _read(rng, _COMPLEMENT[chromosome[start + length - _READ : start + length][::-1]], plan.errors)
                pair = (left, right) if rng.random() < 0.5 else (right, left)
                for out, read in zip((one, two), pair, strict=True):
                    out.write(b"@r%d_%d\n%b\n+\n%b\n" % (number, i, read, quality))


def _read(rng: np.random.Generator, bases: np.ndarray, errors: float) -> bytes:
    wrong = rng.poisson(errors * len(bases))
    if wrong:
        bases = bases.copy()
        bases[rng.integers(0, len(bases), wrong)] = rng.choice(BASES, wrong)
    return bases.tobytes()


def write_fasta(contigs: list[np.ndarray], path: Path) -> None:
    """Write the reference."""
    with path.open("wb") as out:
        for i, contig in enumerate(contigs):
            out.write(b">%b\n" % _name(i).encode())
            text = contig.tobytes()
            for at in range(0, len(text), 80):
                out.write(text[at : at + 80] + b"\n")


def simulate(plan: Plan, folder: Path) -> list[StructuralVariant]:
    """
    Write ``ref.fa`` and ``reads.bam`` (aligned by ``bwa mem``, sorted, indexed by samtools) and return the truth.

    Needs bwa and samtools (Debian packages of these names).
    """
    folder.mkdir(parents=True, exist_ok=True)
    contigs = reference(plan)
    truth = variants(plan, contigs)
    write_fasta(contigs, folder / "ref.fa")
    write_fastq(plan, haplotypes(plan, contigs, truth), folder / "1.fq", folder / "2.fq")
    _run(["bwa", "index", "ref.fa"], folder)
    _run(["samtools", "faidx", "ref.fa"], folder)
    with (folder / "reads.sam").open("wb") as out:
        group = "@RG\\tID:s\\tSM:s"
        command = ["bwa", "mem", "-t", "2", "-R", group, "ref.fa", "1.fq", "2.fq"]
        _run(command, folder, out)
    _run(["samtools", "sort", "-o", "reads.bam", "reads.sam"], folder)
    _run(["samtools", "index", "reads.bam"], folder)
    for name in ("reads.sam", "1.fq", "2.fq"):
        (folder / name).unlink()
    return truth


def _run(command: list[str], folder: Path, out: IO[bytes] | int = subprocess.DEVNULL) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=out, stderr=subprocess.DEVNULL)
