"""A monogenic finding and a risk model that was not derived in carriers."""

from __future__ import annotations

import pytest

from gennet.errors import OutOfRange
from gennet.genomics.builds import Build
from gennet.genomics.clinical_variants import ClassifiedVariant, ClinicalVariants, RareFinding
from gennet.genomics.clinical_variants.carrying import Zygosity
from gennet.genomics.clinical_variants.genes import Inheritance, Secondary
from gennet.genomics.clinical_variants.person import Meaning
from gennet.genomics.clinical_variants.points import Class
from gennet.prediction.models import breast, chd


class Held:
    def __init__(self, part: ClinicalVariants | None) -> None:
        self.part = part

    def find(self, kind: type) -> ClinicalVariants | None:
        return self.part if kind is ClinicalVariants else None


def person(class_: Class, meaning: Meaning) -> Held:
    variant = ClassifiedVariant(
        chromosome=17, position=43045711, reference="G", alternate="A", written=(43045711, "G", "A"), gene="BRCA1",
        condition="", inheritance=Inheritance.DOMINANT, secondary=Secondary.ANY, transcript="T", chosen="",
        consequence=(), truncating=True, hgvs_c="", hgvs_p="", class_=class_, points=10, probability=0.99, criteria=(),
        assertion=None, frequency=(), remarks=(),
    )  # fmt: skip
    finding = RareFinding(variant, Zygosity.HETEROZYGOUS, meaning, secondary=True)
    part = ClinicalVariants(
        sample="s", build=Build.GRCH38, findings=(finding,), pairs=(), secondary_asked=True, classified=1, rules="r",
        sources=(), notes=(),
    )  # fmt: skip
    return Held(part)


def test_a_carrier_is_refused_by_a_model_that_was_not_derived_in_carriers():
    with pytest.raises(OutOfRange, match="a pathogenic variant of BRCA1"):
        breast.MODEL._check_carrier(person(Class.PATHOGENIC, Meaning.AFFECTS))
    breast.MODEL._check_carrier(person(Class.UNCERTAIN, Meaning.OPEN))
    breast.MODEL._check_carrier(Held(None))
    chd.MODEL._check_carrier(person(Class.PATHOGENIC, Meaning.AFFECTS))
