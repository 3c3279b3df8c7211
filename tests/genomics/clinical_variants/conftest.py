"""A gene on each strand, made by hand: exon lengths are chosen so that every branch of PVS1 can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gennet.genomics.annotation import Store, build_store
from gennet.genomics.builds import Build
from gennet.genomics.clinical_variants.genes import Gene, Inheritance, read_genes
from gennet.genomics.clinical_variants.judging import Bench, Judged
from gennet.genomics.clinical_variants.rules import Rules, read_rules
from gennet.genomics.consequences.codes import genetic_code, reverse_complement
from gennet.genomics.consequences.gff import read_gff
from gennet.genomics.consequences.models import GeneModels
from gennet.genomics.fasta import HeldReference

LENGTH = 2000
EXONS = ((100, 190), (300, 400), (500, 590), (700, 900))
"""0-based and half-open, in the transcript's direction; the coding sequence is 60 + 100 + 90 + 80 bases."""
CDS = ((130, 190), (300, 400), (500, 590), (700, 780))
PROTEIN = 109
"""Residues: 330 bases less the stop. The last junction lies at base 250 of the coding sequence."""


@dataclass(frozen=True)
class HandGene:
    contig: str
    bases: str
    """Of the contig, as the genome has it."""
    reverse: bool

    def _place(self, start: int, end: int) -> tuple[int, int]:
        return (LENGTH - end, LENGTH - start) if self.reverse else (start, end)

    def spliced(self) -> str:
        parts = [self.bases[slice(*self._place(*span))] for span in CDS]
        return "".join(reverse_complement(p) if self.reverse else p for p in parts)

    def _change(self, start: int, end: int, alternate: str) -> tuple[str, int, str, str]:
        low, high = self._place(start, end)
        alternate = reverse_complement(alternate) if self.reverse else alternate
        return self.contig, low + 1, self.bases[low:high], alternate

    def coding(self, base: int, length: int, alternate: str) -> tuple[str, int, str, str]:
        """A change of bases of the coding sequence, numbered from 0, within one exon."""
        before = 0
        for start, end in CDS:
            if base < before + end - start:
                return self._change(start + base - before, start + base - before + length, alternate)
            before += end - start
        raise AssertionError(base)

    def beside(self, at: int, alternate: str) -> tuple[str, int, str, str]:
        """A change of one base, numbered in the transcript's direction along the contig."""
        return self._change(at, at + 1, alternate)

    def codon(self, residue: int) -> str:
        return self.spliced()[3 * (residue - 1) : 3 * residue]

    def to_codon(self, residue: int, codon: str) -> tuple[str, int, str, str]:
        """The shortest change that turns a residue's codon into another one."""
        old, at = self.codon(residue), 3 * (residue - 1)
        first = next(i for i in range(3) if old[i] != codon[i])
        last = next(i for i in (2, 1, 0) if old[i] != codon[i])
        return self.coding(at + first, last - first + 1, codon[first : last + 1])


def _hand(contig: str, *, reverse: bool) -> HandGene:
    rng = np.random.default_rng(11)
    bases = list("".join(rng.choice(list("ACGT"), LENGTH)))
    table = genetic_code(1).codons
    sense = sorted(codon for codon, residue in table.items() if residue not in "*M" and set(codon) <= set("ACGT"))
    # Three base changes apart from each other are many; glutamine codons become stops by one.
    codons = ["ATG", *(sense[int(i)] for i in rng.integers(0, len(sense), PROTEIN - 1)), "TAA"]
    for residue in (20, 66, 67, 100, 105):
        codons[residue - 1] = "CAG"
    codons[29] = "ATG"
    coding, at = "".join(codons), 0
    for start, end in CDS:
        bases[start:end] = coding[at : at + end - start]
        at += end - start
    for start, end in EXONS:
        bases[start - 2 : start], bases[end : end + 2] = "AG", "GT"
    text = "".join(bases)
    return HandGene(contig, reverse_complement(text) if reverse else text, reverse)


@pytest.fixture(scope="session", params=["forward", "reverse"])
def gene(request: pytest.FixtureRequest) -> HandGene:
    return _hand("chr1", reverse=request.param == "reverse")


def gff(gene: HandGene) -> str:
    strand = "-" if gene.reverse else "+"

    def row(kind: str, start: int, end: int, attributes: str, phase: str = ".") -> str:
        low, high = gene._place(start, end)
        return f"{gene.contig}\te\t{kind}\t{low + 1}\t{high}\t.\t{strand}\t{phase}\t{attributes}"

    ids = "ID=transcript:T1;Parent=gene:G1;biotype=protein_coding;transcript_id=T1;tag=MANE_Select"
    rows = [
        row("gene", 100, 900, "ID=gene:G1;Name=HAND;biotype=protein_coding;gene_id=G1"),
        row("mRNA", 100, 900, ids),
        *(row("exon", *span, "Parent=transcript:T1") for span in EXONS),
    ]
    before = 0
    for start, end in CDS:
        rows.append(row("CDS", start, end, "ID=CDS:P1;Parent=transcript:T1", str(-before % 3)))
        before += end - start
    rows += [
        row("five_prime_UTR", 100, 130, "Parent=transcript:T1"),
        row("three_prime_UTR", 780, 900, "Parent=transcript:T1"),
    ]
    return "##gff-version 3\n" + "\n".join(rows) + "\n"


class HandBench:
    """Judges variants of the hand-made gene with the stores a test writes."""

    def __init__(self, gene: HandGene, folder: Path) -> None:
        self.gene, self.folder = gene, folder
        (folder / "genes.gff3").write_text(gff(gene))
        self.models = GeneModels(read_gff(folder / "genes.gff3"), HeldReference({gene.contig: gene.bases}))
        self.stores: list[Store] = []

    def store(
        self, lines: list[tuple[tuple[str, int, str, str], str]], head: str, name: str, **options: object
    ) -> None:
        text = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n" + head
        text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        text += "".join(
            f"{c}\t{p}\t{n}\t{r}\t{a}\t.\tPASS\t{info}\n" for n, ((c, p, r, a), info) in enumerate(lines, 1)
        )
        path = self.folder / f"{name}.vcf"
        path.write_text(text)
        build_store([path], self.folder / f"{name}.arrow", **options)  # type: ignore[arg-type]
        self.stores.append(Store(self.folder / f"{name}.arrow"))

    def clinvar(self, *lines: tuple[tuple[str, int, str, str], str]) -> None:
        told = [(variant, f"CLNSIG={said};CLNREVSTAT=reviewed_by_expert_panel") for variant, said in lines]
        self.store(told, '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">\n', "clinvar")

    def gnomad(self, *lines: tuple[tuple[str, int, str, str], str], **options: object) -> None:
        head = "".join(
            f'##INFO=<ID={name},Number={number},Type=Float,Description="">\n'
            for name, number in (("AC", "A"), ("AN", "1"), ("nhomalt", "A"), ("AC_XY", "A"), ("faf95_nfe", "A"))
        )
        self.store(list(lines), head, "gnomad", **options)

    def scores(self, column: str, *lines: tuple[tuple[str, int, str, str], float]) -> None:
        path = self.folder / f"{column}.tsv"
        rows = "".join("\t".join(map(str, (*variant, score))) + "\n" for variant, score in lines)
        path.write_text(f"chrom\tpos\tref\talt\t{column}\n{rows}")
        build_store([path], self.folder / f"{column}.arrow", build=Build.GRCH38)
        self.stores.append(Store(self.folder / f"{column}.arrow"))

    def judge(
        self, *variants: tuple[str, int, str, str], lof: bool | None = True,
        inheritance: Inheritance | None = Inheritance.DOMINANT, rules: Rules | None = None, stated: object = None,
        **known: object,
    ) -> list[Judged]:  # fmt: skip
        genes = read_genes()
        genes["HAND"] = Gene("HAND", "Hand disease", inheritance, lof, **known)  # type: ignore[arg-type]
        bench = Bench(
            Build.GRCH38,
            self.models,
            tuple(self.stores),
            rules or read_rules(),
            genes,
            stated or {},
            frozenset(["T1"]),  # type: ignore[arg-type]
        )
        return list(bench.judge(variants))


@pytest.fixture
def bench(gene: HandGene, tmp_path: Path) -> HandBench:
    return HandBench(gene, tmp_path)
