"""Every built-in analysis, risk model and study, listed by hand."""

from __future__ import annotations

from gennet.clinical import (
    ClinicalRecord,
    Demographics,
    EquationResults,
    History,
    Measurements,
    clinical_equations,
    history,
    measurements,
    medications,
)
from gennet.core.analysis import Analysis, Branch, Cost
from gennet.core.medications import Medications
from gennet.core.prediction import RiskModel
from gennet.core.study import Study
from gennet.expression import Expression, RegulatorActivity, Regulons, Signatures, regulator_activity, signatures
from gennet.expression import studies as expression_studies
from gennet.expression.splicing import studies as splicing
from gennet.genomics import (
    Ancestry,
    CalibratedScores,
    ClassifiedVariants,
    ClinicalVariants,
    Diplotypes,
    DrugGuidance,
    EpigeneticAges,
    GeneCopies,
    Genotypes,
    Methylation,
    OutsideCalls,
    PolygenicScores,
    ScoreCalibration,
    ScoringFiles,
    StructuralCalls,
    StructuralVariants,
    ancestry,
    calibrated_scores,
    clinical_variants,
    diplotypes,
    drug_guidance,
    epigenetic_clocks,
    polygenic_scores,
    structural_variants,
)
from gennet.genomics.absolute_risk import studies as absolute_risk
from gennet.genomics.accessibility import studies as accessibility
from gennet.genomics.ancestry import person_studies
from gennet.genomics.ancestry import studies as ancestry_studies
from gennet.genomics.annotation import studies as annotation_studies
from gennet.genomics.clinical_variants import studies as clinical_variant_studies
from gennet.genomics.cohort_scores import studies as cohort_scores
from gennet.genomics.cohorts import studies as cohort_files
from gennet.genomics.consequences import studies as consequence_studies
from gennet.genomics.copy_number import studies as copy_number
from gennet.genomics.liftover import studies as liftover
from gennet.genomics.methylation import studies as methylation
from gennet.genomics.pharmacogenes import studies as pharmacogenes
from gennet.genomics.rare import studies as rare
from gennet.genomics.score_calibration import studies as score_calibration
from gennet.genomics.score_contributions import studies as score_contributions
from gennet.genomics.score_training import studies as score_training
from gennet.genomics.structural import file_studies as structural_files
from gennet.genomics.structural import studies as structural
from gennet.networks.inference import studies as network_inference
from gennet.networks.medicine import studies as network_medicine
from gennet.networks.personal import studies as personal_networks
from gennet.networks.streaming import studies as network_streams
from gennet.omics import EpigeneticAcceleration, epigenetic_acceleration
from gennet.omics.eqtl import studies as eqtl
from gennet.prediction.models import af, breast, chd, chd_framingham, ckd, t2d
from gennet.wearables import EarlyWarning, Signals, early_warning

ANALYSES: tuple[Analysis, ...] = (
    Analysis(
        name="polygenic_scores",
        title="Polygenic scores with coverage, interval and reference percentile",
        branch=Branch.DIRECT,
        needs=(Genotypes, ScoringFiles),
        gives=PolygenicScores,
        cost=Cost(seconds=0.02, seconds_per_item=1e-6),
        compute=polygenic_scores,
        reference="10.1038/s41596-020-0353-1",
    ),
    Analysis(
        name="calibrated_scores",
        title="Polygenic scores on a continuous scale of ancestry, with interval and extrapolation",
        branch=Branch.DIRECT,
        needs=(Genotypes, ScoringFiles, ScoreCalibration),
        gives=CalibratedScores,
        cost=Cost(seconds=0.05, seconds_per_item=1e-6),
        compute=calibrated_scores,
        reference="10.1101/2024.05.29.24307783",
    ),
    Analysis(
        name="ancestry",
        title="Genetic similarity to the populations of the 1000 Genomes Project, with admixture fractions",
        branch=Branch.DIRECT,
        needs=(Genotypes,),
        gives=Ancestry,
        cost=Cost(seconds=0.7, seconds_per_item=1e-8),
        compute=ancestry,
        reference="10.1101/gr.094052.109",
        resources=("aisnp-panel",),
    ),
    Analysis(
        name="clinical_variants",
        title="Rare variants carried: pathogenic, likely so or uncertain, with criteria, zygosity and phase",
        branch=Branch.DIRECT,
        needs=(Genotypes, ClassifiedVariants),
        gives=ClinicalVariants,
        cost=Cost(seconds=0.01, seconds_per_item=1e-7),
        compute=clinical_variants,
        reference="10.1038/gim.2015.30",
    ),
    Analysis(
        name="star_alleles",
        title="Named alleles and phenotypes of the pharmacogenes, and which test would settle what is open",
        branch=Branch.DIRECT,
        needs=(Genotypes,),
        gives=Diplotypes,
        cost=Cost(seconds=0.3, seconds_per_item=1e-8),
        compute=diplotypes,
        reference="10.1002/cpt.1568",
        resources=("pharmcat-definitions", "pharmcat-phenotypes", "pharmcat-cyp2d6", "pharmacogene-tables"),
        uses=(OutsideCalls, GeneCopies),
    ),
    Analysis(
        name="drug_guidance",
        title="Guidance of CPIC and DPWG for the drugs these genes concern, with inhibitors taken",
        branch=Branch.DIRECT,
        needs=(Diplotypes,),
        gives=DrugGuidance,
        cost=Cost(seconds=0.2),
        compute=drug_guidance,
        reference="10.1002/cpt.2015",
        resources=(
            "pharmcat-guidelines",
            "pharmcat-dpwg",
            "pharmcat-phenotypes",
            "pharmcat-cyp2d6",
            "pharmacogene-tables",
        ),
        uses=(Medications,),
    ),
    Analysis(
        name="epigenetic_clocks",
        title="Ages and scores of published epigenetic clocks",
        branch=Branch.DIRECT,
        needs=(Methylation,),
        gives=EpigeneticAges,
        cost=Cost(seconds=0.05, seconds_per_item=1e-6),
        compute=epigenetic_clocks,
        reference="10.1186/gb-2013-14-10-r115",
        resources=("methylation-clocks-biolearn",),
    ),
    Analysis(
        name="epigenetic_acceleration",
        title="Epigenetic clocks of years against a person's age",
        branch=Branch.DIRECT,
        needs=(EpigeneticAges, Demographics),
        gives=EpigeneticAcceleration,
        cost=Cost(seconds=0.001),
        compute=epigenetic_acceleration,
        reference="10.1186/gb-2013-14-10-r115",
    ),
    Analysis(
        name="structural_variants",
        title="Structural variants a person carries, by kind, with the bases they change",
        branch=Branch.DIRECT,
        needs=(StructuralCalls,),
        gives=StructuralVariants,
        cost=Cost(seconds=0.002, seconds_per_item=5e-6),
        compute=structural_variants,
        reference="https://samtools.github.io/hts-specs/VCFv4.4.pdf",
    ),
    Analysis(
        name="hallmark_signatures",
        title="Single-sample scores of the 50 hallmark gene sets",
        branch=Branch.DIRECT,
        needs=(Expression,),
        gives=Signatures,
        cost=Cost(seconds=0.02, seconds_per_item=2e-6),
        compute=signatures,
        reference="10.1186/s12859-018-2435-4",
        resources=("hallmark-gene-sets",),
    ),
    Analysis(
        name="regulator_activity",
        title="Activity of regulators by the expression of their targets",
        branch=Branch.DIRECT,
        needs=(Expression, Regulons),
        gives=RegulatorActivity,
        cost=Cost(seconds=0.1, seconds_per_item=5e-6),
        compute=regulator_activity,
        reference="10.1093/bioadv/vbac016",
    ),
    Analysis(
        name="measurements",
        title="Latest labs and vitals in canonical units",
        branch=Branch.DIRECT,
        needs=(ClinicalRecord, Demographics),
        gives=Measurements,
        cost=Cost(seconds=0.005, seconds_per_item=1e-5),
        compute=measurements,
        reference="https://ucum.org/ucum",
    ),
    Analysis(
        name="history",
        title="Conditions, treatments and habits that risk equations ask for",
        branch=Branch.DIRECT,
        needs=(ClinicalRecord,),
        gives=History,
        cost=Cost(seconds=0.005, seconds_per_item=1e-5),
        compute=history,
        reference="https://hl7.org/fhir/R4/condition.html",
    ),
    Analysis(
        name="medications",
        title="Drugs the record says a person takes",
        branch=Branch.DIRECT,
        needs=(ClinicalRecord,),
        gives=Medications,
        cost=Cost(seconds=0.002, seconds_per_item=1e-6),
        compute=medications,
        reference="https://hl7.org/fhir/R4/medicationrequest.html",
    ),
    Analysis(
        name="clinical_equations",
        title="PREVENT, CHARGE-AF, FINDRISC, KFRE, Gail, FIB-4, strictly within their validity",
        branch=Branch.DIRECT,
        needs=(Demographics, Measurements, History),
        gives=EquationResults,
        cost=Cost(seconds=0.02),
        compute=clinical_equations,
        reference="10.1161/CIRCULATIONAHA.123.067626",
    ),
    Analysis(
        name="early_warning",
        title="NEWS2 of the latest vital signs",
        branch=Branch.DIRECT,
        needs=(Signals,),
        gives=EarlyWarning,
        cost=Cost(seconds=0.002, seconds_per_item=1e-7),
        compute=early_warning,
        reference="https://www.rcp.ac.uk/improving-care/resources/national-early-warning-score-news-2/",
    ),
)

MODELS: tuple[RiskModel, ...] = (chd.MODEL, chd_framingham.MODEL, t2d.MODEL, af.MODEL, breast.MODEL, ckd.MODEL)

STUDIES: tuple[Study, ...] = (
    *consequence_studies.STUDIES,
    *annotation_studies.STUDIES,
    *clinical_variant_studies.STUDIES,
    *ancestry_studies.STUDIES,
    *person_studies.STUDIES,
    *cohort_files.STUDIES,
    *liftover.STUDIES,
    *cohort_scores.STUDIES,
    *score_calibration.STUDIES,
    *score_training.STUDIES,
    *score_contributions.STUDIES,
    *absolute_risk.STUDIES,
    *pharmacogenes.STUDIES,
    *rare.STUDIES,
    *copy_number.STUDIES,
    *accessibility.STUDIES,
    *structural.STUDIES,
    *structural_files.FILE_STUDIES,
    *methylation.STUDIES,
    *network_medicine.STUDIES,
    *splicing.STUDIES,
    *eqtl.STUDIES,
    *expression_studies.STUDIES,
    *network_inference.STUDIES,
    *personal_networks.STUDIES,
    *network_streams.STUDIES,
)
