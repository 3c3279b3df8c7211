"""Eight pharmacogenes: sites in both builds, star alleles with published frequencies, drawn per haplotype."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gennet.genomics.builds import Build
from gennet.genomics.pharmacogenes.prior import EUROPEAN


@dataclass(frozen=True, slots=True)
class GeneSite:
    """One variant site; the reference base differs between builds at two of them."""

    rsid: str
    chromosome: int
    grch37: int
    """1-based."""
    grch38: int
    alleles37: tuple[str, str]
    """Reference and alternate."""
    alleles38: tuple[str, str]

    def place(self, build: Build) -> tuple[int, str, str]:
        """Return position, reference and alternate in a build."""
        if build is Build.GRCH37:
            return (self.grch37, *self.alleles37)
        return (self.grch38, *self.alleles38)


def _site(rsid: str, chromosome: int, grch37: int, grch38: int, alleles: str, alleles37: str = "") -> GeneSite:
    older = alleles37 or alleles
    return GeneSite(rsid, chromosome, grch37, grch38, (older[0], older[1]), (alleles[0], alleles[1]))


# dbSNP build 156 (https://www.ncbi.nlm.nih.gov/snp/): rs number, chromosome, GRCh37, GRCh38, bases of the plus strand.
SITES: dict[str, GeneSite] = {
    site.rsid: site
    for site in (
        _site("rs67376798", 1, 97547947, 97082391, "TA"),
        _site("rs1801160", 1, 97770920, 97305364, "CT"),
        _site("rs3918290", 1, 97915614, 97450058, "CT"),
        _site("rs55886062", 1, 97981343, 97515787, "AC"),
        _site("rs1801159", 1, 97981395, 97515839, "TC"),
        _site("rs56038477", 1, 98039419, 97573863, "CT"),
        _site("rs75017182", 1, 98045449, 97579893, "GC"),
        _site("rs1801265", 1, 98348885, 97883329, "AG", "GA"),
        _site("rs2231142", 4, 89052323, 88131171, "GT"),
        _site("rs1142345", 6, 18130918, 18130687, "TC"),
        _site("rs1800460", 6, 18139228, 18138997, "CT"),
        _site("rs1800462", 6, 18143955, 18143724, "CG"),
        _site("rs12248560", 10, 96521657, 94761900, "CT"),
        _site("rs28399504", 10, 96522463, 94762706, "AG"),
        _site("rs12769205", 10, 96535124, 94775367, "AG"),
        _site("rs41291556", 10, 96535173, 94775416, "TC"),
        _site("rs4986893", 10, 96540410, 94780653, "GA"),
        _site("rs4244285", 10, 96541616, 94781859, "GA"),
        _site("rs3758581", 10, 96602623, 94842866, "AG", "GA"),
        _site("rs1799853", 10, 96702047, 94942290, "CT"),
        _site("rs28371685", 10, 96740981, 94981224, "CT"),
        _site("rs1057910", 10, 96741053, 94981296, "AC"),
        _site("rs2306283", 12, 21329738, 21176804, "AG"),
        _site("rs11045819", 12, 21329813, 21176879, "CA"),
        _site("rs4149056", 12, 21331549, 21178615, "TC"),
        _site("rs34671512", 12, 21391976, 21239042, "AC"),
        _site("rs116855232", 13, 48619855, 48045719, "CT"),
        _site("rs9923231", 16, 31107689, 31096368, "CT"),
    )
}


@dataclass(frozen=True, slots=True)
class StarAllele:
    """A named haplotype of a gene and the bases that make it."""

    gene: str
    name: str
    frequency: float
    """In Europeans; the rest of a gene's haplotypes are its reference."""
    bases: tuple[tuple[str, str], ...]
    """rs number and base on the plus strand, where it is not the usual one."""


def _star(gene: str, name: str, bases: str = "") -> StarAllele:
    pairs = tuple((item.split("=")[0], item.split("=")[1]) for item in bases.split())
    return StarAllele(gene, name, EUROPEAN[gene][name], pairs)


# Frequencies: gennet.genomics.pharmacogenes.prior. Bases: PharmVar (https://www.pharmvar.org) and the same guidelines.
# CYP2C19*38, the reference sequence of GRCh38, is not drawn: every haplotype here carries rs3758581 G.
STAR_ALLELES = (
    _star("CYP2C19", "*1"),
    _star("CYP2C19", "*2", "rs12769205=G rs4244285=A"),
    _star("CYP2C19", "*3", "rs4986893=A"),
    _star("CYP2C19", "*17", "rs12248560=T"),
    _star("CYP2C9", "*1"),
    _star("CYP2C9", "*2", "rs1799853=T"),
    _star("CYP2C9", "*3", "rs1057910=C"),
    _star("DPYD", "Reference"),
    _star("DPYD", "c.85T>C (*9A)", "rs1801265=G"),
    _star("DPYD", "c.1627A>G (*5)", "rs1801159=C"),
    _star("DPYD", "c.1905+1G>A (*2A)", "rs3918290=T"),
    _star("DPYD", "c.2846A>T", "rs67376798=A"),
    _star("DPYD", "c.1679T>G (*13)", "rs55886062=C"),
    _star("DPYD", "c.1129-5923C>G, c.1236G>A (HapB3)", "rs75017182=C rs56038477=T"),
    _star("SLCO1B1", "*1"),
    _star("SLCO1B1", "*5", "rs4149056=C"),
    _star("SLCO1B1", "*14", "rs2306283=G rs11045819=A"),
    _star("SLCO1B1", "*15", "rs2306283=G rs4149056=C"),
    _star("SLCO1B1", "*20", "rs2306283=G rs34671512=C"),
    _star("SLCO1B1", "*37", "rs2306283=G"),
    _star("TPMT", "*1"),
    _star("TPMT", "*2", "rs1800462=G"),
    _star("TPMT", "*3A", "rs1800460=T rs1142345=C"),
    _star("TPMT", "*3C", "rs1142345=C"),
    _star("VKORC1", "rs9923231 reference (C)"),
    _star("VKORC1", "rs9923231 variant (T)", "rs9923231=T"),
    _star("NUDT15", "*1"),
    _star("NUDT15", "*3", "rs116855232=T"),
    _star("ABCG2", "rs2231142 reference (G)"),
    _star("ABCG2", "rs2231142 variant (T)", "rs2231142=T"),
)
_USUAL = {"rs3758581": "G"}
"""Bases that all drawn haplotypes carry although GRCh38 has the other."""
GENES = tuple(dict.fromkeys(star.gene for star in STAR_ALLELES))
"""Names of the genes, in the order they are drawn."""

# Gene and what star alleles lie on around it: chromosome, GRCh37 start and end, GRCh38 start and end.
_REGIONS = {
    "CYP2C19": (10, 96519437, 96615962, 94759680, 94858547),
    "CYP2C9": (10, 96695414, 96752148, 94935657, 94993091),
    "DPYD": (1, 97540298, 98389615, 97074742, 97924034),
    "SLCO1B1": (12, 21281127, 21395730, 21128193, 21242796),
    "TPMT": (6, 18125541, 18158400, 18125310, 18158169),
    "VKORC1": (16, 31099162, 31109320, 31087853, 31097797),
    "NUDT15": (13, 48608702, 48624364, 48034725, 48050221),
    "ABCG2": (4, 89008420, 89082791, 88087268, 88161639),
}


def regions(build: Build) -> tuple[tuple[int, int, int], ...]:
    """
    List chromosome, first and last position (1-based) that is called around each pharmacogene.

    >>> regions(Build.GRCH38)[0]
    (10, 94759680, 94858547)
    """
    shift = 0 if build is Build.GRCH37 else 2
    return tuple((row[0], row[1 + shift], row[2 + shift]) for row in _REGIONS.values())


def draw_diplotypes(rng: np.random.Generator) -> dict[str, tuple[StarAllele, StarAllele]]:
    """
    Draw two haplotypes of each gene, independent of each other.

    >>> sorted(draw_diplotypes(np.random.default_rng(1)))[:2]
    ['ABCG2', 'CYP2C19']
    """
    drawn = {}
    for gene in GENES:
        stars = [star for star in STAR_ALLELES if star.gene == gene]
        shares = np.cumsum([star.frequency for star in stars])
        picks = np.searchsorted(shares / shares[-1], rng.random(2), side="right")
        drawn[gene] = (stars[int(picks[0])], stars[int(picks[1])])
    return drawn


def genotypes(diplotypes: dict[str, tuple[StarAllele, StarAllele]], build: Build) -> dict[str, tuple[int, int]]:
    """
    Give the alleles at every site, 0 for the reference of the build and 1 for the alternate, by rs number.

    >>> star = STAR_ALLELES[1]
    >>> genotypes({"CYP2C19": (star, star)}, Build.GRCH38)["rs4244285"]
    (1, 1)
    """
    found = {}
    for site in SITES.values():
        _, reference, _ = site.place(build)
        usual = _USUAL.get(site.rsid, site.alleles38[0])
        one, two = (
            next((base for side in diplotypes.values() for rsid, base in side[which].bases if rsid == site.rsid), usual)
            for which in (0, 1)
        )
        found[site.rsid] = (int(one != reference), int(two != reference))
    return found
