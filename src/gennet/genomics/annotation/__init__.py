"""Annotation of variants: stores of ClinVar, gnomAD, dbSNP and scores, and the join to them."""

from gennet.genomics.annotation.annotating import annotate_vcf
from gennet.genomics.annotation.building import Built, build_store
from gennet.genomics.annotation.joining import Annotations, Joined, Status, Variants, annotate, variants
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.annotation.store import About, Store
from gennet.genomics.annotation.tabix import ask_tabix

__all__ = [
    "About",
    "Annotations",
    "Built",
    "Joined",
    "Kind",
    "Status",
    "Store",
    "Variants",
    "annotate",
    "annotate_vcf",
    "ask_tabix",
    "build_store",
    "variants",
]
