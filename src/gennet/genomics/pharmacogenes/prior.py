"""How common named alleles are: what makes one explanation of unphased genotypes likelier than another."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Frequencies in Europeans, rounded. CYP2C19: 1.7 million Europeans (doi:10.2217/pme-2021-0175, table 3). CYP2C9:
# doi:10.1002/cpt.1830. VKORC1: doi:10.1002/cpt.668. SLCO1B1: doi:10.1002/cpt.2557 (521C in Europeans 16 %, split over *5
# and *15), ABCG2 there too. TPMT and NUDT15: doi:10.1002/cpt.1304. DPYD: doi:10.1002/cpt.911.
EUROPEAN: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "CYP2C19": {"*1": 0.6365, "*2": 0.145, "*3": 0.0015, "*17": 0.217},
        "CYP2C9": {"*1": 0.797, "*2": 0.127, "*3": 0.076},
        "DPYD": {
            "Reference": 0.613, "c.85T>C (*9A)": 0.19, "c.1627A>G (*5)": 0.16, "c.1905+1G>A (*2A)": 0.008,
            "c.2846A>T": 0.004, "c.1679T>G (*13)": 0.001, "c.1129-5923C>G, c.1236G>A (HapB3)": 0.024,
        },
        "SLCO1B1": {"*1": 0.49, "*5": 0.02, "*14": 0.13, "*15": 0.14, "*20": 0.05, "*37": 0.17},
        "TPMT": {"*1": 0.959, "*2": 0.002, "*3A": 0.034, "*3C": 0.005},
        "VKORC1": {"rs9923231 reference (C)": 0.61, "rs9923231 variant (T)": 0.39},
        "NUDT15": {"*1": 0.998, "*3": 0.002},
        "ABCG2": {"rs2231142 reference (G)": 0.9, "rs2231142 variant (T)": 0.1},
    }
)  # fmt: skip
RARE = 1e-4
"""Frequency taken for an allele without a published one, in a gene that has some."""


def frequency(gene: str, allele: str) -> float:
    """
    Return how common an allele is taken to be: as published, `RARE`, or the same for all alleles of an unlisted gene.

    >>> frequency("TPMT", "*3A"), frequency("TPMT", "*3B"), frequency("CYP2B6", "*6")
    (0.034, 0.0001, 1.0)
    """
    table = EUROPEAN.get(gene)
    return 1.0 if table is None else table.get(allele, RARE)


def weight(gene: str, alleles: tuple[str, ...]) -> float:
    """
    Return how common a diplotype is taken to be under random mating, unnormalised.

    >>> round(weight("TPMT", ("*1", "*3A")) / weight("TPMT", ("*3B", "*3C")))
    65212
    """
    product = 1.0
    for allele in alleles:
        product *= frequency(gene, allele)
    return product * (2 if len(set(alleles)) == 2 else 1)
