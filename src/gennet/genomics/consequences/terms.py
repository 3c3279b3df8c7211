"""Sequence Ontology terms: what a variant does to a transcript, ordered, ranked and named both ways."""

from __future__ import annotations

from enum import IntFlag, StrEnum
from functools import lru_cache


class Impact(StrEnum):
    """How severe a term usually is, as Ensembl groups them."""

    HIGH = "HIGH"
    MODERATE = "MODERATE"
    LOW = "LOW"
    MODIFIER = "MODIFIER"


class Term(IntFlag):
    """
    Terms as bits; several hold at once, and their order here is the order in which they are written.

    >>> named(Term.FRAMESHIFT | Term.STOP_LOST)
    ('stop_lost', 'frameshift_variant')
    """

    SYNONYMOUS = 1 << 0
    MISSENSE = 1 << 1
    STOP_LOST = 1 << 2
    STOP_GAINED = 1 << 3
    INFRAME_DELETION = 1 << 4
    INFRAME_INSERTION = 1 << 5
    FRAMESHIFT = 1 << 6
    SPLICE_ACCEPTOR = 1 << 7
    SPLICE_DONOR = 1 << 8
    START_LOST = 1 << 9
    SPLICE_REGION = 1 << 10
    STOP_RETAINED = 1 << 11
    UTR5 = 1 << 12
    UTR3 = 1 << 13
    NON_CODING = 1 << 14
    INTRON = 1 << 15
    INFRAME_ALTERING = 1 << 16
    CODING_SEQUENCE = 1 << 17
    START_RETAINED = 1 << 18
    NMD_TRANSCRIPT = 1 << 19


NONE = Term(0)
SPLICE = Term.SPLICE_ACCEPTOR | Term.SPLICE_DONOR | Term.SPLICE_REGION
PROTEIN = (
    Term.SYNONYMOUS
    | Term.MISSENSE
    | Term.STOP_LOST
    | Term.STOP_GAINED
    | Term.INFRAME_DELETION
    | Term.INFRAME_INSERTION
    | Term.FRAMESHIFT
    | Term.START_LOST
    | Term.STOP_RETAINED
    | Term.INFRAME_ALTERING
    | Term.START_RETAINED
)
"""Terms that speak of the protein."""

# short: the word in BCSQ text (bcftools csq); name: the Sequence Ontology's; impact and rank: Ensembl's table of
# calculated consequences (https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html), worst first.
_FACTS: dict[Term, tuple[str, str, Impact, int]] = {
    Term.SPLICE_ACCEPTOR: ("splice_acceptor", "splice_acceptor_variant", Impact.HIGH, 1),
    Term.SPLICE_DONOR: ("splice_donor", "splice_donor_variant", Impact.HIGH, 2),
    Term.STOP_GAINED: ("stop_gained", "stop_gained", Impact.HIGH, 3),
    Term.FRAMESHIFT: ("frameshift", "frameshift_variant", Impact.HIGH, 4),
    Term.STOP_LOST: ("stop_lost", "stop_lost", Impact.HIGH, 5),
    Term.START_LOST: ("start_lost", "start_lost", Impact.HIGH, 6),
    Term.INFRAME_INSERTION: ("inframe_insertion", "inframe_insertion", Impact.MODERATE, 7),
    Term.INFRAME_DELETION: ("inframe_deletion", "inframe_deletion", Impact.MODERATE, 8),
    Term.INFRAME_ALTERING: ("inframe_altering", "protein_altering_variant", Impact.MODERATE, 9),
    Term.MISSENSE: ("missense", "missense_variant", Impact.MODERATE, 10),
    Term.SPLICE_REGION: ("splice_region", "splice_region_variant", Impact.LOW, 11),
    Term.START_RETAINED: ("start_retained", "start_retained_variant", Impact.LOW, 12),
    Term.STOP_RETAINED: ("stop_retained", "stop_retained_variant", Impact.LOW, 13),
    Term.SYNONYMOUS: ("synonymous", "synonymous_variant", Impact.LOW, 14),
    Term.CODING_SEQUENCE: ("coding_sequence", "coding_sequence_variant", Impact.MODIFIER, 15),
    Term.UTR5: ("5_prime_utr", "5_prime_UTR_variant", Impact.MODIFIER, 16),
    Term.UTR3: ("3_prime_utr", "3_prime_UTR_variant", Impact.MODIFIER, 17),
    Term.NON_CODING: ("non_coding", "non_coding_transcript_variant", Impact.MODIFIER, 18),
    Term.INTRON: ("intron", "intron_variant", Impact.MODIFIER, 19),
    Term.NMD_TRANSCRIPT: ("NMD_transcript", "NMD_transcript_variant", Impact.MODIFIER, 20),
}
LEAST = 99
"""The rank of no term at all."""


@lru_cache(maxsize=4096)
def short(terms: Term) -> str:
    """
    Write terms as BCSQ does.

    >>> short(Term.MISSENSE | Term.INFRAME_ALTERING)
    'missense&inframe_altering'
    """
    return "&".join(_FACTS[term][0] for term in Term if term & terms)


@lru_cache(maxsize=4096)
def named(terms: Term) -> tuple[str, ...]:
    """
    Name terms as the Sequence Ontology does.

    >>> named(Term.UTR5)
    ('5_prime_UTR_variant',)
    """
    return tuple(_FACTS[term][1] for term in Term if term & terms)


@lru_cache(maxsize=4096)
def rank(terms: Term) -> int:
    """
    Return the rank of the most severe term, 1 the worst.

    >>> rank(Term.SYNONYMOUS | Term.SPLICE_REGION), rank(NONE)
    (11, 99)
    """
    return min((_FACTS[term][3] for term in Term if term & terms), default=LEAST)


@lru_cache(maxsize=4096)
def impact(terms: Term) -> Impact:
    """
    Return the impact of the most severe term.

    >>> impact(Term.STOP_GAINED).value, impact(Term.INTRON).value
    ('HIGH', 'MODIFIER')
    """
    worst = min((term for term in Term if term & terms), key=lambda term: _FACTS[term][3], default=None)
    return Impact.MODIFIER if worst is None else _FACTS[worst][2]
