"""Peaks and components: hand-computed cases, planted peaks and cell types, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from gennet.core.study import silent
from gennet.delivery.figures import draw
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.accessibility.cells import count_cuts, latent, tf_idf
from gennet.genomics.accessibility.fragments import Fragments, read_fragments
from gennet.genomics.accessibility.peaks import Calling, Peaks, _log_p, _log_q, call_peaks
from gennet.genomics.accessibility.studies import CellMap, PeakCalling, run_cells, run_peaks


def fragments_at(cuts, rng, cells=1):
    """Pair cuts at random: what a fragment joins does not matter to the pileup of its ends."""
    pairs = np.sort(rng.permutation(np.asarray(cuts, np.int64))[: len(cuts) // 2 * 2].reshape(-1, 2), axis=1)
    cell = rng.integers(0, cells, len(pairs)).astype(np.int32)
    names = tuple(f"c{i}" for i in range(cells))
    return Fragments(("chr1",), np.zeros(len(pairs), np.int32), pairs[:, 0], pairs[:, 1] + 1, names, cell)


def test_planted_peaks_are_found_and_noise_gives_none():
    rng, size = np.random.default_rng(1), 2_000_000
    noise = rng.integers(0, size, 20_000)
    how = Calling(genome=size)
    assert call_peaks(fragments_at(noise, rng), how).size == 0
    places = np.arange(100_000, 1_900_000, 90_000)
    planted = (places[:, None] + rng.integers(-100, 100, (len(places), 60))).ravel()
    found = call_peaks(fragments_at(np.concatenate([noise, planted]), rng), how)
    assert found.size == len(places)
    assert np.abs(found.summit - places).max() < 150
    assert (found.log10_q > 1.3).all()


def test_a_broad_rise_is_background_not_a_peak():
    rng, size = np.random.default_rng(2), 2_000_000
    rise = rng.integers(500_000, 700_000, 20_000)  # ten times the rest, over 200 kb
    noise = rng.integers(0, size, 20_000)
    found = call_peaks(fragments_at(np.concatenate([noise, rise]), rng), Calling(genome=size))
    inside = (found.start > 510_000) & (found.end < 690_000)
    assert inside.sum() == 0


def test_q_values_are_those_of_bases_one_by_one():
    from gennet.core.moderated import false_discovery

    log_p, length = np.log([0.001, 0.2, 0.01, 0.2, 0.9]), np.array([3, 2, 4, 1, 5])
    each = np.concatenate([np.repeat(np.exp(log_p), length), np.ones(85)])
    plain = false_discovery(each)[: length.sum()]
    np.testing.assert_allclose(np.repeat(np.exp(_log_q(log_p, length, 100)), length), plain, rtol=1e-12)


def test_the_chance_is_that_of_a_height_or_more():
    # P(X >= 2) with mean 1 is 1 - 2 / e
    assert np.exp(_log_p(np.array([2]), np.array([1.0])))[0] == pytest.approx(1 - 2 / np.e)


def test_cuts_are_counted_where_they_fall():
    fragments = Fragments(
        ("1", "2"), np.array([0, 0, 1], np.int32), np.array([10, 95, 10]), np.array([40, 120, 20]), ("a", "b"),
        np.array([0, 1, 1], np.int32),
    )  # fmt: skip
    one = np.zeros(2)
    peaks = Peaks(("1", "2"), np.array([0, 0], np.int32), np.array([10, 100]), np.array([40, 120]), *(one,) * 4)
    counts, cuts = count_cuts(fragments, peaks)
    assert counts.toarray().tolist() == [[2, 0], [0, 1]]
    assert cuts.tolist() == [2, 4]


def test_two_kinds_of_cells_part_on_a_component_that_is_not_depth():
    from scipy.sparse import csr_array

    rng, kind = np.random.default_rng(3), np.repeat([0, 1], 60)
    rate = np.full((200, 120), 0.4)
    rate[:60, kind == 0] = 1.6
    rate[60:120, kind == 1] = 1.6
    counts = csr_array(rng.poisson(rate * rng.uniform(0.5, 2, 120)).astype(float))
    cuts = np.asarray(counts.sum(axis=0)).astype(np.int64) * 3
    found = latent(counts, cuts, 3)
    kept = np.abs(found.depth) < 0.75
    apart = max(abs(np.corrcoef(kind, found.scores[:, i])[0, 1]) for i in np.flatnonzero(kept))
    assert apart > 0.9
    np.testing.assert_allclose(found.values, np.linalg.svd(tf_idf(counts).toarray(), compute_uv=False)[:3], rtol=1e-8)


def test_fragments_are_read_and_bad_rows_named(write):
    found = read_fragments(write("# made by x\nchr1\t5\t90\tAAA-1\t2\nchr2\t7\t9\tCCC-1\t1\n", "f.tsv.gz"))
    assert (found.size, found.contigs, found.cells) == (2, ("chr1", "chr2"), ("AAA-1", "CCC-1"))
    for content, words in (
        ("chr1\t5\t5\tA\t1\n", "line 1"),
        ("chr1\tx\t9\tA\n", "line 1"),
        ("# only\n", "no fragment"),
    ):
        with pytest.raises(InvalidContent, match=words):
            read_fragments(write(content, "bad.tsv"))


def test_settings_that_call_nothing_are_refused():
    with pytest.raises(BadInput):
        Calling(q=0)
    with pytest.raises(InvalidContent, match="ask for fewer"):
        latent(np.zeros((3, 3)), np.ones(3, np.int64), 3)


@pytest.fixture
def experiment(tmp_path):
    """Two kinds of cells: 24 peaks each of their own, on noise."""
    rng, lines = np.random.default_rng(5), []
    for cell in range(60):
        own = 10_000 + 20_000 * (np.arange(24) * 2 + cell % 2)
        places = np.concatenate([np.repeat(own, 6) + rng.integers(-60, 60, 144), rng.integers(0, 980_000, 60)])
        lines += [f"chr1\t{p}\t{p + 40 + int(rng.integers(0, 40))}\tcell{cell}\t1\n" for p in places.tolist()]
    path = tmp_path / "fragments.tsv"
    path.write_text("".join(lines))
    return path


def test_the_studies_find_peaks_and_part_the_cells(experiment, tmp_path):
    found = run_peaks(PeakCalling(experiment, genome_size=1_000_000), silent, tmp_path / "out")
    summits = np.array(found.table("peaks").column("summit"))
    expected = 10_000 + 20_000 * np.arange(48)
    assert all(np.abs(summits - place).min() < 150 for place in expected)
    assert len(summits) <= 50
    assert min(found.table("cells").column("share")) > 0.5
    assert len((tmp_path / "out/peaks.narrowPeak").read_text().splitlines()) == len(summits)
    placed = run_cells(CellMap(experiment, 3, 100, 1_000_000), silent, None)
    kind = [int(name.removeprefix("cell")) % 2 for name in placed.table("cells").column("cell")]
    apart = max(abs(np.corrcoef(kind, placed.table("cells").column(f"lsi{i}"))[0, 1]) for i in (1, 2, 3))
    assert apart > 0.95
    for figure in (*found.figures,):
        assert b"<svg" in draw(found, figure.name)


def test_too_few_cells_are_refused(experiment):
    with pytest.raises(InvalidContent, match="0 cells with 100,000 cuts"):
        run_cells(CellMap(experiment, 3, 100_000, 1_000_000), silent, None)
