"""HGVS names by hand on both strands, and as a property: what a name says gives the altered genome."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.genomics.consequences import GeneModels, HeldReference, hgvs_names, transcripts_of
from gennet.genomics.consequences.codes import reverse_complement
from gennet.genomics.consequences.hgvs_protein import described
from gennet.genomics.consequences.numbering import numbering

# 5' UTR 5, M K W S L L in two exons (cut after ATGAAATG), stop, 3' UTR 6 that goes on to a second stop.
EXONS = ("CCGTC" + "ATGAAATG", "GTCACTGCTGTAA" + "GGATAA")
INTRON = "GTACGTTTTCAG"
BEFORE, AFTER = "TTTTTTTT", "CCCCCCCC"


def models_of(*, reverse, kind="protein_coding"):
    whole = BEFORE + EXONS[0] + INTRON + EXONS[1] + AFTER
    size = len(whole)
    spans = {"mRNA": (8, 8 + 13 + 12 + 19), "e1": (8, 21), "e2": (33, 52), "c1": (13, 21), "c2": (33, 46)}
    strand = "-" if reverse else "+"

    def row(name, feature, phase, words):
        start, end = spans[name]
        start, end = (size - end, size - start) if reverse else (start, end)
        return f"1\tt\t{feature}\t{start + 1}\t{end}\t.\t{strand}\t{phase}\t{words}"

    lines = [
        row("mRNA", "gene", ".", "ID=gene:G;biotype=x"),
        row("mRNA", "mRNA", ".", "ID=transcript:T;Parent=gene:G;version=3"),
    ]
    lines += [row(name, "exon", ".", "Parent=transcript:T") for name in ("e1", "e2")]
    if kind == "protein_coding":
        lines += [row("c1", "CDS", "0", "Parent=transcript:T"), row("c2", "CDS", "1", "Parent=transcript:T")]
    else:
        lines += [
            f"2\tt\t{f}\t1\t9\t.\t+\t{p}\t{w}"
            for f, p, w in (("mRNA", ".", "ID=transcript:U"), ("CDS", "0", "Parent=transcript:U"))
        ]
    genome = reverse_complement(whole) if reverse else whole
    return GeneModels(transcripts_of(lines), HeldReference({"1": genome})), genome


def name(at, old, new, *, reverse, kind="protein_coding"):
    """Name a change written in the transcript's direction, `at` counted in the drawing above."""
    models, genome = models_of(reverse=reverse, kind=kind)
    if reverse:
        at, old, new = len(genome) - at - len(old), reverse_complement(old), reverse_complement(new)
    assert genome[at : at + len(old)] == old
    found = hgvs_names(models, models.transcripts.id.index("T"), at, old, new)
    return found.coding.removeprefix("T.3:"), found.protein.removeprefix("T.3:")


CASES = [
    # at, old, new, coding, protein
    (17, "A", "G", "c.5A>G", "p.(Lys2Arg)"),
    (18, "A", "G", "c.6A>G", "p.(Lys2=)"),
    (16, "A", "T", "c.4A>T", "p.(Lys2Ter)"),
    (13, "A", "G", "c.1A>G", "p.(Met1?)"),
    (12, "C", "G", "c.-1C>G", ""),
    (8, "C", "A", "c.-5C>A", ""),
    (46, "G", "A", "c.*1G>A", ""),
    (44, "A", "C", "c.20A>C", "p.(Ter7SerextTer2)"),
    (21, "G", "A", "c.8+1G>A", "p.?"),
    (32, "G", "A", "c.9-1G>A", "p.?"),
    (25, "G", "A", "c.8+5G>A", ""),
    (26, "T", "A", "c.8+6T>A", ""),
    (27, "T", "A", "c.9-6T>A", ""),
    (16, "A", "", "c.6del", "p.(Lys2AsnfsTer?)"),
    (16, "AAA", "", "c.4_6del", "p.(Lys2del)"),
    (16, "", "A", "c.6dup", "p.(Trp3MetfsTer?)"),
    (19, "", "CCC", "c.6_7insCCC", "p.(Lys2_Trp3insPro)"),
    (37, "CTG", "", "c.16_18del", "p.(Leu6del)"),
    (37, "", "CTG", "c.16_18dup", "p.(Leu6dup)"),
    (16, "AA", "CC", "c.4_5delinsCC", "p.(Lys2Pro)"),
    (37, "CTG", "CAG", "c.14T>A", "p.(Leu5Gln)"),
    (36, "ACT", "AGT", "c.13C>G", "p.(Leu5Val)"),
    (16, "AAA", "TTT", "c.4_6inv", "p.(Lys2Phe)"),
    (20, "GGTACG", "", "c.8_8+5del", "p.?"),
    (7, "TC", "", "", ""),
]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("at", "old", "new", "coding", "protein"), CASES)
def test_names_by_hand(at, old, new, coding, protein, reverse):
    assert name(at, old, new, reverse=reverse) == (coding, protein)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_transcript_that_codes_for_nothing_is_counted_from_its_start(reverse):
    assert name(8, "C", "A", reverse=reverse, kind="lncRNA") == ("n.1C>A", "")
    assert name(21, "G", "A", reverse=reverse, kind="lncRNA") == ("n.13+1G>A", "")


@pytest.mark.parametrize(
    ("before", "after", "gained", "want"),
    [
        ("MKLL*", "MKLLL*", 3, "Leu4dup"),
        ("MKLL*", "MKL*", -3, "Leu4del"),
        ("MKLL*", "MKLLP*", 3, "Leu4_Ter5insPro"),
        ("MKLQ", "MKQ", -3, "Leu3del"),
        ("MAKWSL*", "MAWSL*", -3, "Lys3del"),
        ("MAKWSL*", "MASL*", -6, "Lys3_Trp4del"),
        ("MAKWSL*", "MAKPRWSL*", 6, "Lys3_Trp4insProArg"),
        ("MAKWSL*", "MAPRSL*", 0, "Lys3_Trp4delinsProArg"),
        ("MAKWSL*", "MAPRVSL*", 3, "Lys3_Trp4delinsProArgVal"),
        ("MAKWSL*", "MAP*", 0, "Lys3_Trp4delinsProTer"),
        ("MAKWSL*", "MA*", 1, "Lys3Ter"),
        ("MAKWSL*", "MARGG", 1, "Lys3ArgfsTer?"),
        ("MK*", "MKQ", 0, "Ter3GlnextTer?"),
        ("MK*", "MK*", 1, "="),
    ],
)
def test_proteins_by_hand(before, after, gained, want):
    assert described(before, after, gained=gained) == want


def named_bases(models, transcript, length):
    numbers = numbering(models, transcript)
    return {n: at for at in range(length) if (n := numbers.name(at)) is not None}


def test_every_base_of_a_transcript_has_its_own_number(gene):
    for reverse in (False, True):
        made = gene(4, reverse=reverse)
        named = named_bases(made.models, 0, len(made.genome))
        start, end = int(made.models.transcripts.start[0]), int(made.models.transcripts.end[0])
        assert sorted(named.values()) == list(range(start, end))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 4), st.booleans(), st.integers(45, 190), st.integers(0, 6), st.text("ACGT", max_size=6))
def test_doing_what_a_name_says_gives_the_altered_genome(gene, seed, reverse, at, removed, added):
    made = gene(seed, reverse=reverse)
    reference = made.genome[at : at + removed + 1]
    alternate = reference[0] + added
    found = hgvs_names(made.models, 0, at, reference, alternate).coding
    if not found:
        assert reference == alternate
        return
    wanted = made.genome[:at] + alternate + made.genome[at + len(reference) :]
    assert applied(made, found.partition("c.")[2]) == wanted


def applied(made, words):
    """Do what a name says."""
    first, last, what, bases = re.fullmatch(
        r"([-*\d+]+)(?:_([-*\d+]+))?(del|dup|ins|delins|inv|[ACGT]>)([ACGT]*)", words
    ).groups()
    named = named_bases(made.models, 0, len(made.genome))
    ends = sorted((named[first], named[last or first]))
    start, end = ends[0], ends[1] + 1
    old = made.genome[start:end]
    bases = reverse_complement(bases) if made.reverse else bases
    new = {"del": "", "dup": old + old, "inv": reverse_complement(old)}.get(what, bases)
    if what == "ins":
        new = old[0] + bases + old[1]
    return made.genome[:start] + new + made.genome[end:]


def test_a_base_lost_of_a_run_into_the_start_codon_leaves_the_protein():
    # AAATG: without one A the start is still there, though the name must call it c.1del.
    lines = [
        f"1\tt\t{kind}\t{start}\t24\t.\t+\t{phase}\t{words}"
        for kind, start, phase, words in (
            ("gene", 1, ".", "ID=gene:G"),
            ("mRNA", 1, ".", "ID=transcript:T;Parent=gene:G"),
            ("exon", 1, ".", "Parent=transcript:T"),
            ("CDS", 10, "0", "Parent=transcript:T"),
        )
    ]
    models = GeneModels(transcripts_of(lines), HeldReference({"1": "CCCCCCCAAATGAAATGGTCATAA"}))
    found = hgvs_names(models, 0, 7, "AA", "A")
    assert (found.coding, found.protein) == ("T:c.1del", "T:p.(=)")
