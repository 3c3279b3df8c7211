"""Runs of homozygosity and the sex X shows: by hand, simulated, refused."""

import numpy as np
import pytest

from gennet.core.study import read_options, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.ancestry.homozygosity import RunRules, most_likely_states, runs_of_homozygosity
from gennet.genomics.ancestry.person_studies import STUDIES
from gennet.genomics.ancestry.sex import Shown, sexes
from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants

HOMOZYGOSITY, SEX = STUDIES


def cohort(genotypes, position=None, chromosome=1, build=Build.GRCH37):
    m, n = genotypes.shape
    at = np.arange(m) * 10_000 + 3_000_000 if position is None else position
    v = Variants(
        np.broadcast_to(chromosome, m).astype(np.int8), at.astype(np.int32), (".",) * m, ("A",) * m, ("C",) * m
    )
    return HeldCohort(tuple(f"p{i}" for i in range(n)), v, build, genotypes.astype(np.int8))


def outbred(rng, m, n):
    f = rng.uniform(0.2, 0.8, m)
    return f, rng.binomial(2, f[:, None], (m, n))


def plain_states(dosages, f, position, rules):
    """Try every path of a short chain."""
    best, chosen = -np.inf, None
    step = np.array([[1 - rules.enter, rules.enter], [rules.leave, 1 - rules.leave]])
    for path in range(1 << len(dosages)):
        states = [(path >> i) & 1 for i in range(len(dosages))]
        total = 0.0
        for i, (g, s) in enumerate(zip(dosages, states, strict=True)):
            likelihood = [rules.error] * 3
            likelihood[g] = 1 - 2 * rules.error
            prior = [1 - f[i], 0.0, f[i]] if s else [(1 - f[i]) ** 2, 2 * f[i] * (1 - f[i]), f[i] ** 2]
            total += np.log(np.dot(likelihood, prior))
            if i:
                total += np.log(np.linalg.matrix_power(step, int(position[i] - position[i - 1]))[states[i - 1], s])
        if total > best:
            best, chosen = total, states
    return chosen


@pytest.mark.parametrize("seed", range(6))
def test_the_path_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    rules = RunRules(enter=0.02, leave=0.01)
    f = rng.uniform(0.1, 0.9, 9)
    dosages = rng.choice(3, 9, p=[0.45, 0.1, 0.45])
    position = np.cumsum(rng.integers(1, 30, 9))
    found = most_likely_states(dosages.astype(np.int8), f, position, rules)
    assert found.tolist() == plain_states(dosages, f, position, rules)


def test_a_run_is_found_and_others_have_none():
    rng = np.random.default_rng(1)
    f, g = outbred(rng, 2000, 20)
    g[600:1000, 3] = 2 * rng.binomial(1, f[600:1000])
    found = runs_of_homozygosity(cohort(g))
    assert {r.person for r in found.runs} == {3}
    assert len(found.runs) == 1
    run = found.runs[0]
    assert abs(run.start - (3_000_000 + 6_000_000)) < 100_000
    assert abs(run.end - (3_000_000 + 9_990_000)) < 100_000
    assert found.fraction[3] == pytest.approx(run.length / found.covered)
    assert found.fraction[0] == 0


def test_missing_calls_neither_make_nor_break_a_run():
    rng = np.random.default_rng(2)
    f, g = outbred(rng, 1500, 20)
    g[300:700, 0] = 2 * rng.binomial(1, f[300:700])
    whole = runs_of_homozygosity(cohort(g)).runs[0]
    g[rng.choice(np.arange(310, 690), 60, replace=False), 0] = -1
    g[:, 5] = -1
    found = runs_of_homozygosity(cohort(g)).runs
    assert [(r.start, r.end) for r in found] == [(whole.start, whole.end)]


def people_of_both_sexes(rng, m=800):
    f = rng.uniform(0.2, 0.8, m)
    women = rng.binomial(2, f[:, None], (m, 30))
    men = 2 * rng.binomial(1, f[:, None], (m, 30))
    return cohort(np.column_stack([women, men]), chromosome=23)


def test_x_shows_who_has_one_and_who_has_two():
    found = sexes(people_of_both_sexes(np.random.default_rng(3)))
    # Expected heterozygosity is that of everybody, so that F of women is below 0.
    assert found.shown == (Shown.FEMALE,) * 30 + (Shown.MALE,) * 30
    assert found.inbreeding[30:] == pytest.approx(1.0)
    assert np.isnan(found.y_called).all()


def test_few_variants_tell_nothing():
    held = people_of_both_sexes(np.random.default_rng(3), m=12)
    assert set(sexes(held).shown) == {Shown.OPEN}


def test_the_ends_of_x_do_not_count():
    rng = np.random.default_rng(4)
    g = rng.binomial(2, 0.5, (50, 20))
    with pytest.raises(BadInput, match="outside its ends"):
        sexes(cohort(g, position=np.arange(50) * 1000 + 60_001, chromosome=23))
    with pytest.raises(BadInput, match="genome build"):
        sexes(cohort(g, chromosome=23, build=None))


def _vcf(write, held):
    rows = ["##fileformat=VCFv4.2", "##contig=<ID=X,length=155270560>"]
    rows.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *held.samples]))
    block = next(held.blocks())
    for position, calls in zip(held.variants.position.tolist(), block.dosages.tolist(), strict=True):
        genotypes = "\t".join(("0/0", "0/1", "1/1")[g] for g in calls)
        rows.append(f"X\t{position}\t.\tA\tC\t.\t.\t.\tGT\t{genotypes}")
    return write("\n".join(rows) + "\n", "x.vcf")


def test_the_study_names_who_differs_from_what_is_stated(write):
    path = _vcf(write, people_of_both_sexes(np.random.default_rng(5)))
    stated = "person\tsex\n" + "".join(f"p{i}\t{'male' if i >= 30 else 'F'}\n" for i in range(59)) + "p59\t2\n"
    given = {"cohort": [path], "stated": write(stated, "s.tsv"), "build": "GRCh37"}
    found = SEX.run(read_options(SEX, given), silent, None)
    assert found.summary.startswith("1 of 60 people differ")
    verdict = dict(zip(found.table("people").column("person"), found.table("people").column("verdict"), strict=True))
    assert verdict["p59"] == "differs"
    assert verdict["p0"] == "agrees"
    given["stated"] = write("person\tsex\np1\tmaybe\n", "wrong.tsv")
    with pytest.raises(InvalidContent, match=r"wrong\.tsv: p1.*'maybe'"):
        SEX.run(read_options(SEX, given), silent, None)


def test_the_study_of_runs_lists_people_by_their_share(write):
    rng = np.random.default_rng(6)
    f, g = outbred(rng, 1200, 12)
    g[200:700, 7] = 2 * rng.binomial(1, f[200:700])
    held = cohort(g)
    path = _vcf(write, held)
    path.write_text(
        path.read_text().replace("\nX\t", "\n1\t").replace("ID=X,length=155270560", "ID=1,length=249250621")
    )
    found = HOMOZYGOSITY.run(read_options(HOMOZYGOSITY, {"cohort": [path]}), silent, None)
    assert found.table("people").column("person")[0] == "p7"
    assert found.table("runs").column("person") == ("p7",)
    assert "1 runs of homozygosity in 1 of 12 people" in found.summary
