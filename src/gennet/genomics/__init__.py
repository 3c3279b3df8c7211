"""Genomes: genotypes, polygenic scores, star alleles and drug guidance, methylation."""

from gennet.genomics.ancestry import Ancestry, AncestryShare, ancestry
from gennet.genomics.builds import Build, detect_build
from gennet.genomics.genotypes import Genotypes, read_vcf, samples_in
from gennet.genomics.methylation import Methylation, read_methylation
from gennet.genomics.pharmacogenes import (
    DiplotypeCandidate,
    Diplotypes,
    DrugGuidance,
    DrugRecommendation,
    GeneCopies,
    GeneDiplotype,
    OutsideCall,
    OutsideCalls,
    SettlingTest,
    diplotypes,
    drug_guidance,
    read_outside_calls,
)
from gennet.genomics.polygenic import PolygenicScore, PolygenicScores, VariantContribution, polygenic_scores
from gennet.genomics.scoring_files import ScoreReference, ScoringFile, ScoringFiles, read_scoring_file

__all__ = [
    "Ancestry",
    "AncestryShare",
    "Build",
    "DiplotypeCandidate",
    "Diplotypes",
    "DrugGuidance",
    "DrugRecommendation",
    "GeneCopies",
    "GeneDiplotype",
    "Genotypes",
    "Methylation",
    "OutsideCall",
    "OutsideCalls",
    "PolygenicScore",
    "PolygenicScores",
    "ScoreReference",
    "ScoringFile",
    "ScoringFiles",
    "SettlingTest",
    "VariantContribution",
    "ancestry",
    "detect_build",
    "diplotypes",
    "drug_guidance",
    "polygenic_scores",
    "read_methylation",
    "read_outside_calls",
    "read_scoring_file",
    "read_vcf",
    "samples_in",
]
