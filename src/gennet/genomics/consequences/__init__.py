"""What variants do to transcripts: models, normalisation, consequences alone and along haplotypes, HGVS names."""

from gennet.genomics.consequences.annotation import annotate_vcf, consequences
from gennet.genomics.consequences.calling import Site, along_haplotypes, local
from gennet.genomics.consequences.calls import Calls, call_alone
from gennet.genomics.consequences.codes import GeneticCode, genetic_code
from gennet.genomics.consequences.consequence import Consequence, Residues
from gennet.genomics.consequences.gff import read_gff, transcripts_of
from gennet.genomics.consequences.hgvs import Names, hgvs_names
from gennet.genomics.consequences.models import GeneModels
from gennet.genomics.consequences.normalise import Variant, normalise, variants_of
from gennet.genomics.consequences.phasing import Phase
from gennet.genomics.consequences.records import Genotype, Record, read_records
from gennet.genomics.consequences.terms import Impact, Term
from gennet.genomics.consequences.transcripts import Transcripts
from gennet.genomics.fasta import Fasta, HeldReference, Reference

__all__ = [
    "Calls",
    "Consequence",
    "Fasta",
    "GeneModels",
    "GeneticCode",
    "Genotype",
    "HeldReference",
    "Impact",
    "Names",
    "Phase",
    "Record",
    "Reference",
    "Residues",
    "Site",
    "Term",
    "Transcripts",
    "Variant",
    "along_haplotypes",
    "annotate_vcf",
    "call_alone",
    "consequences",
    "genetic_code",
    "hgvs_names",
    "local",
    "normalise",
    "read_gff",
    "read_records",
    "transcripts_of",
    "variants_of",
]
