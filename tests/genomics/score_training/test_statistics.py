"""Summary statistics: what is read, what is lost, and the alleles of a reference."""

import numpy as np
import pytest
from scipy.stats import norm

from gennet.errors import BadInput, InvalidContent
from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.score_training import align, read_summary_statistics

SSF = (
    "chromosome\tbase_pair_location\teffect_allele\tother_allele\tbeta\tstandard_error\teffect_allele_frequency\t"
    "p_value\trsid\tn\n"
)


def test_the_columns_of_gwas_ssf_are_known(write):
    found = read_summary_statistics(write(SSF + "1\t100\tA\tC\t0.2\t0.1\t0.3\t0.05\trs1\t500\n", "s.tsv"))
    assert found.z.tolist() == [pytest.approx(2.0)]
    assert (found.effect, found.other, found.id) == (("A",), ("C",), ("rs1",))
    assert (found.n.tolist(), found.frequency.tolist(), found.p.tolist()) == ([500], [0.3], [0.05])


@pytest.mark.parametrize(
    ("text", "z"),
    [
        ("SNP A1 A2 BETA P\nrs1 T C -0.1 0.05\n", -1.959964),
        ("SNP,A1,A2,OR,SE\nrs1,T,C,0.5,0.1\n", np.log(0.5) / 0.1),
        ("#CHROM\tPOS\tID\tREF\tALT\tA1\tBETA\tSE\tP\n1\t5\trs1\tT\tC\tT\t0.3\t0.1\t0.1\n", 3.0),
        ("SNP\tA1\tA2\tBETA\tLOG10P\nrs1\tT\tC\t1\t2\n", norm.isf(0.005)),
    ],
)
def test_other_spellings_are_known(write, text, z):
    found = read_summary_statistics(write(text, "s.tsv"), people=1000)
    assert found.z[0] == pytest.approx(z, rel=1e-6)
    assert (found.effect[0], found.other[0]) == ("T", "C")


def test_what_is_lost_is_counted_by_reason(write):
    rows = (
        "1\t100\tA\tC\t0.2\t0.1\t0.3\t0.05\trs1\t500\n"
        "1\t200\tA\tC\tNA\t0.1\t0.3\t0.05\trs2\t500\n"
        "1\t300\tA\t<DEL>\t0.2\t0.1\t0.3\t0.05\trs3\t500\n"
        "1\t400\tA\tC\t0.2\t0.1\t0.3\t0.05\trs4\t500\n1\t400\tC\tA\t0.2\t0.1\t0.3\t0.05\trs4\t500\n"
        "1\t500\tA\tC\t0.2\t0\t0.3\t0\trs5\t500\n"
        "1\t600\tA\tC\t0.2\t0.1\t0.3\t0.05\trs6\tNA\n"
    )
    found = read_summary_statistics(write(SSF + rows, "s.tsv"))
    assert found.id == ("rs1",)
    assert dict(found.lost) == {
        "alleles are no two different sequences of bases": 1, "no effect with a standard error or p-value": 2,
        "no sample size": 1, "the variant stands twice": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SSF, "there is no table"),
        (SSF + "1\t100\tA\tC\tx\t0.1\t0.3\t0.05\trs1\t5\n", r"line 2: beta 'x' is no number"),
        (SSF + "1\t100\tA\tC\t0.2\t0.1\t0.3\t1.5\trs1\t5\n", r"line 2: a p-value is not within 0 to 1"),
        (SSF + "1\t100\tA\tC\t0.2\t0.1\t3\t0.5\trs1\t5\n", r"line 2: a frequency is not within"),
        (SSF + "1\t100\tA\tC\n", r"line 2: 4 cells under 10 columns"),
        ("SNP A1 A2 P\nrs1 A C 0.1\n", r"no column for an effect \(beta"),
        ("SNP A1 A2 BETA P\nrs1 A C 1 0.1\n", r"no row is left: no sample size; state the sample size"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_line(write, text, message):
    with pytest.raises(InvalidContent, match=message):
        read_summary_statistics(write(text, "s.tsv"))


def cohort_of(*rows, dosages=None):
    """Make a cohort of (position, reference, alternate), its alternate at frequency 0.3."""
    positions, reference, alternate = zip(*rows, strict=True)
    size = len(rows)
    variants = Variants(
        np.ones(size, np.int8), np.array(positions, np.int32), tuple(f"rs{p}" for p in positions), reference, alternate
    )
    held = np.tile(np.array([0, 0, 1, 0, 1, 0, 1, 1, 1, 1], np.int8), (size, 1)) if dosages is None else dosages
    return HeldCohort(tuple(f"p{i}" for i in range(10)), variants, Build.GRCH38, held)


def statistics(write, *rows):
    lines = "".join(f"1\t{p}\t{e}\t{o}\t0.3\t0.1\t{f}\t0.01\trs{p}\t100\n" for p, e, o, f in rows)
    return read_summary_statistics(write(SSF + lines, "s.tsv"))


@pytest.mark.parametrize(
    ("effect", "other", "frequency", "z"),
    [("C", "A", 0.3, 3.0), ("A", "C", 0.7, -3.0), ("G", "T", 0.3, 3.0), ("T", "G", 0.7, -3.0), ("C", "A", "NA", 3.0)],
)
def test_effects_are_turned_to_the_alternate_allele(write, effect, other, frequency, z):
    found = align(statistics(write, (5, effect, other, frequency)), cohort_of((5, "A", "C")))
    assert found.z.tolist() == [pytest.approx(z)]


@pytest.mark.parametrize(
    ("effect", "frequency", "z"),
    [("T", 0.25, 3.0), ("A", 0.75, -3.0), ("A", 0.25, 3.0), ("T", 0.75, -3.0), ("T", 0.45, None), ("T", "NA", None)],
)
def test_palindromes_are_decided_by_frequencies_far_from_a_half(write, effect, frequency, z):
    other = {"A": "T", "T": "A"}[effect]
    both = statistics(write, (5, effect, other, frequency), (9, "C", "A", 0.3))
    found = align(both, cohort_of((5, "A", "T"), (9, "A", "C")))
    kept = dict(zip(found.variants.position.tolist(), found.z.tolist(), strict=True))
    assert kept.get(5) == (None if z is None else pytest.approx(z))


def test_losses_in_the_reference_are_counted(write):
    dosages = np.tile(np.array([0, 0, 1, 0, 1, 0, 1, 1, 1, 1], np.int8), (3, 1))
    dosages[1] = 0
    found = align(
        statistics(write, (5, "C", "A", 0.3), (6, "C", "A", 0.3), (7, "C", "A", 0.9), (8, "C", "A", 0.3)),
        cohort_of((5, "A", "C"), (6, "A", "C"), (7, "A", "C"), dosages=dosages),
    )
    assert found.variants.position.tolist() == [5]
    assert dict(found.lost) == {
        "not in the reference": 1, "does not vary in the reference": 1, "frequencies differ by more than 0.2": 1
    }  # fmt: skip
    with pytest.raises(BadInput, match="share no variant"):
        align(statistics(write, (5, "C", "A", 0.3)), cohort_of((99, "A", "C")))


def test_the_toy_statistics_of_prs_cs_are_read(mirror):
    folder = mirror / "sumstats"
    by_p, by_se = (read_summary_statistics(folder / f"sumstats_{how}.txt", people=200_000) for how in ("pval", "se"))
    assert by_p.size == by_se.size == 1000
    # The two files hold the same associations, rounded.
    assert np.corrcoef(by_p.z, by_se.z)[0, 1] > 0.999
