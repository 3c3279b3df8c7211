from __future__ import annotations

import numpy as np
import pytest

from gennet.errors import BadInput, InvalidContent
from gennet.genomics import ancestry, read_vcf
from gennet.genomics.ancestry.frequencies import fit_frequencies
from gennet.genomics.ancestry.panel import read_panel
from gennet.genomics.ancestry.person import ancestry_of, grouped
from gennet.genomics.builds import Build, chromosome_name


@pytest.fixture(scope="module")
def panel(mirror):
    return read_panel(mirror / "ancestry")


def vcf_of(panel, person, build):
    position = panel.position37 if build is Build.GRCH37 else panel.position38
    order = np.lexsort((position, panel.chromosome))
    words = {0: "0/0", 1: "0/1", 2: "1/1"}
    lines = ["##fileformat=VCFv4.2", f"##reference={build}"]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tme"]
    lines += [
        "\t".join((
            chromosome_name(int(panel.chromosome[s])), str(position[s]), panel.ids[s], panel.reference[s],
            panel.alternate[s], ".", ".", ".", "GT", words[int(panel.dosages[person, s])],
        ))
        for s in order
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def test_a_class_follows_from_its_frequencies_by_hand():
    model = fit_frequencies(np.array([[0], [0], [2], [2]], np.int8), ["a", "a", "b", "b"])
    # Of four alleles none, or all, are alternate; half an allele is added to each side of five.
    assert model.frequencies[:, 0].tolist() == [0.1, 0.9]
    odds = (0.9 / 0.1) ** (2 / model.temperature)
    assert model.probabilities(np.array([[0]], np.int8))[0, 0] == pytest.approx(odds / (1 + odds))


def test_a_person_without_genotypes_is_anything_alike():
    model = fit_frequencies(np.array([[0], [0], [2], [2]], np.int8), ["a", "a", "b", "b"])
    assert model.probabilities(np.array([[-1]], np.int8)).tolist() == [[0.5, 0.5]]


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="2 labels for 1 people"):
        fit_frequencies(np.zeros((1, 3), np.int8), ["a", "b"])
    with pytest.raises(BadInput, match="fewer than two people"):
        fit_frequencies(np.zeros((2, 3), np.int8), ["a", "b"])


@pytest.mark.parametrize("build", list(Build))
def test_people_of_the_panel_are_known_on_both_builds(panel, mirror, write, build):
    for person in (0, 700, 1500, 2000):
        genotypes, _ = read_vcf(write(vcf_of(panel, person, build)))
        found = ancestry(genotypes, aisnp_panel=mirror / "ancestry")
        assert found.sites_used >= 165
        assert found.likeliest == panel.superpopulations[person]
        assert sum(share.fraction for share in found.shares) == pytest.approx(1)


def test_fewer_sites_give_wider_errors_and_too_few_give_none(panel):
    model = fit_frequencies(panel.dosages, panel.populations)
    whole, half, few = (panel.dosages[0].copy() for _ in range(3))
    half[::2] = -1
    few[20:] = -1
    all_sites, some = ancestry_of(whole, panel, model), ancestry_of(half, panel, model)
    assert sum(s.standard_error for s in all_sites.shares) < sum(s.standard_error for s in some.shares)
    nothing = ancestry_of(few, panel, model)
    assert nothing.likeliest is None
    assert nothing.shares[0].probability is None


def test_genotypes_of_no_population_are_none_of_these(panel):
    model = fit_frequencies(panel.dosages, panel.populations)
    strange = np.where(panel.dosages.mean(0) > 1, 0, 2).astype(np.int8)
    found = ancestry_of(strange, panel, model)
    assert found.none_of_these
    assert found.likeliest is None


def test_probabilities_of_superpopulations_add_up(panel):
    model = fit_frequencies(panel.dosages, panel.populations)
    assert np.allclose(grouped(model, panel, panel.dosages[::50]).sum(1), 1)


def test_a_panel_cut_short_is_refused(panel, mirror, tmp_path):
    for name in ("kidd.1kG.csv", "kidd.aisnp.1kg.vcf"):
        text = (mirror / "ancestry" / name).read_bytes()
        (tmp_path / name).write_bytes(text if name.endswith("csv") else text[:-20000])
    with pytest.raises(InvalidContent, match="columns for 2504 people"):
        read_panel(tmp_path, ("kidd",))
