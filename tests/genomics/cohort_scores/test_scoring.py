"""Scores of a cohort: by hand, by a plain product, by the score of each person alone, and by plink2."""

import csv
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cohorts"))
from small_cohorts import made_cohort, write_bed

from gennet import bootstrap
from gennet.adapters.embedded.compute import PoolCompute
from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent
from gennet.errors import BadInput, Cancelled, InvalidContent, UnreadableFile
from gennet.genomics import Build, ScoringFiles, polygenic_scores, read_scoring_file
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.cohort_scores import Missing, match_terms, matrix_terms, score_cohort, score_terms, scoring
from gennet.genomics.cohorts import open_cohort, person, write_pgen

HEAD = "#pgs_id={}\n#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\teffect_type\n"


def scoring_file(tmp_path, *rows, name="PGS1"):
    path = tmp_path / f"{name}.txt"
    path.write_text(HEAD.format(name) + "".join("\t".join(row.split()) + "\n" for row in rows))
    return path


def cohort_of(rows, dosages, people=None):
    chromosome, position, reference, alternate = zip(*(row.split() for row in rows), strict=True)
    v = Variants(
        np.array(list(map(int, chromosome)), np.int8), np.array(list(map(int, position)), np.int32),
        tuple(f"v{i}" for i in range(len(rows))), reference, alternate,
    )  # fmt: skip
    matrix = np.array(dosages, np.int8)
    return HeldCohort(tuple(f"p{i}" for i in range(matrix.shape[1])), v, Build.GRCH38, matrix)


def test_scores_are_those_worked_out_by_hand(tmp_path):
    cohort = cohort_of(["1 10 A C", "1 20 G T", "1 30 A G"], [[0, 1, 2, -1], [0, 1, 2, 0], [2, 2, 2, 0]])
    file = read_scoring_file(
        scoring_file(
            tmp_path, "1 10 C A 1 additive", "1 20 G T 10 additive", "1 30 G A 100 dominant", "1 99 A C 5 additive"
        )
    )
    found = score_cohort(cohort, [file])
    assert found.sums[:, 0].tolist() == [0 + 20 + 100, 1 + 10 + 100, 2 + 0 + 100, 1 + 20 + 0]
    assert found.called[:, 0].tolist() == [3, 3, 3, 2]
    assert (found.scores[0].variants, found.scores[0].matched) == (4, 3)
    assert found.scores[0].notes == ("Left out: 1 variant at positions that the cohort does not hold.",)
    nothing = score_cohort(cohort, [file], missing=Missing.NOTHING)
    assert nothing.sums[:, 0].tolist() == [120, 111, 102, 20]


def test_a_score_nothing_is_known_for_is_not_a_number(tmp_path):
    cohort = cohort_of(["1 10 A C", "1 20 A C"], [[0, -1], [-1, -1]])
    files = [read_scoring_file(scoring_file(tmp_path, "1 10 C A 1 additive", name="a")),
             read_scoring_file(scoring_file(tmp_path, "2 10 C A 1 additive", name="b"))]  # fmt: skip
    found = score_cohort(cohort, files)
    assert np.isnan(found.sums).tolist() == [[False, True], [True, True]]
    assert found.called.tolist() == [[1, 0], [0, 0]]


def test_matching_turns_strands_and_leaves_out_what_is_ambiguous(tmp_path):
    cohort = cohort_of(
        ["1 10 A C", "1 20 A C", "1 30 A T", "1 40 A C", "1 40 A C", "1 50 A C", "1 60 A AT", "24 70 A C"],
        [[1], [1], [1], [1], [1], [1], [1], [2]],
    )
    rows = ["1 10 C A 1 additive", "1 20 G T 1 additive", "1 30 T A 1 additive", "1 40 C A 1 additive",
            "1 50 G A 1 additive", "1 60 T A 1 additive", "Y 70 C A 1 additive"]  # fmt: skip
    score = match_terms(cohort, [read_scoring_file(scoring_file(tmp_path, *rows))]).scores[0]
    # One of three others is on the opposite strand, so that A/T cannot be told apart.
    assert (score.matched, score.flipped, score.palindromic) == (3, 1, 0)
    assert [note.partition(",")[0].partition(" that ")[0].partition(" with ")[0] for note in score.notes] == [
        "Left out: 1 variant",
        "Left out: 2 variants at positions where the cohort has other alleles.",
        "Left out: 1 variant",
    ]
    few = [read_scoring_file(scoring_file(tmp_path, rows[0], rows[2], rows[6]))]
    found = score_cohort(cohort, few)
    assert found.scores[0].palindromic == 1
    assert found.sums.tolist() == [[1 + 1 + 1]]  # the one copy of Y is stored as two


def test_another_build_is_refused(tmp_path):
    path = scoring_file(tmp_path, *(f"1 {i} A C 1 additive" for i in range(10, 40)))
    file = read_scoring_file(path)
    cohort = cohort_of([f"1 {i} A G" if i % 3 else f"1 {i} A C" for i in range(10, 40)], [[1]] * 30)
    with pytest.raises(BadInput, match="only 10 of 30 shared positions carry the alleles"):
        match_terms(cohort, [file])
    with pytest.raises(BadInput, match="its positions are in GRCh38, the cohort is in GRCh37"):
        match_terms(replace(cohort, build=Build.GRCH37), [file])
    with pytest.raises(BadInput, match="there is no score"):
        match_terms(cohort, [])
    with pytest.raises(BadInput, match="holds no variant of PGS1"):
        score_cohort(cohort_of(["2 10 A C"], [[1]]), [file])


def test_each_person_scores_as_alone(tmp_path):
    """The matcher of one person and that of cohorts share no code."""
    rng = np.random.default_rng(4)
    cohort = made_cohort(people=9, size=200, seed=4)
    v = cohort.variants
    turn, rows = str.maketrans("ACGT", "TGCA"), []
    for i in range(0, 200, 2):
        pair = [v.reference[i], v.alternate[i]][:: rng.choice([1, -1])]
        pair = [a.translate(turn) for a in pair] if rng.random() < 0.05 else pair
        rows.append(
            f"{v.chromosome[i]} {v.position[i]} {pair[0]} {pair[1]} {rng.normal():.6f} {rng.choice(['additive', 'dominant', 'recessive'])}"
        )
    file = read_scoring_file(scoring_file(tmp_path, *rows))
    found = score_cohort(cohort, [file], missing=Missing.NOTHING)
    for at, name in enumerate(cohort.samples):
        alone = polygenic_scores(person(cohort, name), ScoringFiles((file,))).scores[0]
        assert found.called[at, 0] == alone.variants_matched
        assert found.sums[at, 0] == pytest.approx(alone.value, abs=1e-12)


def weighted(seed=2, people=37, sites=700, scores=19, missing=True):
    cohort = made_cohort(people=people, size=sites, seed=seed)
    if not missing:
        cohort = replace(cohort, dosages=np.abs(cohort.dosages))
    weights = np.random.default_rng(seed).normal(size=(sites, scores)) ** 3
    return cohort, weights, matrix_terms([f"s{i}" for i in range(scores)], np.arange(sites), weights)


def plain_sums(cohort, weights):
    called = cohort.dosages >= 0
    means = np.where(called, cohort.dosages, 0).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    return np.where(called, cohort.dosages, means[:, None]).T @ weights


@pytest.mark.parametrize("missing", [True, False])
def test_many_scores_are_a_product_within_their_stated_error(missing, tmp_path):
    cohort, weights, terms = weighted(missing=missing)
    expected = plain_sums(cohort, weights)
    for held in (cohort, open_cohort(write_bed(cohort, tmp_path / "c.bed"))):
        exact, fixed = score_terms(held, terms, exact=True), score_terms(held, terms, exact=False)
        assert np.abs(exact.sums - expected).max() < 1e-11
        assert not exact.error.any()
        assert (np.abs(fixed.sums - expected) <= fixed.error + 1e-11).all()
        assert (fixed.error < 1e-6 * expected.std(axis=0)).all()
        assert np.array_equal(fixed.called, (cohort.dosages >= 0).sum(axis=0)[:, None].repeat(19, axis=1))


def test_weights_of_any_size_keep_their_digits():
    cohort, weights, _ = weighted(scores=3)
    scaled = weights * np.array([1e-250, 1.0, 1e250])
    found = score_terms(cohort, matrix_terms(["a", "b", "c"], np.arange(700), scaled), exact=False)
    assert np.allclose(found.sums / np.array([1e-250, 1.0, 1e250]), plain_sums(cohort, weights), rtol=1e-5, atol=1e-4)


def test_the_number_of_processes_changes_no_digit(monkeypatch, tmp_path):
    monkeypatch.setattr(scoring, "STRETCH", 256)
    cohort, _, terms = weighted()
    here = score_terms(cohort, terms)
    pool = PoolCompute(2)
    try:
        there = score_terms(open_cohort(write_bed(cohort, tmp_path / "c.bed")), terms, compute=pool)
    finally:
        pool.close()
    assert np.array_equal(here.sums, there.sums)
    assert np.array_equal(here.called, there.called)


def test_a_run_that_was_stopped_goes_on_with_the_same_digits(monkeypatch, tmp_path):
    monkeypatch.setattr(scoring, "STRETCH", 256)
    cohort, _, terms = weighted()
    checkpoint = tmp_path / "scores.npz"
    seen = []

    def stop(what, done, total=None):
        seen.append(done)
        if done == 512:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        score_terms(cohort, terms, checkpoint=checkpoint, watch=stop)
    with pytest.raises(InvalidContent, match="belongs to other genotypes, scores or options"):
        score_terms(cohort, terms, checkpoint=checkpoint, missing=Missing.NOTHING)
    again = score_terms(cohort, terms, checkpoint=checkpoint, watch=lambda _what, done, _total: seen.append(done))
    assert seen == [0, 256, 512, 512, 700]
    assert np.array_equal(again.sums, score_terms(cohort, terms).sums)
    assert not checkpoint.exists()
    checkpoint.write_bytes(b"PK\3\4 nothing")
    with pytest.raises(UnreadableFile, match="this is no whole checkpoint"):
        score_terms(cohort, terms, checkpoint=checkpoint)


def test_the_study_writes_scores_and_resumes(tmp_path):
    cohort = made_cohort(people=30, size=40)
    v = cohort.variants
    path = write_bed(cohort, tmp_path / "c.bed")
    rows = [
        f"{v.chromosome[i]} {v.position[i]} {v.alternate[i]} {v.reference[i]} {0.1 * i} additive" for i in range(40)
    ]
    given = {"cohort": [str(path)], "build": "GRCh38",
             "scores": [str(scoring_file(tmp_path, *rows)), str(scoring_file(tmp_path, "9 5 A C 1 additive", name="PGS2"))]}  # fmt: skip
    study = next(s for s in STUDIES if s.name == "score-cohort")
    found = bootstrap.study(study, given, folder=tmp_path / "out")
    assert found.summary == "2 scores of 30 people."
    assert found.table("scores").column("matched") == (40, 0)
    assert found.table("scores").column("mean")[1] is None
    files = [read_scoring_file(path) for path in map(Path, given["scores"])]
    expected = score_cohort(cohort, files).sums[:, 0].tolist()
    assert list(found.table("people").column("PGS1")) == expected
    assert sum(found.table("distribution").column("people")) == 30
    assert list((tmp_path / "out").iterdir()) == []


def test_large_tables_of_people_go_to_a_file(tmp_path, monkeypatch):
    from gennet.genomics.cohort_scores import studies

    monkeypatch.setattr(studies, "_MOST_CELLS", 10)
    cohort = made_cohort(people=30, size=8)
    v = cohort.variants
    scores = scoring_file(tmp_path, f"{v.chromosome[0]} {v.position[0]} {v.alternate[0]} {v.reference[0]} 1 additive")
    write_pgen(cohort, tmp_path / "c.pgen")
    study = next(s for s in STUDIES if s.name == "score-cohort")
    options = read_options(study, {"cohort": [str(tmp_path / "c.pgen")], "scores": [str(scores)]})
    found = study.run(options, silent, tmp_path / "out")
    assert [table.name for table in found.tables] == ["scores", "distribution"]
    with (tmp_path / "out" / "people.tsv").open() as lines:
        read = list(csv.DictReader(lines, delimiter="\t"))
    assert [row["PGS1_called"] for row in read] == [str(int(d >= 0)) for d in cohort.dosages[0]]
    assert [row["PGS1"] == "" for row in read] == [bool(d < 0) for d in cohort.dosages[0]]


@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed: apt install plink2")
@pytest.mark.parametrize("policy", list(Missing))
def test_plink2_gives_the_same_sums(tmp_path, policy):
    """Weights are small whole numbers, so that plink2 prints every digit of sums without imputation."""
    cohort = made_cohort(people=60, size=120, seed=9)
    v = cohort.variants
    write_pgen(cohort, tmp_path / "c.pgen")
    weights = np.random.default_rng(1).integers(-9, 10, 120).astype(float)
    autosomal = v.chromosome < 23
    weights[~autosomal] = 0
    lines = [f"{v.id[i]}\t{v.alternate[i]}\t{weights[i]:.0f}\n" for i in np.flatnonzero(weights)]
    (tmp_path / "w.txt").write_text("".join(lines))
    words = ["plink2", "--pfile", tmp_path / "c", "--score", tmp_path / "w.txt", "1", "2", "cols=scoresums"]
    words += ["no-mean-imputation"] if policy is Missing.NOTHING else []
    subprocess.run([*words, "--out", tmp_path / "x", "--threads", "1"], check=True, capture_output=True)
    with (tmp_path / "x.sscore").open() as lines:
        theirs = [float(row["SCORE1_SUM"]) for row in csv.DictReader(lines, delimiter="\t")]
    rows = np.flatnonzero(weights)
    ours = score_terms(open_cohort(tmp_path / "c.pgen"), matrix_terms(["w"], rows, weights[rows, None]), missing=policy)
    assert np.allclose(ours.sums[:, 0], theirs, rtol=1e-5, atol=0 if policy is Missing.NOTHING else 1e-4)


def test_dosages_are_scored_where_the_file_holds_them(mirror):
    """The sums of fractions, in a plain loop over sites."""
    cohort = open_cohort(mirror / "polygenic" / "tiny1000G.bgen")
    rows = np.arange(0, 1000, 13)
    weights = np.random.default_rng(3).normal(size=(len(rows), 2))
    found = score_terms(cohort, matrix_terms(["a", "b"], rows, weights))
    expected = np.zeros_like(found.sums)
    for block in cohort.dosage_blocks(rows, size=1):
        expected += block.dosages[0].astype(float)[:, None] * weights[block.start]
    assert np.allclose(found.sums, expected, atol=1e-11)


@dataclass(frozen=True)
class Fractions:
    """A cohort of dosages in memory."""

    samples: tuple
    variants: Variants
    fractions: np.ndarray
    has_dosages: bool = True
    build: Build = Build.GRCH38
    notes: tuple = ()

    def blocks(self, rows=None, *, size=4096):
        yield from HeldCohort(self.samples, self.variants, None, np.full(self.fractions.shape, -1, np.int8)).blocks(
            rows, size=size
        )

    def dosage_blocks(self, rows=None, *, size=4096):
        from gennet.genomics.cohorts import DosageBlock

        for start in range(0, len(rows), size):
            yield DosageBlock(start, self.fractions[rows[start : start + size]].astype(np.float32))


def test_fractions_of_dominant_and_recessive_weights(tmp_path):
    held = cohort_of(["1 10 A C", "1 20 A C", "1 30 A C"], [[0, 0]] * 3)
    cohort = Fractions(held.samples, held.variants, np.array([[0.5, 1.5], [0.5, 1.5], [0.25, np.nan]]))
    file = read_scoring_file(
        scoring_file(tmp_path, "1 10 C A 1 dominant", "1 20 C A 10 recessive", "1 30 A C 100 additive")
    )
    found = score_cohort(cohort, [file])
    assert found.sums[:, 0].tolist() == [0.5 + 0 + 175, 1 + 5 + 175]
    assert found.called[:, 0].tolist() == [3, 2]
    assert score_cohort(cohort, [file], missing=Missing.NOTHING).sums[:, 0].tolist() == [175.5, 6]
    assert np.isnan(score_cohort(cohort, [file], dosages=False).sums).all()


@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed: apt install plink2")
def test_plink2_gives_the_same_sums_of_dosages(tmp_path):
    held = made_cohort(people=60, size=120, seed=9)
    v = replace(held.variants, chromosome=np.minimum(held.variants.chromosome, 22))
    fractions = np.random.default_rng(5).integers(0, 33, held.dosages.shape) / 16
    fractions[held.dosages < 0] = np.nan
    write_pgen(Fractions(held.samples, v, fractions), tmp_path / "c.pgen")
    cohort = open_cohort(tmp_path / "c.pgen")
    assert cohort.has_dosages
    write_pgen(replace(held, variants=v), tmp_path / "h.pgen")
    assert not open_cohort(tmp_path / "h.pgen").has_dosages
    weights = np.random.default_rng(1).integers(1, 10, 120).astype(float)
    (tmp_path / "w.txt").write_text("".join(f"{v.id[i]}\t{v.alternate[i]}\t{w:.0f}\n" for i, w in enumerate(weights)))
    words = ["plink2", "--pfile", tmp_path / "c", "--score", tmp_path / "w.txt", "1", "2", "cols=scoresums"]
    subprocess.run([*words, "--out", tmp_path / "x", "--threads", "1"], check=True, capture_output=True)
    with (tmp_path / "x.sscore").open() as lines:
        theirs = [float(row["SCORE1_SUM"]) for row in csv.DictReader(lines, delimiter="\t")]
    ours = score_terms(cohort, matrix_terms(["w"], np.arange(120), weights[:, None])).sums[:, 0]
    assert np.allclose(ours, theirs, rtol=1e-5)


def test_frequencies_tell_the_strand_of_palindromes_where_strands_are_mixed(tmp_path):
    # Two of four others are on the opposite strand; T is rare at 50 in the cohort, common at 60, and half at 70.
    sites = ["1 10 A C", "1 20 A C", "1 30 A C", "1 40 A C", "1 50 A T", "1 60 A T", "1 70 A T"]
    copies = [[0, 1]] * 4 + [[0, 0, 0, 1]] + [[2, 2, 2, 1]] + [[0, 2]]
    cohort = cohort_of(sites, [(row * 60)[:60] for row in copies])
    rows = ["1 10 C A 1 additive", "1 20 C A 1 additive", "1 30 G T 1 additive", "1 40 G T 1 additive",
            "1 50 T A 1 additive", "1 60 T A 1 additive", "1 70 T A 1 additive"]  # fmt: skip
    file = read_scoring_file(scoring_file(tmp_path, *rows))
    unsure = match_terms(cohort, [file]).scores[0]
    assert (unsure.matched, unsure.palindromic) == (4, 0)
    told = replace(file, allele_frequency=np.array([-1.0, -1, -1, -1, 0.1, 0.1, 0.1]))
    found = score_cohort(cohort, [told])
    score = found.scores[0]
    assert (score.matched, score.flipped, score.palindromic) == (6, 3, 2)
    assert any("2 count after all" in note for note in score.notes)
    # The first person carries no C or T at 10 to 50, and T twice at 60, which on the file's strand is A twice: none.
    assert found.sums[0, 0] == 0
    few = replace(cohort, samples=cohort.samples[:9], dosages=cohort.dosages[:, :9].copy())
    assert match_terms(few, [told]).scores[0].palindromic == 0
