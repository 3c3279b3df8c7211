"""
The VCF reader against htslib (through cyvcf2), line by line, on every VCF of the mirror and on mutated text.

``python -m validation.genomics.reading --mutated 1000000`` reads that many broken files: each must be read or refused
with a sentence, and anything else ends the run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

from gennet.errors import GenNetError
from gennet.genomics._vcf_columns import HAPLOID, Alleles, Columns
from gennet.genomics._vcf_header import read_header
from gennet.genomics._vcf_text import read_columns
from gennet.genomics.builds import chromosome_code
from gennet.genomics.genotypes import _pieces_of, samples_in
from validation.agreement import Agreement, Skipped

MUTATED = 20_000
SAMPLES = 3
_TEXT = (
    b"##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n"
    b"1\t100\trs1\tA\tC\t50\tPASS\tAC=1\tGT:DP:PS\t0|1:9:77\t1/1:3:.\n"
    b"1\t200\t.\tAT\tA,ATT,<NON_REF>\t.\tq10\tDP=3\tGT\t1/2\t0/3\n"
    b"1\t300\t.\tG\t<NON_REF>\t.\t.\tEND=350\tGT:DP:GQ:MIN_DP\t0/0:30:99:21\t./.\n"
    b"1\t400\t.\tC\t<DEL>\t.\t.\tSVTYPE=DEL;END=900\tGT\t0/1\t0/0\n"
    b"X\t500\t.\tC\tT,*\t.\t.\t.\tGT\t1\t2\n"
    b"GL1\t7\t.\tC\tG\t.\t.\t.\tGT\t./1\t.\n"
)
_BODY = _TEXT.index(b"1\t100")


def columns_of(path: Path, sample: str) -> tuple[Columns, Alleles]:
    """Read one sample's lines, before lines of one site are merged."""
    pieces = _pieces_of(path, sample)
    header, rest = read_header((piece() for piece in pieces), path.name)
    alleles = Alleles()
    return read_columns(pieces, rest, header, header.samples.index(sample), alleles, path.name)[0], alleles


def agree(path: Path, sample: str) -> tuple[int, int]:
    """Return how many lines both read, and how many they read alike."""
    from cyvcf2 import VCF

    columns, alleles = columns_of(path, sample)
    texts, row, same = alleles.strings(), 0, 0
    by_line = iter(zip(*(getattr(columns, n).tolist() for n in _NAMES), strict=True))
    for record in VCF(str(path), samples=[sample]):
        if not chromosome_code(record.CHROM) or _structural(record.ALT):
            continue
        position, reference, alternate, one, two, phased = next(by_line, (0, 0, 0, 0, 0, False))
        row += 1
        *calls, theirs_phased = record.genotypes[0]
        ours = [one] if two == HAPLOID else [one, two]
        alts = [a.upper() for a in record.ALT]
        while alts and alts[-1] in {"<NON_REF>", "<*>", "<X>"}:
            alts.pop()
        calls = [c if c <= len(alts) else -1 for c in calls if c != -2]
        listed = [] if alternate == 0 else texts[alternate].split(",")
        alike = (position, texts[reference], listed) == (record.POS, record.REF.upper(), alts)
        # htslib takes a haploid call as phased; the text says nothing of it.
        alike &= ours == calls and (len(calls) == 1 or phased == theirs_phased)
        same += alike
    return row, same if next(by_line, None) is None else -1


_NAMES = ("position", "reference", "alternate", "first", "second", "phased")


def _structural(alts: list[str]) -> bool:
    kept = [a for a in alts if a not in {"<NON_REF>", "<*>", "<X>", "."}]
    return bool(kept) and not any(set(a.upper()) <= set("ACGTN") for a in kept)


def agreements(mirror: Path, work: Path, mutated: int = MUTATED) -> Iterator[Agreement | Skipped]:
    """Yield the mirror's files read alike, then the mutated ones survived."""
    _ = work
    if (mirror / "genomics").is_dir():
        files = [p for p in sorted((mirror / "genomics").rglob("*.vcf*")) if p.suffix in {".vcf", ".gz", ".bgz"}]
        lines = alike = read = 0
        refused = dict[str, int]()
        for path in files:
            try:
                samples = samples_in(path)
                for sample in samples[:: max(1, len(samples) // SAMPLES)][:SAMPLES]:
                    there, same = agree(path, sample)
                    lines, alike = lines + there, alike + same
                read += 1
            except GenNetError as error:
                refused[error.problem] = refused.get(error.problem, 0) + 1
        words = f"{alike:,} of {lines:,} lines alike in {read} files; refused: " + "; ".join(
            f"{count} because {why}" for why, count in refused.items()
        )
        yield Agreement("VCF reader", f"cyvcf2 {metadata.version('cyvcf2')}", lines, words, alike == lines > 0)
    else:
        yield Skipped("VCF reader", "needs GENNET_RESOURCES, a mirror of the public data")
    read, refusals = mutate(mutated, np.random.default_rng(11))
    words = f"{read:,} read, {refusals:,} refused with a sentence, no other end"
    yield Agreement("VCF reader, mutated text", "none: must not crash", mutated, words, holds=True)


def mutate(count: int, rng: np.random.Generator) -> tuple[int, int]:
    """Read texts with some bytes changed, cut or doubled; raise whatever is no GenNetError."""
    read = 0
    for number in range(count):
        data = bytearray(_TEXT)
        for _ in range(int(rng.integers(1, 4))):
            at, kind = int(rng.integers(_BODY if rng.random() < 0.9 else 0, len(data))), int(rng.integers(4))
            if kind == 0:
                data[at] = int(rng.integers(256))
            elif kind == 1:
                del data[at : at + int(rng.integers(1, 40))]
            elif kind == 2:
                data[at:at] = rng.choice(list(b"\t\n\r:/|.,;0129ACGT<>*\xc3"), int(rng.integers(1, 9))).tolist()
            else:
                data[at:at] = data[at // 2 : at]
        read += _survives(bytes(data), int(rng.integers(20, 400)), number)
    return read, count - read


def _survives(data: bytes, size: int, number: int) -> bool:
    pieces = iter([lambda i=i: data[i : i + size] for i in range(0, len(data), size)])
    try:
        header, rest = read_header((piece() for piece in pieces), "mutated")
        read_columns(pieces, rest, header, number % len(header.samples), Alleles(), "mutated", threads=1)
    except GenNetError:
        return False
    return True


def main() -> int:
    """Mutate as many texts as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutated", type=int, default=MUTATED)
    read, refused = mutate(parser.parse_args().mutated, np.random.default_rng(11))
    print(f"{read:,} read, {refused:,} refused with a sentence, no other end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
