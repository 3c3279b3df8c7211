"""A person's VCF: bytes of a template with the alleles filled in, compressed as bgzip does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from gennet.core.bgzf import bgzip
from gennet.genomics.builds import CHROMOSOMES, Build, chromosome_lengths
from gennet.research.synthetic.founders import panel
from gennet.research.synthetic.model import SyntheticModel
from gennet.research.synthetic.pharmacogenes import SITES, regions

_AT_ONCE = 100_000  # rows that are Python objects at a time


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """The rows of a VCF with every genotype ``0|0``, and where the alleles stand."""

    rows: NDArray[np.uint8]
    sites: NDArray[np.int64]
    """Offset of the first allele of each site of the panel; the second is two bytes on."""
    genes: dict[str, int]
    """Offset of the first allele of each pharmacogene site."""


@lru_cache(maxsize=4)
def template(model: SyntheticModel, build: Build) -> Template:
    """
    Lay out all rows of a build in order: background sites, pharmacogene sites, reference blocks between these.

    >>> template(SyntheticModel(sites=300), Build.GRCH37).genes.keys() == SITES.keys()
    True
    """
    rows, sites, genes = bytearray(), np.zeros(panel(model).size, np.int64), {}
    for _, _, key, text in merge(_background(model, build), sorted(_genes(build)), key=itemgetter(0, 1)):
        rows += text
        if isinstance(key, str):
            genes[key] = len(rows) - 4
        elif key >= 0:
            sites[key] = len(rows) - 4
    return Template(np.frombuffer(rows, np.uint8), sites, genes)


Row = tuple[int, int, "int | str", bytes]


def _name(code: int, build: Build) -> str:
    return f"chr{CHROMOSOMES[code - 1]}" if build is Build.GRCH38 else CHROMOSOMES[code - 1]


def _background(model: SyntheticModel, build: Build) -> Iterator[Row]:
    founders = panel(model)
    positions = founders.positions(build)
    for start in range(0, founders.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        columns = (
            founders.chromosome[part].tolist(),
            positions[part].tolist(),
            founders.reference[part].tolist(),
            founders.alternate[part].tolist(),
        )
        for key, (code, position, one, other) in enumerate(zip(*columns, strict=True), start=start):
            text = f"{_name(code, build)}\t{position}\tsyn{key + 1}\t{one}\t{other}\t.\tPASS\t.\tGT\t0|0\n"
            yield code, position, key, text.encode()


def _genes(build: Build) -> Iterator[Row]:
    for code, start, end in regions(build):
        inside = sorted(
            (site.place(build)[0], site)
            for site in SITES.values()
            if site.chromosome == code and start <= site.place(build)[0] <= end
        )
        at = start
        for position, site in inside:
            yield from _block(code, at, position - 1, build)
            _, one, other = site.place(build)
            text = f"{_name(code, build)}\t{position}\t{site.rsid}\t{one}\t{other}\t.\tPASS\t.\tGT\t0|0\n"
            yield code, position, site.rsid, text.encode()
            at = position + 1
        yield from _block(code, at, end, build)


def _block(code: int, start: int, end: int, build: Build) -> Iterator[Row]:
    # What is between the sites was seen and is reference; its bases are not known to the model, hence N.
    if start <= end:
        text = f"{_name(code, build)}\t{start}\t.\tN\t<NON_REF>\t.\tPASS\tEND={end}\tGT\t0|0\n"
        yield code, start, -1, text.encode()


def vcf(
    model: SyntheticModel,
    build: Build,
    sample: str,
    haplotypes: NDArray[np.int8],
    genes: Mapping[str, tuple[int, int]],
) -> Iterator[bytes]:
    """
    Yield the bgzip bytes of a person's VCF 4.2.

    Parameters
    ----------
    haplotypes
        Shape (2, sites of the panel); 1 is the alternate allele.
    genes
        Alleles at the pharmacogene sites by rs number, 1 is the alternate of this build.
    """
    laid = template(model, build)
    rows = laid.rows.copy()
    for one in range(2):
        rows[laid.sites + 2 * one] += haplotypes[one].astype(np.uint8)
        for rsid, alleles in genes.items():
            rows[laid.genes[rsid] + 2 * one] += alleles[one]
    yield from bgzip(header(model, build, sample).encode() + rows.tobytes())


def header(model: SyntheticModel, build: Build, sample: str) -> str:
    """
    Write the head of a VCF: contigs with lengths and assembly, so that the build is never in doubt.

    >>> header(SyntheticModel(), Build.GRCH38, "p").splitlines()[0]
    '##fileformat=VCFv4.2'
    """
    lengths = chromosome_lengths(build)
    contigs = (f"##contig=<ID={_name(code, build)},length={lengths[code]},assembly={build}>" for code in range(1, 23))
    lines = (
        "##fileformat=VCFv4.2",
        f"##source=GenNet synthetic people, model {model.version}",
        '##ALT=<ID=NON_REF,Description="Any allele that is not the reference">',
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of a reference block">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        *contigs,
        f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}",
    )
    return "\n".join((*lines, ""))
