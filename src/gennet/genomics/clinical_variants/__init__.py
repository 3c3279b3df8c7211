"""Clinical meaning of variants: ACMG/AMP classes by points with every criterion's evidence; a person's findings."""

from gennet.genomics.clinical_variants.classified import (
    ClassifiedVariant,
    ClassifiedVariants,
    read_classified,
    write_classified,
)
from gennet.genomics.clinical_variants.judging import Bench, Judged
from gennet.genomics.clinical_variants.person import ClinicalVariants, RareFinding, VariantPair, clinical_variants
from gennet.genomics.clinical_variants.points import Class, Strength, posterior
from gennet.genomics.clinical_variants.rules import Rules, read_rules

__all__ = [
    "Bench",
    "Class",
    "ClassifiedVariant",
    "ClassifiedVariants",
    "ClinicalVariants",
    "Judged",
    "RareFinding",
    "Rules",
    "Strength",
    "VariantPair",
    "clinical_variants",
    "posterior",
    "read_classified",
    "read_rules",
    "write_classified",
]
