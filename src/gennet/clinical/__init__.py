"""Clinical records: FHIR in, measurements and histories out, published equations on top."""

from gennet.clinical.fhir import FhirReading, read_fhir
from gennet.clinical.history import FINDINGS, Finding, History, history
from gennet.clinical.measurements import Measurement, Measurements, measurements
from gennet.clinical.medications import medications
from gennet.clinical.record import ClinicalRecord, Demographics
from gennet.clinical.summary import EquationResult, EquationResults, clinical_equations

__all__ = [
    "FINDINGS",
    "ClinicalRecord",
    "Demographics",
    "EquationResult",
    "EquationResults",
    "FhirReading",
    "Finding",
    "History",
    "Measurement",
    "Measurements",
    "clinical_equations",
    "history",
    "measurements",
    "medications",
    "read_fhir",
]
