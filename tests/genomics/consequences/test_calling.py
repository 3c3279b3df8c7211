"""Consequences by hand, by property and by two ways that must agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gennet.errors import InvalidContent
from gennet.genomics.consequences import (
    GeneModels,
    Genotype,
    HeldReference,
    Phase,
    Record,
    Term,
    along_haplotypes,
    call_alone,
    local,
    transcripts_of,
)
from gennet.genomics.consequences.codes import genetic_code, reverse_complement
from gennet.genomics.consequences.phasing import phased

STRANDS = [False, True]


def other(base, step=1):
    return "ACGT"[("ACGT".index(base) + step) % 4]


def tiny(coding, *, reverse=False, flank="CCCCCCCCCC"):
    """Make one exon, all coding, with ten bases on both sides."""
    strand = "-" if reverse else "+"
    lines = [
        f"1\tt\t{kind}\t11\t{10 + len(coding)}\t.\t{strand}\t{phase}\t{words}"
        for kind, phase, words in (
            ("gene", ".", "ID=gene:G;Name=N;biotype=protein_coding"),
            ("mRNA", ".", "ID=transcript:T;Parent=gene:G;biotype=protein_coding"),
            ("CDS", "0", "Parent=transcript:T"),
        )
    ]
    bases = reverse_complement(coding) if reverse else coding
    return GeneModels(transcripts_of(lines), HeldReference({"1": flank + bases + flank}))


def told(models, *lines, call=local):
    return [{one.bcsq() for one in site.consequences} for site in call(models, list(lines))]


def test_the_codon_decides_by_hand():
    models = tiny("ATGAAATGGTCATAA")  # M K W S *
    (missense, gained, lost, kept, start, retained) = told(
        models,
        Record("1", 13, "A", ("G",)),
        Record("1", 18, "G", ("A",)),
        Record("1", 22, "T", ("C",)),
        Record("1", 24, "A", ("G",)),
        Record("1", 10, "A", ("C",)),
        Record("1", 21, "A", ("G",)),
    )
    assert missense == {"missense|N|T|protein_coding|+|2K>2E|14A>G"}
    assert gained == {"stop_gained|N|T|protein_coding|+|3W>3*|19G>A"}
    assert lost == {"stop_lost|N|T|protein_coding|+|5*>5Q|23T>C"}
    assert kept == {"stop_retained|N|T|protein_coding|+|5*|25A>G"}
    assert start == {"start_lost|N|T|protein_coding|+|1M>1L|11A>C"}
    assert retained == {"synonymous|N|T|protein_coding|+|4S|22A>G"}


def test_the_other_strand_is_read_backwards():
    models = tiny("ATGAAATGGTCATAA", reverse=True)
    ((found,),) = told(models, Record("1", 21, "T", ("C",)))
    assert found == "missense|N|T|protein_coding|-|2K>2E|22T>C"


def test_a_frame_is_lost_to_the_new_stop_and_kept_by_threes():
    models = tiny("ATGAAATGGTCACTATAA")  # M K W S L *
    (frame, inframe, longer) = told(
        models, Record("1", 13, "AA", ("A",)), Record("1", 12, "GAAA", ("G",)), Record("1", 12, "G", ("GCCC",))
    )
    assert frame == {"frameshift|N|T|protein_coding|+|1MKWSL*>1MNGHY|14AA>A"}
    assert inframe == {"inframe_deletion|N|T|protein_coding|+|1MK>1M|13GAAA>G"}
    assert longer == {"inframe_insertion|N|T|protein_coding|+|1M>1MP|13G>GCCC"}


def test_alternative_starts_keep_the_start_where_the_code_has_them():
    for table, want in ((0, "start_lost"), (1, "start_retained")):
        held = tiny("ATGAAATGGTCATAA")
        models = GeneModels(held.transcripts, held.reference, table=table)
        ((found,),) = told(models, Record("1", 10, "A", ("C",)))
        assert found == f"{want}|N|T|protein_coding|+|1M>1L|11A>C"


@pytest.mark.parametrize("reverse", STRANDS)
def test_splice_sites_and_regions_lie_where_they_should(gene, line, reverse):
    made = gene(1, reverse=reverse)
    end, start = made.exons[0][1], made.exons[1][0]
    near, far = ("splice_acceptor", "splice_donor") if reverse else ("splice_donor", "splice_acceptor")
    wanted = {
        end - 3: "splice_region", end: near, end + 1: near, end + 2: "splice_region", end + 7: "splice_region",
        end + 8: "intron", start - 9: "intron", start - 8: "splice_region", start - 2: far, start - 1: far,
        start + 2: "splice_region", made.exons[0][0]: "3_prime_utr" if reverse else "5_prime_utr",
    }  # fmt: skip
    records = [line(made, at, 1, other(made.genome[at])) for at in wanted]
    for found, want in zip(told(made.models, *records), wanted.values(), strict=True):
        assert want in {text.split("|")[0] for text in found}


@pytest.mark.parametrize("reverse", STRANDS)
def test_the_first_base_after_a_transcript_is_nobodys(gene, line, reverse):
    made = gene(2, reverse=reverse)
    at = made.exons[-1][1]
    assert told(made.models, line(made, at, 1, other(made.genome[at]))) == [set()]


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 5), st.booleans(), st.integers(0, 400), st.integers(0, 12), st.text("ACGT", max_size=9),
)  # fmt: skip
def test_the_altered_protein_is_what_the_altered_genome_codes_for(gene, seed, reverse, where, removed, added):
    made = gene(seed, reverse=reverse)
    start, end = made.cds[where % 3]
    at = start + 3 + where % (end - start - 16)
    reference = made.genome[at : at + removed + 1]
    alternate = reference[0] + added
    if reference == alternate or at + removed + 1 > end - 3:
        return
    sites = local(made.models, [Record("1", at, reference, (alternate,))])
    found = [one for one in sites[0].consequences if one.residues]
    if not found:  # it takes the start codon away
        assert any(one.terms & (Term.START_LOST | Term.START_RETAINED) for one in sites[0].consequences)
        return
    changed = made.genome[:at] + alternate + made.genome[at + len(reference) :]
    grown = len(alternate) - len(reference)
    read = genetic_code(0).translate
    after = read(made.spliced(changed, lambda p: p + (grown if p > at else 0))).split("*")[0]
    before = read(made.spliced(made.genome))
    (one,) = found
    assert before[one.residues.reference_at - 1 :].startswith(one.residues.reference)
    rest = before[one.residues.reference_at - 1 + len(one.residues.reference) :]
    rebuilt = before[: one.residues.alternate_at - 1] + one.residues.alternate
    rebuilt = rebuilt if one.terms & Term.FRAMESHIFT else rebuilt + rest
    assert rebuilt.split("*")[0].startswith(after) or after.startswith(rebuilt.split("*")[0])
    assert abs(len(after) - len(rebuilt.split("*")[0])) <= 1  # the last codon may be read beyond the sequence


@pytest.mark.parametrize("reverse", STRANDS)
def test_columns_say_what_one_by_one_says(gene, reverse):
    made, rng = gene(3, reverse=reverse), np.random.default_rng(4)
    records = []
    for at in range(20, len(made.genome) - 30):
        records += [Record("1", at, made.genome[at], (other(made.genome[at], step),), line=1) for step in (1, 2, 3)]
        size = int(rng.integers(1, 6))
        records.append(Record("1", at, made.genome[at : at + size + 1], (made.genome[at],), line=1))
        records.append(Record("1", at, made.genome[at], (made.genome[at] + "ACGTTGCA"[:size],), line=1))
    calls = call_alone(made.models, records)
    sites = local(made.models, records)
    for site, found, text in zip(sites, calls.by_record(), calls.texts(), strict=True):
        assert {o.bcsq() for o in site.consequences} == {o.bcsq() for o in found} == set(text.split(",")) - {""}
    assert calls.size == sum(len(site.consequences) for site in sites)


def test_kernels_agree_with_their_plain_versions(gene):
    from gennet.genomics.consequences import _kernels
    from gennet.genomics.consequences.edits import Edit, Kind
    from gennet.genomics.consequences.placement import Stretch, place

    rng = np.random.default_rng(5)
    start = rng.integers(20, 40, 300)
    end, position = start + rng.integers(1, 20, 300), rng.integers(0, 80, 300)
    flags = rng.integers(0, 2, (3, 300)).astype(np.uint8)
    fast = _kernels.splice_terms(position, start, end, *flags)
    for i in range(300):
        left, right, reverse = (bool(f[i]) for f in flags)
        stretch = Stretch(int(start[i]), int(end[i]), reverse, left, right)
        edit = Edit(int(position[i]), int(position[i]) + 1, "A", Kind.SUBSTITUTION, 0)
        assert int(fast[i]) == int(place(edit, stretch, lambda a, b: "N" * (b - a)).terms)


def test_two_changes_of_one_codon_are_told_together():
    models = tiny("ATGAAATGGTCATAA")
    lines = (
        Record("1", 13, "A", ("T",), (Genotype((1, 0), phased=True), Genotype((1, 1), phased=True))),
        Record("1", 14, "A", ("T",), (Genotype((1, 0), phased=True), Genotype((0, 1), phased=True))),
    )
    one, two = along_haplotypes(models, list(lines))
    together = "missense|N|T|protein_coding|+|2K>2L|14A>T+15A>T"
    assert {o.bcsq() for o in one.consequences} == {together, "stop_gained|N|T|protein_coding|+|2K>2*|14A>T"}
    assert {o.bcsq() for o in two.consequences} == {"@14"}
    places = {o.bcsq(): p for o, p in one.carried.items()}
    assert places[together] == {(0, 0), (1, 1)}
    assert places["stop_gained|N|T|protein_coding|+|2K>2*|14A>T"] == {(1, 0)}


def test_indels_that_restore_the_frame_are_told_together():
    models = tiny("ATGAAATGGTCACTATAA")
    first, second = Record("1", 12, "GA", ("G",)), Record("1", 18, "G", ("GC",))
    one, two = along_haplotypes(models, [first, second])
    assert {o.bcsq() for o in one.consequences} == {
        "missense&inframe_altering|N|T|protein_coding|+|1MKW>1MNG|13GA>G+19G>GC"
    }
    assert {o.bcsq() for o in two.consequences} == {"@13"}


def test_what_follows_a_new_stop_says_so():
    models = tiny("ATGAAATGGTCACTATAA")
    _, after = told(models, Record("1", 18, "G", ("A",)), Record("1", 20, "C", ("G",)), call=along_haplotypes)
    assert after == {"*stop_gained|N|T|protein_coding|+|4S>4*|21C>G"}


def test_nothing_is_told_behind_a_lost_start():
    models = tiny("ATGAAATGGTCATAA")
    start, after = told(models, Record("1", 10, "A", ("C",)), Record("1", 13, "A", ("G",)), call=along_haplotypes)
    assert (start, after) == ({"start_lost|N|T|protein_coding|+"}, set())


def test_a_second_change_of_the_same_base_is_left_out():
    models = tiny("ATGAAATGGTCATAA")
    one, two = told(models, Record("1", 13, "AA", ("CC",)), Record("1", 14, "A", ("G",)), call=along_haplotypes)
    assert one == {"missense|N|T|protein_coding|+|2K>2P|14AA>CC"}
    assert two == set()


def test_unphased_genotypes_are_refused_unless_it_is_said_how():
    record = Record("1", 13, "A", ("G",), (Genotype((0, 1), phased=False),), 7)
    with pytest.raises(InvalidContent, match="line 7: a heterozygous genotype is not phased"):
        phased(record, Phase.REQUIRE)
    assert phased(record, Phase.ALTERNATE).genotypes[0].alleles == (1, 1)
    homozygous = Record("1", 13, "A", ("G",), (Genotype((1, 1), phased=True),))
    assert phased(homozygous, Phase.REQUIRE).genotypes == homozygous.genotypes


def test_a_reference_allele_the_genome_does_not_have_is_refused():
    models = tiny("ATGAAATGGTCATAA")
    record = Record("1", 13, "G", ("T",), line=12)
    for call in (local, call_alone):
        with pytest.raises(InvalidContent, match="line 12: REF is G and the genome says A at 1:14"):
            call(models, [record])


def test_symbolic_alleles_and_other_contigs_say_nothing():
    models = tiny("ATGAAATGGTCATAA")
    assert told(models, Record("1", 13, "A", ("",)), Record("GL1", 13, "A", ("G",))) == [set(), set()]
    assert call_alone(models, [Record("1", 13, "A", ("",)), Record("GL1", 13, "A", ("G",))]).texts() == ["", ""]


def test_a_mitochondrial_codon_is_read_by_its_own_code():
    lines = [
        f"MT\tt\t{kind}\t1\t12\t.\t+\t{phase}\t{words}"
        for kind, phase, words in (
            ("gene", ".", "ID=gene:G;Name=N;biotype=protein_coding"),
            ("mRNA", ".", "ID=transcript:T;Parent=gene:G;biotype=protein_coding"),
            ("CDS", "0", "Parent=transcript:T"),
        )
    ]
    models = GeneModels(transcripts_of(lines), HeldReference({"chrM": "ATGTGGAAATAA"}))
    ((found,),) = told(models, Record("MT", 5, "G", ("A",)))
    assert found == "synonymous|N|T|protein_coding|+|2W|6G>A"
