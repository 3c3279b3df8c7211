"""From an assessment to documents: report (HTML, PDF), FHIR bundle, files."""

from gennet.delivery._pharmacogenes import because
from gennet.delivery.fhir import fhir_bundle
from gennet.delivery.figures import draw, tsv
from gennet.delivery.files import documents, findings_documents, write_all
from gennet.delivery.html import html_report
from gennet.delivery.pdf import pdf_report
from gennet.delivery.summary import summarise

__all__ = [
    "because",
    "documents",
    "draw",
    "fhir_bundle",
    "findings_documents",
    "html_report",
    "pdf_report",
    "summarise",
    "tsv",
    "write_all",
]
