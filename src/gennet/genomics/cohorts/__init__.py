"""Files of many people's genotypes behind one face: BED, PGEN, BGEN, VCF and BCF."""

from gennet.genomics.cohorts.dosages import DosageBlock, DosageCohort, dosage_blocks
from gennet.genomics.cohorts.opening import open_cohort, open_given, person
from gennet.genomics.cohorts.packed import Packed, PackedCohort, packed_blocks
from gennet.genomics.cohorts.writing import write_pgen, write_vcf

__all__ = [
    "DosageBlock",
    "DosageCohort",
    "Packed",
    "PackedCohort",
    "dosage_blocks",
    "open_cohort",
    "open_given",
    "packed_blocks",
    "person",
    "write_pgen",
    "write_vcf",
]
