"""Pharmacogenes: named alleles, phenotypes, what guidelines say about drugs, and which test would settle what is open."""

from gennet.genomics.pharmacogenes.analysis import diplotypes
from gennet.genomics.pharmacogenes.copies import GeneCopies
from gennet.genomics.pharmacogenes.guidance import DrugGuidance, DrugRecommendation, drug_guidance
from gennet.genomics.pharmacogenes.outside import OutsideCall, OutsideCalls, read_outside_calls
from gennet.genomics.pharmacogenes.results import DiplotypeCandidate, Diplotypes, GeneDiplotype
from gennet.genomics.pharmacogenes.settling import SettlingTest

__all__ = [
    "DiplotypeCandidate",
    "Diplotypes",
    "DrugGuidance",
    "DrugRecommendation",
    "GeneCopies",
    "GeneDiplotype",
    "OutsideCall",
    "OutsideCalls",
    "SettlingTest",
    "diplotypes",
    "drug_guidance",
    "read_outside_calls",
]
