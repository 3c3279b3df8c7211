"""What an annotation store holds for each kind of source: its columns, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

POPULATIONS = ("afr", "ami", "amr", "asj", "eas", "fin", "mid", "nfe", "oth", "sas")
"""Genetic ancestry groups of gnomAD v2 to v4; ``remaining`` of v4 is ``oth`` here."""


class Kind(StrEnum):
    """What a store is made from."""

    ASSERTIONS = "clinvar"
    FREQUENCIES = "gnomad"
    NAMES = "dbsnp"
    SCORES = "scores"
    """A table of numbers per variant, such as the scores of a predictor."""


@dataclass(frozen=True, slots=True)
class Value:
    """A column of a store."""

    name: str
    kind: str
    """``int``, ``float`` or ``text``."""
    title: str


def _frequencies() -> Iterator[Value]:
    yield Value("filter", "text", "Filters failed; PASS when none")
    yield Value("ac", "int", "Alternate alleles counted")
    yield Value("an", "int", "Alleles counted")
    yield Value("af", "float", "Allele frequency: ac over an; nothing when an is 0")
    yield Value("nhomalt", "int", "Homozygous people")
    yield Value("ac_xy", "int", "Alternate alleles in XY people")
    yield Value("faf95", "float", "Highest filtering allele frequency (95 %) among groups")
    yield Value("grpmax", "text", "Group in which it is most frequent")
    yield Value("ac_grpmax", "int", "Alternate alleles in that group")
    yield Value("an_grpmax", "int", "Alleles in that group")
    for name in POPULATIONS:
        yield Value(f"ac_{name}", "int", f"Alternate alleles in {name}")
        yield Value(f"an_{name}", "int", f"Alleles in {name}")


LAYOUTS: dict[Kind, tuple[Value, ...]] = {
    Kind.ASSERTIONS: (
        Value("variation", "int", "VariationID of ClinVar"),
        Value("significance", "text", "Germline classification"),
        Value("stars", "int", "Review stars, 0 to 4"),
        Value("review", "text", "Review status"),
        Value("conditions", "text", "Conditions, joined by |"),
        Value("gene", "text", "Gene symbols, joined by |"),
        Value("name", "text", "Name of the variation"),
    ),
    Kind.FREQUENCIES: tuple(_frequencies()),
    Kind.NAMES: (
        Value("rsid", "int", "Number of the reference SNP"),
        Value("since", "int", "First build of dbSNP that holds it"),
        Value("common", "int", "1 where dbSNP calls it common"),
    ),
}
"""`Kind.SCORES` has the columns its table names."""

STARS = {
    "practice guideline": 4,
    "reviewed by expert panel": 3,
    "criteria provided, multiple submitters, no conflicts": 2,
    "criteria provided, multiple submitters": 2,
    "criteria provided, conflicting classifications": 1,
    "criteria provided, conflicting interpretations": 1,
    "criteria provided, single submitter": 1,
}


def stars_of(review: str) -> int:
    """
    Count the review stars of a status (https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/).

    >>> stars_of("reviewed_by_expert_panel"), stars_of("criteria provided, single submitter"), stars_of("flagged")
    (3, 1, 0)
    """
    return STARS.get(review.replace("_", " ").strip().lower(), 0)
