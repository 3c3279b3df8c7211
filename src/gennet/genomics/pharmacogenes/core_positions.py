"""The least a test must look at before "no variant found" means the usual alleles of a gene."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gennet.genomics.pharmacogenes.definitions import GeneDefinition
    from gennet.genomics.pharmacogenes.observation import Observation

# Tier 1 of the Association for Molecular Pathology (CYP2C19 doi:10.1016/j.jmoldx.2018.01.011, CYP2C9
# doi:10.1016/j.jmoldx.2019.04.003, VKORC1 doi:10.1016/j.jmoldx.2020.04.204, TPMT and NUDT15
# doi:10.1016/j.jmoldx.2022.06.007, DPYD doi:10.1016/j.jmoldx.2024.05.015); for SLCO1B1 and ABCG2 the variants of CPIC's
# statin guideline (doi:10.1002/cpt.2557), for CYP2B6 of its efavirenz guideline (doi:10.1002/cpt.1477), for UGT1A1 of its
# atazanavir guideline (doi:10.1002/cpt.269; *80 marks *28), for CYP4F2 of its warfarin guideline (doi:10.1002/cpt.668).
# Of variants in one tuple, one is enough.
CORE: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "ABCG2": (("rs2231142",),),
        "CYP2B6": (("rs3745274",), ("rs2279343",), ("rs28399499",)),
        "CYP2C19": (("rs4244285",), ("rs4986893",), ("rs12248560",)),
        "CYP2C9": (("rs1799853",), ("rs1057910",), ("rs28371686",), ("rs9332131",), ("rs7900194",), ("rs28371685",)),
        "CYP4F2": (("rs2108622",),),
        "DPYD": (
            ("rs3918290",), ("rs55886062",), ("rs67376798",), ("rs75017182", "rs56038477"), ("rs115232898",),
            ("rs146356975",), ("rs112766203",),
        ),
        "NUDT15": (("rs116855232",),),
        "SLCO1B1": (("rs4149056",),),
        "TPMT": (("rs1800462",), ("rs1800460",), ("rs1142345",)),
        "UGT1A1": (("rs3064744", "rs887829"),),
        "VKORC1": (("rs9923231",),),
    }
)  # fmt: skip
COMPLETE = frozenset({"CACNA1S", "CFTR", "G6PD", "IFNL3", "RYR1"})
"""Genes without such a list: the absence of a variant is known only when every position was called."""


def lacking(gene: GeneDefinition, observation: Observation) -> tuple[int, ...]:
    """Return the core loci that were not called, by index."""
    if gene.symbol in COMPLETE:
        return tuple(observation.missing)
    index = {locus.rsid: at for at, locus in enumerate(gene.loci)}
    if gene.symbol in CORE:
        options = [tuple(index[r] for r in some if r in index) for some in CORE[gene.symbol]]
        return tuple(some[0] for some in options if some and not observation.seen.keys() & set(some))
    return tuple(at for at in sorted(gene.tier_one | gene.required) if at not in observation.seen)
