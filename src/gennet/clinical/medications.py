"""Which drugs a clinical record says a person takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gennet.core.medications import Medications

if TYPE_CHECKING:
    from gennet.clinical.record import ClinicalRecord

_TAKEN = frozenset({"active", "intended", "on-hold", "unknown"})
_WORD = re.compile(r"[a-z][a-z-]+[a-z]")
# Words of strengths, forms and salts in RxNorm's names; what is left names ingredients.
_NOT_DRUGS = frozenset(
    [
        "actuat",
        "auto-injector",
        "capsule",
        "chewable",
        "cream",
        "day",
        "delayed",
        "disintegrating",
        "dose",
        "drug",
        "extended",
        "extract",
        "gel",
        "hour",
        "hr",
        "implant",
        "inhalant",
        "inhaler",
        "injectable",
        "injection",
        "intravenous",
        "kit",
        "mcg",
        "mg",
        "ml",
        "nasal",
        "ointment",
        "ophthalmic",
        "oral",
        "pack",
        "patch",
        "pen",
        "powder",
        "prefilled",
        "release",
        "solution",
        "spray",
        "sublingual",
        "suspension",
        "syringe",
        "system",
        "tablet",
        "topical",
        "transdermal",
        "unt",
        "vaccine",
        "acetate",
        "bitartrate",
        "bromide",
        "calcium",
        "chloride",
        "citrate",
        "fumarate",
        "hydrobromide",
        "hydrochloride",
        "maleate",
        "mesylate",
        "phosphate",
        "potassium",
        "sodium",
        "succinate",
        "sulfate",
        "tartrate",
    ]
)


def medications(record: ClinicalRecord) -> Medications:
    """
    List the drugs a record says a person takes, by the names their codes carry.

    >>> from datetime import date
    >>> from gennet.clinical.record import ClinicalRecord, Code, Medication
    >>> code = Code("http://www.nlm.nih.gov/research/umls/rxnorm", "1738483", "paroxetine hydrochloride 20 MG Oral Tablet")
    >>> taken = Medication(code.code, code.system, code.name, "active", None, (code,))
    >>> medications(ClinicalRecord(date(2026, 1, 15), medications=(taken,))).names
    ('paroxetine',)
    """
    named = (code.name for m in record.medications if m.status in _TAKEN for code in (m.codes or ()))
    words = {word for name in named for word in _WORD.findall(name.lower())} - _NOT_DRUGS
    return Medications(tuple(sorted(words)))
