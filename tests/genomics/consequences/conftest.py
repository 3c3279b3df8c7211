"""Genes made on the spot: two strands, three coding exons, untranslated ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from gennet.genomics.consequences import GeneModels, HeldReference, Record, transcripts_of
from gennet.genomics.consequences.codes import reverse_complement

STOPS = {"TAA", "TAG", "TGA"}


@dataclass(frozen=True)
class Made:
    """A gene, the genome it lies on, and what is known of it by construction."""

    models: GeneModels
    genome: str
    gff: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]
    reverse: bool

    def spliced(self, genome: str, shift=lambda position: position) -> str:
        """Read the coding sequence of a genome whose positions moved by `shift`."""
        bases = "".join(genome[shift(start) : shift(end)] for start, end in self.cds)
        return reverse_complement(bases) if self.reverse else bases

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the gene as GFF3 and FASTA."""
        gff, fasta = folder / "gene.gff3", folder / "genome.fa"
        gff.write_text(self.gff)
        lines = [self.genome[i : i + 60] for i in range(0, len(self.genome), 60)]
        fasta.write_text(">1\n" + "\n".join(lines) + "\n")
        return gff, fasta


def make_gene(seed: int, *, reverse: bool, contig: str = "1", codons: int = 30) -> Made:
    rng = np.random.default_rng(seed)

    def bases(count: int) -> str:
        return "".join("ACGT"[n] for n in rng.integers(0, 4, count))

    chosen = [c for c in (bases(3) for _ in range(codons * 3)) if c not in STOPS][: codons - 2]
    coding = "".join(("ATG", *chosen, ("TAA", "TAG", "TGA")[seed % 3]))
    cuts = (0, 31, 62, len(coding))
    five, three = bases(20), bases(20)
    exons = [five + coding[cuts[0] : cuts[1]], coding[cuts[1] : cuts[2]], coding[cuts[2] : cuts[3]] + three]
    pieces, spans = exons[0], [(0, len(exons[0]))]
    for exon in exons[1:]:
        pieces += "GT" + bases(30) + "AG"
        spans.append((len(pieces), len(pieces) + len(exon)))
        pieces += exon
    cds = [(20, spans[0][1]), spans[1], (spans[2][0], spans[2][1] - 20)]
    length = len(pieces)
    before, after = bases(40), bases(40)

    def placed(span: tuple[int, int]) -> tuple[int, int]:
        start, end = (length - span[1], length - span[0]) if reverse else span
        return start + 40, end + 40

    genome = before + (reverse_complement(pieces) if reverse else pieces) + after
    rows, strand = list[tuple[str, tuple[int, int], str, str]](), "-" if reverse else "+"
    whole = placed((0, length))
    rows.append(("gene", whole, ".", "ID=gene:G1;Name=GENE;biotype=protein_coding"))
    rows.append(("mRNA", whole, ".", "ID=transcript:T1;Parent=gene:G1;biotype=protein_coding;version=2"))
    rows += [("exon", placed(span), ".", "Parent=transcript:T1") for span in spans]
    phases = [str(-cut % 3) for cut in cuts[:3]]
    rows += [("CDS", placed(span), phase, "Parent=transcript:T1") for span, phase in zip(cds, phases, strict=True)]
    rows.append(("five_prime_UTR", placed((0, 20)), ".", "Parent=transcript:T1"))
    rows.append(("three_prime_UTR", placed((length - 20, length)), ".", "Parent=transcript:T1"))
    text = "##gff-version 3\n" + "".join(
        f"{contig}\tmade\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t{phase}\t{words}\n"
        for kind, (start, end), phase, words in rows
    )
    models = GeneModels(transcripts_of(text.splitlines()), HeldReference({contig: genome}))
    return Made(
        models, genome, text, tuple(sorted(placed(s) for s in spans)), tuple(sorted(placed(s) for s in cds)), reverse
    )


@pytest.fixture(scope="session")
def gene():
    return make_gene


@pytest.fixture
def line():
    def _line(made: Made, position: int, count: int, *alternates: str, genotypes=(), contig: str = "1") -> Record:
        """Write a line at a 0-based position that replaces `count` bases."""
        return Record(contig, position, made.genome[position : position + count], alternates, genotypes, 1)

    return _line


@pytest.fixture(scope="session")
def texts():
    def _texts(found) -> set[str]:
        return {one.bcsq() for one in found}

    return _texts


@pytest.fixture(scope="session")
def slices() -> Path:
    import os

    folder = Path(os.environ.get("GENNET_RESOURCES", "nowhere")) / "genomics" / "consequences"
    if not folder.is_dir():
        pytest.skip("bcftools' consequence cases are not at hand: set GENNET_RESOURCES to the mirror")
    return folder
