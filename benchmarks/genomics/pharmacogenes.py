"""
The pharmacogenes of one person: 20 genes with every arrangement of their genotypes, and 118 guidelines.

No peer: PyPGx reads pipelines of its own, and PharmCAT is Java and in none of PyPI, npm and Debian.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, function
from gennet import bootstrap
from gennet.genomics import Diplotypes, Genotypes, diplotypes, drug_guidance, read_vcf
from gennet.genomics.builds import chromosome_name
from gennet.genomics.pharmacogenes.definitions import read_definitions

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=1,length=248956422>\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield the warm figures of one person: with few and with many heterozygous positions, phased and not."""
    tables = {name.replace("-", "_"): path for name, path in bootstrap.tables().items()}
    named = ("pharmcat_definitions", "pharmcat_phenotypes", "pharmcat_cyp2d6", "pharmacogene_tables")
    if any(name not in tables for name in named):
        return
    inputs = {name: tables[name] for name in named}

    def call(genotypes: Genotypes) -> Diplotypes:
        return diplotypes(genotypes, **inputs)

    for share, words in ((0.0, "reference"), (0.02, "2 % heterozygous"), (0.2, "20 % heterozygous")):
        person = _person(scratch, tables["pharmcat_definitions"], share)
        yield function(
            f"pharmacogenes_{round(share * 100)}",
            f"20 genes and MT-RNR1 of one person, 1,185 positions unphased, {words}",
            lambda person=person: call(person),
            note="float64, 1 thread; tables read before",
        )
    found = call(_person(scratch, tables["pharmcat_definitions"], 0.0))
    rest = {n: tables[n] for n in ("pharmcat_guidelines", "pharmcat_dpwg", *named[1:])}
    yield function(
        "pharmacogenes_guidance",
        "118 guidelines looked up for one person",
        lambda: drug_guidance(found, **rest),
        note="1 thread; tables read before",
    )


def _person(scratch: Path, definitions: Path, share: float) -> Genotypes:
    rng = np.random.default_rng(3)
    path = scratch / "person.vcf"
    rows = [
        (locus.chromosome, locus.position, locus.reference, ",".join(locus.alternates), rng.random() < share)
        for gene in read_definitions(definitions).values()
        for locus in gene.loci
    ]
    lines = (
        f"{chromosome_name(c)}\t{p}\t.\t{ref}\t{alt}\t.\tPASS\t.\tGT\t{'0/1' if het else '0/0'}\n"
        for c, p, ref, alt, het in sorted(rows)
    )
    path.write_text(HEADER + COLUMNS + "".join(lines))
    return read_vcf(path)[0]
