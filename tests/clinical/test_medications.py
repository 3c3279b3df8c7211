"""Which drugs a record says are taken."""

from __future__ import annotations

from datetime import date

import pytest

from gennet.clinical import ClinicalRecord, medications
from gennet.clinical.record import Code, Medication

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def taken(name, status="active"):
    return Medication("1", RXNORM, name, status, None, (Code(RXNORM, "1", name),))


def names(*held):
    return medications(ClinicalRecord(date(2026, 1, 15), medications=held)).names


@pytest.mark.parametrize(
    ("name", "drugs"),
    [
        ("paroxetine hydrochloride 20 MG Oral Tablet", ("paroxetine",)),
        ("24 HR Bupropion Hydrochloride 150 MG Extended Release Oral Tablet", ("bupropion",)),
        ("Acetaminophen 300 MG / Codeine Phosphate 15 MG Oral Tablet", ("acetaminophen", "codeine")),
        ("", ()),
    ],
)
def test_ingredients_are_what_is_left_of_a_product_name(name, drugs):
    assert names(taken(name)) == drugs


def test_stopped_drugs_are_not_taken():
    held = taken("Fluoxetine 20 MG Oral Capsule", "stopped"), taken("Fluvoxamine 50 MG Oral Tablet", "completed")
    assert names(*held) == ()


def test_each_drug_is_named_once():
    assert names(taken("Fluoxetine 20 MG Oral Capsule"), taken("Fluoxetine 10 MG Oral Capsule")) == ("fluoxetine",)
