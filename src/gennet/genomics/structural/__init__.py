"""Structural variants: found in reads, written and read as VCF, merged, compared with truth, and annotated."""

from gennet.genomics.structural.reading import read_vcf
from gennet.genomics.structural.variant import Call, Kind, Mate, StructuralVariant, Support
from gennet.genomics.structural.vcf import write_vcf

__all__ = ["Call", "Kind", "Mate", "StructuralVariant", "Support", "read_vcf", "write_vcf"]
