"""The resources of the pharmacogenes, and people made from definitions."""

from __future__ import annotations

import pytest

from gennet.genomics import diplotypes, drug_guidance, read_vcf
from gennet.genomics.builds import chromosome_name
from gennet.genomics.pharmacogenes.definitions import read_definitions

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
HEADING = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n"


@pytest.fixture(scope="session")
def pharmcat(mirror):
    return mirror / "pharmacogenes/pharmcat"


@pytest.fixture(scope="session")
def resources(mirror, pharmcat):
    return {
        "pharmcat_definitions": pharmcat / "alleles",
        "pharmcat_phenotypes": pharmcat / "phenotypes",
        "pharmcat_cyp2d6": pharmcat / "phenotypes_v2.12.0/cpic/CYP2D6.json",
        "pharmacogene_tables": mirror / "pharmacogenes/pypgx",
    }


@pytest.fixture(scope="session")
def genes(resources):
    return read_definitions(resources["pharmcat_definitions"])


@pytest.fixture(scope="session")
def advise(resources, pharmcat):
    rest = {name: path for name, path in resources.items() if name != "pharmcat_definitions"}

    def _advise(found, medications=None):
        folders = {
            "pharmcat_guidelines": pharmcat / "guidelines",
            "pharmcat_dpwg": pharmcat / "phenotypes_v2.12.0/dpwg",
        }
        return drug_guidance(found, medications, **folders, **rest)

    return _advise


@pytest.fixture
def person(write, resources, genes):
    """Call a person whose VCF holds the named genes with these calls by rsID or position, the rest reference."""

    def _person(*symbols, calls=None, skip=(), extra=(), outside=None, copies=None, phased=False):
        rows = [r for symbol in symbols for r in vcf_rows(genes[symbol], calls or {}, skip, phased=phased)]
        text = HEADER + HEADING + "".join(f"{row}\n" for row in (*rows, *extra))
        return diplotypes(read_vcf(write(text))[0], outside, copies, **resources)

    return _person


def vcf_rows(gene, calls, skip=(), *, phased=False):
    """Write a gene's loci as VCF lines: `calls` maps rsID or position to a genotype such as ``0/1``."""
    for locus in gene.loci:
        if locus.rsid in skip or locus.position in skip:
            continue
        call = calls.get(locus.rsid) or calls.get(locus.position) or ("0|0" if phased else "0/0")
        yield (
            f"chr{chromosome_name(locus.chromosome)}\t{locus.position}\t{locus.rsid or '.'}\t{locus.reference}\t"
            f"{','.join(locus.alternates)}\t.\tPASS\t.\t{'GT:PS' if ':' in call else 'GT'}\t{call}"
        )
