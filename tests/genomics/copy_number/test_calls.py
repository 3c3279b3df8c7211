"""Whole copies, purity and ploidy, events and the study: hand-computed cases, recovery of known mixtures, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gennet.core.study import silent
from gennet.delivery.figures import draw
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.copy_number.alleles import Sites, rarer, read_sites
from gennet.genomics.copy_number.copies import Mixture, Sex, call
from gennet.genomics.copy_number.events import Certain, events, write_vcf
from gennet.genomics.copy_number.purity import centred, fit
from gennet.genomics.copy_number.segments import Method, Segments
from gennet.genomics.copy_number.studies import CopyNumber, Panel, run_copy_number, run_panel


def segments(log2, names=None, bins=200, noise=0.2):
    names = names or ["1"] * len(log2)
    contigs, n = tuple(dict.fromkeys(names)), len(log2)
    at, count = np.arange(n, dtype=np.int64), np.full(n, bins, np.int64)
    contig = np.array([contigs.index(name) for name in names], np.int32)
    error = np.full(n, noise / np.sqrt(bins))
    return Segments(contigs, contig, at * 1000, at * 1000 + 1000, np.asarray(log2, float), error, count, count * 1.0)


def tumour(copies, purity, rng, noise=0.2):
    copies = np.asarray(copies)
    whole = purity * copies.mean() + 2 * (1 - purity)
    ratio = (purity * copies + 2 * (1 - purity)) / whole
    return segments(np.log2(ratio) + rng.normal(size=len(copies)) * noise / np.sqrt(200))


def test_copies_are_those_of_the_mixture():
    mixture = Mixture(purity=0.5, ploidy=3.0)
    # (0.5 c + 1) / 2.5 of the mean depth
    log2 = np.log2((0.5 * np.arange(6) + 1) / 2.5)
    found = call(segments(log2), mixture)
    assert found.copies.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(found.fraction, np.arange(6), atol=1e-9)


@pytest.mark.parametrize(
    ("sex", "haploid", "log2", "copies"),
    [
        (Sex.MALE, False, -1.0, 1), (Sex.FEMALE, False, 0.0, 2), (Sex.MALE, True, 0.0, 1),
        (Sex.FEMALE, True, 1.0, 2), (None, False, 0.0, -1),
    ],
)  # fmt: skip
def test_x_is_called_by_sex_and_reference(sex, haploid, log2, copies):
    found = call(segments([log2], ["chrX"]), Mixture(sex=sex, haploid_reference=haploid))
    assert found.copies.tolist() == [copies]
    assert np.isnan(found.probability[0]) == (copies < 0)


def test_a_short_noisy_segment_is_less_certain():
    sure, unsure = (call(segments([-0.6], bins=n, noise=0.5), Mixture()) for n in (500, 3))
    assert sure.copies.tolist() == [1]
    assert unsure.probability[0] < sure.probability[0]


def test_more_copies_than_told_apart_are_the_most():
    assert call(segments([4.0]), Mixture(most=5)).copies.tolist() == [5]


@pytest.mark.parametrize("bad", [{"purity": 0.0}, {"purity": 1.2}, {"ploidy": 9.0}, {"most": 2}])
def test_mixtures_that_cannot_be_are_refused(bad):
    with pytest.raises(BadInput):
        Mixture(**bad)


@pytest.mark.parametrize("purity", [0.4, 0.7, 0.94])
def test_purity_and_ploidy_of_known_mixtures_are_among_the_answers(purity):
    copies = [2] * 12 + [1] * 4 + [3] * 4 + [4]
    found = fit(tumour(copies, purity, np.random.default_rng(4)), Mixture())
    assert any(abs(s.purity - purity) <= 0.041 and abs(s.ploidy - np.mean(copies)) <= 0.1 for s in found)


def test_alleles_tell_apart_what_depth_cannot():
    copies, rarer = (
        np.array([4] * 6 + [3] * 6 + [2] * 4 + [6] * 2 + [1] * 2),
        [2] * 6 + [1] * 6 + [0] * 4 + [2] * 2 + [0] * 2,
    )
    made = tumour(copies, 0.5, np.random.default_rng(5))
    minor = (0.5 * np.array(rarer) + 0.5) / (0.5 * copies + 1)
    assert len(fit(made, Mixture())) > 1
    best = fit(made, Mixture(), minor)
    assert len(best) == 1
    assert best[0].purity == pytest.approx(0.5, abs=0.03)
    assert best[0].ploidy == pytest.approx(copies.mean(), abs=0.1)


def test_segments_without_a_change_tell_no_purity():
    with pytest.raises(InvalidContent, match="does not tell the purity"):
        fit(segments(np.zeros(10)), Mixture())


def test_a_tumour_without_autosomes_is_refused():
    with pytest.raises(InvalidContent, match="no autosomal segment"):
        centred(segments([-1.0], ["X"]))


def test_neighbours_with_the_same_copies_are_one_event():
    made = segments([0, -1, -1, 0, 0.585, -6, 0])
    found = events(made, call(made, Mixture()), Certain())
    assert [(e.variant.kind.value, e.variant.position, e.variant.end, e.copies, e.variant.call.alleles) for e in found] == [
        ("DEL", 1000, 3000, 1, (0, 1)), ("DUP", 4000, 5000, 3, (0, 1)), ("DEL", 5000, 6000, 0, (1, 1)),
    ]  # fmt: skip


def test_few_bins_and_doubt_are_filters():
    made = segments([-1.2], bins=2, noise=0.5)
    (found,) = events(made, call(made, Mixture()), Certain())
    assert set(found.variant.filters) == {"LowBins", "LowQual"}


def test_a_vcf_is_read_by_htslib(tmp_path):
    pysam = pytest.importorskip("pysam")
    made = segments([0, -1, 0, 1.0])
    found = events(made, call(made, Mixture()), Certain())
    path = write_vcf(found, "me", tmp_path / "a.vcf", lengths={"1": 9000})
    with pysam.VariantFile(str(path)) as file:
        rows = [(r.pos, r.stop, r.alts, r.samples["me"]["GT"], r.samples["me"]["CN"], r.info["SVCLAIM"]) for r in file]
    assert rows == [
        (1000, 2000, ("<DEL>",), (0, 1), 1, ("D",)), (3000, 4000, ("<DUP>",), (None, 1), 4, ("D",)),
    ]  # fmt: skip


def table_of(copies, rng, path, noise=0.15):
    log2 = np.log2(np.maximum(copies, 0.05) / 2) + rng.normal(scale=noise, size=len(copies))
    rows = [f"chr3\t{i * 100}\t{i * 100 + 100}\t{x:.4f}\n" for i, x in enumerate(log2.tolist())]
    path.write_text("chromosome\tstart\tend\tlog2\n" + "".join(rows))
    return path


@pytest.mark.parametrize("method", list(Method))
def test_the_study_finds_a_deletion_and_a_duplication_and_draws_them(tmp_path, method):
    copies = np.repeat([2, 1, 2, 3, 2], [300, 40, 200, 60, 300])
    path = table_of(copies, np.random.default_rng(6), tmp_path / "a.cnr")
    out = tmp_path / "out"
    found = run_copy_number(CopyNumber(bins=path, method=method, name="me"), silent, out)
    events_ = found.table("events")
    assert events_.column("kind") == ("DEL", "DUP")
    assert events_.column("filter") == ("PASS", "PASS")
    for start, truth in zip(events_.column("start"), (30_001, 54_001), strict=True):
        assert abs(start - truth) <= 200
    assert sorted(p.name for p in out.iterdir()) == ["me.cnr", "me.cns", "me.seg", "me.vcf"]
    for figure in found.figures:
        assert b"<svg" in draw(found, figure.name)


def test_a_tumour_is_fitted_and_its_other_answers_are_told(tmp_path):
    rng, purity = np.random.default_rng(3), 0.6
    copies = np.repeat([2, 1, 2, 3, 2, 4], [900, 300, 600, 300, 400, 150])
    ratio = (purity * copies + 2 * (1 - purity)) / (purity * copies.mean() + 2 * (1 - purity))
    path = table_of(2 * ratio, rng, tmp_path / "t.cnr")
    found = run_copy_number(CopyNumber(bins=path, somatic=True), silent, None)
    answers = zip(*(found.table("mixture").column(n) for n in ("purity", "ploidy")), strict=True)
    assert any(abs(p - purity) < 0.05 and abs(q - copies.mean()) < 0.15 for p, q in answers)
    assert all(genotype is None for genotype in found.table("events").column("genotype"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "either reads or bins"),
        ({"bins": Path("a"), "reads": Path("b")}, "either reads or bins"),
        ({"bins": Path("a"), "purity": 0.5, "ploidy": 2.0}, "add --somatic"),
        ({"bins": Path("a"), "purity": 0.5, "somatic": True}, "go together"),
        ({"bins": Path("a"), "somatic": True, "method": Method.HMM}, "need its purity"),
        ({"bins": Path("a"), "name": "a/b"}, "slashes"),
    ],
)
def test_options_that_contradict_each_other_are_refused(given, words):
    with pytest.raises(BadInput, match=words):
        run_copy_number(CopyNumber(**given), silent, None)


def test_a_panel_is_pooled_and_used(tmp_path):
    rng = np.random.default_rng(9)
    paths = tuple(table_of(np.full(200, 2), rng, tmp_path / f"{i}.cnr") for i in range(4))
    found = run_panel(Panel(paths), silent, tmp_path / "out")
    assert len(found.table("samples").rows) == 4
    run_copy_number(CopyNumber(bins=paths[0], reference=tmp_path / "out/panel.cnn"), silent, None)


def test_a_known_deletion_is_found_in_real_reads(mirror):
    folder = mirror / "structural/delly"
    asked = CopyNumber(reads=folder / "sr.bam", genome=folder / "ref.fa")
    rows = run_copy_number(asked, silent, None).table("events")
    # the file's readme and delly: 18:100000-108002, heterozygous
    assert rows.column("kind") == ("DEL",)
    assert rows.column("copies") == (1,)
    assert abs(rows.column("start")[0] - 100_001) <= 1000
    assert abs(rows.column("end")[0] - 108_002) <= 1000


def test_allele_counts_give_the_frequency_of_the_rarer_allele():
    rng, made = np.random.default_rng(2), segments([0.0, 0.0, 0.0])
    rows = []
    for segment, truth in ((0, 0.5), (1, 0.2)):
        for i in range(40):
            depth, share = int(rng.poisson(60)), truth if rng.random() < 0.5 else 1 - truth
            rows.append((1, segment * 1000 + 1 + i, depth, int(rng.binomial(depth, share))))
    table = np.array(rows)
    found = rarer(made, Sites(table[:, 0].astype(np.int8), table[:, 1], table[:, 2], table[:, 3]))
    assert found[:2] == pytest.approx([0.5, 0.2], abs=0.03)
    assert np.isnan(found[2])


@pytest.mark.parametrize(
    ("content", "line"),
    [("chromosome\tposition\n", 1), ("chromosome\tposition\tdepth\talternate\n1\t5\t9\t3\n1\t6\t9\t10\n", 3)],
)
def test_sites_that_cannot_be_true_are_refused_by_their_line(write, content, line):
    with pytest.raises(InvalidContent, match=f"line {line}"):
        read_sites(write(content, "sites.tsv"))


def test_alleles_settle_a_tumour_on_the_command(tmp_path):
    rng, purity = np.random.default_rng(3), 0.5
    parts = ((4, 2, 900), (3, 1, 600), (2, 0, 400), (6, 2, 200), (1, 0, 300))
    copies = np.repeat([c for c, _, _ in parts], [n for _, _, n in parts])
    minor = np.repeat([(purity * k + 0.5) / (purity * c + 1) for c, k, _ in parts], [n for _, _, n in parts])
    ratio = (purity * copies + 1) / (purity * copies.mean() + 1)
    path, sites = table_of(2 * ratio, rng, tmp_path / "t.cnr"), tmp_path / "sites.tsv"
    rows = [f"chr3\t{i * 100 + 50}\t80\t{rng.binomial(80, m)}\n" for i, m in enumerate(minor.tolist()) if i % 5 == 0]
    sites.write_text("chromosome\tposition\tdepth\talternate\n" + "".join(rows))
    found = run_copy_number(CopyNumber(bins=path, somatic=True, alleles=sites), silent, None).table("mixture")
    assert found.column("purity")[0] == pytest.approx(purity, abs=0.05)
    assert found.column("ploidy")[0] == pytest.approx(copies.mean(), abs=0.15)
