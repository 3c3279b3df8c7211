"""Calling structural variants: each kind found where it is, with its genotype; nothing in a plain genome; refusals."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, Cancelled, InvalidContent, MissingFile, UnreadableFile
from gennet.genomics.fasta import Fasta, HeldReference
from gennet.genomics.structural import Kind
from gennet.genomics.structural.calling import CallRules, call_variants
from gennet.genomics.structural.clips import consensus, extended
from gennet.genomics.structural.clustering import Candidate
from gennet.genomics.structural.evidence import LEFT, RIGHT
from gennet.genomics.structural.genotyping import Counts, genotype
from gennet.genomics.structural.joins import as_duplication, left_aligned
from gennet.genomics.structural.reading import read_vcf
from gennet.genomics.structural.studies import STUDIES, VCF

sys.path.insert(0, str(Path(__file__).parent))
from read_sets import Haplotype, fresh, genome, piece, write_bam, write_fasta

GENOME = genome(60_000, 40_000)
NEW = "".join(np.random.default_rng(9).choice(list("ACGT"), 400))


def whole(contig):
    return Haplotype(GENOME, piece(contig, 0, len(GENOME[contig])))


def changed(*middle, start=20_000, end=21_000):
    return Haplotype(GENOME, piece("chr1", 0, start), *middle, piece("chr1", end, 60_000))


EVENTS = {
    "deletion": (changed(), Kind.DELETION, 20_000, 21_000, 1_000),
    "small deletion": (changed(end=20_060), Kind.DELETION, 20_000, 20_060, 60),
    "duplication": (changed(*[piece("chr1", 20_000, 21_000)] * 2), Kind.DUPLICATION, 20_000, 21_000, 1_000),
    "inversion": (changed(piece("chr1", 20_000, 21_000, backwards=True)), Kind.INVERSION, 20_000, 21_000, 1_000),
    "short insertion": (changed(fresh(NEW[:80]), end=20_000), Kind.INSERTION, 20_000, 20_000, 80),
    "long insertion": (changed(fresh(NEW), end=20_000), Kind.INSERTION, 20_000, 20_000, 400),
}


@pytest.fixture(scope="module")
def called(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reads")
    fasta = write_fasta(folder / "ref.fa", GENOME)
    made = {}

    def _called(name, first, depth=30):
        """One copy of the first haplotype beside a plain genome, or two copies."""
        if (name, depth) not in made:
            plain = [whole("chr1"), whole("chr2")]
            bam = write_bam(
                folder / f"{name}{depth}.bam", GENOME, [*first, *(plain if len(first) < 3 else [])], depth * 2
            )
            with Fasta(fasta) as reference:
                made[name, depth] = call_variants(bam, fasta, reference)
        return made[name, depth]

    return _called


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("copies", [1, 2])
def test_a_variant_is_found_where_it_is_with_its_copies(called, name, copies):
    derived, kind, position, end, length = EVENTS[name]
    other = derived if copies == 2 else whole("chr1")
    found = called(f"{name} {copies}", [derived, other, whole("chr2"), whole("chr2")]).variants
    assert [v.kind for v in found] == [kind]
    one = found[0]
    assert abs(one.position - position) <= 3
    assert abs(one.end - end) <= 3
    assert one.length == pytest.approx(length, abs=3)
    assert one.precise
    assert one.filters == ()
    assert one.call is not None
    assert one.call.copies == copies
    if kind is Kind.INSERTION:
        assert one.inserted is not None
        assert NEW[10 : length - 10] in one.inserted


def test_a_translocation_is_two_joins(called):
    a = Haplotype(GENOME, piece("chr1", 0, 30_000), piece("chr2", 15_000, 40_000))
    b = Haplotype(GENOME, piece("chr2", 0, 15_000), piece("chr1", 30_000, 60_000))
    found = called("translocation", [a, b, whole("chr1"), whole("chr2")]).variants
    assert {v.kind for v in found} == {Kind.BREAKEND}
    places = sorted((v.position, v.mate.position, v.mate.own_forward, v.mate.forward) for v in found if v.mate)
    assert len(places) == 2
    for (at, mate, own, other), expected in zip(
        places, ((30_000, 15_001, True, False), (30_001, 15_000, False, True)), strict=True
    ):
        assert abs(at - expected[0]) <= 3
        assert abs(mate - expected[1]) <= 3
        assert (own, other) == expected[2:]
    assert all(v.call is not None and v.call.copies == 1 for v in found)


def test_a_plain_genome_has_no_variants(called):
    assert called("plain", [whole("chr1"), whole("chr1"), whole("chr2"), whole("chr2")]).variants == ()


def test_the_study_writes_a_vcf_that_reads_back(called, tmp_path):
    derived = EVENTS["deletion"][0]
    called("study", [derived, whole("chr1"), whole("chr2"), whole("chr2")])
    folder = max(tmp_path.parent.glob("reads*"))
    options = read_options(STUDIES[0], {"reads": folder / "study30.bam", "genome": folder / "ref.fa"})
    found = STUDIES[0].run(options, silent, tmp_path / "out")
    assert found.summary.startswith("1 structural variants in somebody (1 DEL")
    assert found.table("variants").column("genotype") == ("0/1",)
    assert sum(found.table("sizes").column("del")) == 1
    back, _ = read_vcf(tmp_path / "out" / VCF)
    assert [(v.kind, v.length) for v in back] == [(Kind.DELETION, 1_000)]
    assert back[0].call is not None
    assert back[0].call.copies == 1


def test_equal_bases_move_a_deletion_left():
    reference = HeldReference({"c": "TTTTACGACGACGGGGG"})
    join = Candidate(0, 10, LEFT, 0, 14, RIGHT)  # one of the ACGs is lost, named at the right
    moved = left_aligned(join, ["c"], reference)
    assert (moved.position, moved.other_position) == (4, 8)


def test_an_insertion_that_repeats_what_follows_is_a_duplication():
    bases = "A" * 10 + NEW[:60] + "C" * 20
    join = Candidate(0, 10, LEFT, 0, 11, RIGHT, inserted=NEW[:60], length=60)
    made = as_duplication(join, ["c"], HeldReference({"c": bases}))
    assert (made.position, made.other_position, made.forward, made.insertion) == (11, 70, False, False)


def test_consensus_ends_where_reads_disagree():
    assert consensus(["ACGTA", "ACGTC", "ACGTG"]) == "ACGT"
    assert consensus(["ACGT"]) == ""


def test_extension_stops_in_a_circle():
    unit = NEW[:30]
    reads = "\n" + "\n".join([(unit * 6)[i : i + 100] for i in (0, 10, 20, 30)] * 2) + "\n"
    assert len(extended(unit, reads)) <= 30 + 150


@pytest.mark.parametrize(
    ("kind", "for_it", "against", "copies"),
    [
        (Kind.DELETION, 10, 10, 1),
        (Kind.DELETION, 20, 0, 2),
        (Kind.DELETION, 0, 20, 0),
        (Kind.DUPLICATION, 10, 20, 1),
        (Kind.DUPLICATION, 20, 20, 2),
    ],
)
def test_genotypes_by_hand(kind, for_it, against, copies):
    call, quality = genotype(kind, Counts({f"r{i}" for i in range(for_it)}, set(), float(against), 0.0))
    assert call.copies == copies
    assert call.likelihoods is not None
    assert call.likelihoods[copies] == 0
    assert (quality > 20) == (copies > 0)


def test_no_reads_are_no_genotype():
    call, quality = genotype(Kind.DELETION, Counts(set(), set(), 0.0, 0.0))
    assert (call.alleles, quality) == ((None, None), 0.0)


class TestRefusals:
    @pytest.fixture
    def files(self, tmp_path):
        bam = write_bam(tmp_path / "a.bam", GENOME, [whole("chr1")], 4)
        return bam, write_fasta(tmp_path / "ref.fa", GENOME)

    def test_of_reads_without_an_index(self, files):
        Path(f"{files[0]}.bai").unlink()
        with pytest.raises(MissingFile, match="samtools index"):
            call_variants(*files, Fasta(files[1]))

    def test_of_another_genome(self, files):
        other = {"chr1": GENOME["chr1"][:-10], "chr2": GENOME["chr2"]}
        with pytest.raises(BadInput, match=r"60,000 bases in the reads and 59,990"):
            call_variants(*files, HeldReference(other))
        with pytest.raises(BadInput, match="no contig"):
            call_variants(*files, HeldReference({"1": "ACGT"}))

    def test_of_what_is_no_alignment(self, files, tmp_path):
        wrong = tmp_path / "b.bam"
        wrong.write_text("no reads here\n")
        with pytest.raises(UnreadableFile):
            call_variants(wrong, files[1], Fasta(files[1]))
        with pytest.raises(MissingFile):
            call_variants(tmp_path / "none.bam", files[1], Fasta(files[1]))

    def test_of_too_few_reads(self, files, tmp_path):
        bam = write_bam(tmp_path / "few.bam", GENOME, [whole("chr2")], 0.5)
        with pytest.raises(BadInput, match="aligned reads"):
            call_variants(bam, files[1], Fasta(files[1]))

    def test_of_rules_that_cannot_be(self, files):
        with pytest.raises(InvalidContent, match="least size"):
            call_variants(*files, Fasta(files[1]), CallRules(least_size=5))

    def test_cancelling_stops(self, files):
        def stop(what, done, total=None):
            raise Cancelled("stopped")

        with pytest.raises(Cancelled):
            call_variants(*files, Fasta(files[1]), watch=stop)


@pytest.mark.parametrize("name", ["sr", "lr"])
def test_the_deletion_of_dellys_example_is_found(mirror, name):
    folder = mirror / "structural" / "delly"
    with Fasta(folder / "ref.fa") as reference:
        found = call_variants(folder / f"{name}.bam", folder / "ref.fa", reference).variants
    sure = [v for v in found if not v.filters]
    assert [v.kind for v in sure] == [Kind.DELETION]
    assert abs(sure[0].position - 100_000) <= 10
    assert abs(sure[0].end - 108_002) <= 10
    assert sure[0].call is not None
    assert sure[0].call.alleles == (0, 1)
