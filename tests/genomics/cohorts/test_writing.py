"""What is written is read back by others, and nothing is left half-written."""

import shutil
import subprocess

import numpy as np
import pytest
from small_cohorts import calls_of, made_cohort, write_bed

from gennet.catalog import STUDIES
from gennet.core.study import read_options, silent
from gennet.errors import BadInput, Cancelled, UnreadableFile
from gennet.genomics.builds import Build
from gennet.genomics.cohort import Variants
from gennet.genomics.cohorts import dosage_blocks, open_cohort, write_pgen, write_vcf


def test_htslib_reads_the_vcf_alike(held, tmp_path):
    from cyvcf2 import VCF

    write_vcf(held, tmp_path / "c.vcf.gz")
    reader = VCF(str(tmp_path / "c.vcf.gz"), gts012=True)
    assert tuple(reader.samples) == held.samples
    records = [(r.POS, r.ID, r.REF, *r.ALT, np.where(r.gt_types == 3, -1, r.gt_types).tolist()) for r in reader]
    v = held.variants
    assert records == list(zip(v.position, v.id, v.reference, v.alternate, held.dosages.tolist(), strict=True))


def test_bed_reader_and_pgenlib_read_alike(held, tmp_path):
    from bed_reader import open_bed
    from pgenlib import PgenReader

    theirs = open_bed(write_bed(held, tmp_path / "c.bed")).read(dtype="int8").T
    assert np.array_equal(np.where(theirs < 0, -1, theirs), calls_of(open_cohort(tmp_path / "c.bed")))
    write_pgen(held, tmp_path / "c.pgen")
    found = np.empty(held.dosages.shape, np.int8)
    with PgenReader(str(tmp_path / "c.pgen").encode()) as reader:
        reader.read_range(0, len(found), found)
    assert np.array_equal(np.where(found < 0, -1, found), held.dosages)


@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed: apt install plink2")
def test_plink2_reads_the_pgen_alike(held, tmp_path):
    write_pgen(held, tmp_path / "c.pgen")
    words = ["plink2", "--pfile", tmp_path / "c", "--make-bed", "--out", tmp_path / "d", "--threads", "1"]
    subprocess.run(words, check=True, capture_output=True)
    assert np.array_equal(calls_of(open_cohort(tmp_path / "d.bed")), held.dosages)


def test_dosages_survive_a_pgen(mirror, tmp_path):
    bgen = open_cohort(mirror / "polygenic" / "tiny1000G.bgen")
    write_pgen(bgen, tmp_path / "c.pgen")
    there, back = (
        np.concatenate([b.dosages for b in dosage_blocks(c)]) for c in (bgen, open_cohort(tmp_path / "c.pgen"))
    )
    assert np.abs(there - back).max() <= 1 / 16384


def test_the_same_people_as_vcf_and_bgen_have_the_same_genotypes(mirror):
    vcf, bgen = (open_cohort(mirror / "polygenic" / f"tiny1000G.{kind}") for kind in ("vcf.gz", "bgen"))
    assert vcf.samples == bgen.samples
    assert (vcf.variants.reference, vcf.variants.alternate) == (
        bgen.variants.alternate,
        bgen.variants.reference,
    ) or all(
        {a, b} == {c, d}
        for a, b, c, d in zip(
            vcf.variants.reference,
            vcf.variants.alternate,
            bgen.variants.reference,
            bgen.variants.alternate,
            strict=True,
        )
    )
    same = np.array(vcf.variants.reference) == np.array(bgen.variants.reference)
    ours = np.where(same[:, None], calls_of(bgen), 2 - calls_of(bgen))
    # The last person differs at 21 sites between the two files; plink2 reads the same 21.
    differing = np.argwhere(ours != calls_of(vcf))
    assert len(differing) == 21
    assert set(differing[:, 1].tolist()) == {3201}


def test_variants_on_other_contigs_are_left_out_and_counted(held, tmp_path):
    v = held.variants
    moved = Variants(
        np.where(v.position < 130, 0, v.chromosome).astype(np.int8), v.position, v.id, v.reference, v.alternate
    )
    from dataclasses import replace

    assert write_vcf(replace(held, variants=moved), tmp_path / "c.vcf.gz") == (
        "Left out: 3 variants on other contigs.",
    )
    assert np.array_equal(calls_of(open_cohort(tmp_path / "c.vcf.gz")), held.dosages[3:])


@pytest.mark.parametrize(("write", "name"), [(write_vcf, "c.vcf.gz"), (write_pgen, "c.pgen")])
def test_a_cancelled_writer_leaves_nothing(tmp_path, write, name):
    def stop(what, done, total=None):
        if done:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        write(made_cohort(size=1500), tmp_path / name, watch=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_pgen_needs_its_ending(held, tmp_path):
    with pytest.raises(BadInput, match=r"call it c\.pgen"):
        write_pgen(held, tmp_path / "c.txt")


def test_the_study_converts(held, tmp_path):
    study = next(s for s in STUDIES if s.name == "convert")
    path = write_bed(held, tmp_path / "c.bed")
    options = read_options(study, {"cohort": [str(path)], "to": "vcf", "build": "GRCh38"})
    found = study.run(options, silent, tmp_path / "out")
    assert found.summary == "11 variants of 7 people."
    assert sum(found.table("variants").column("variants")) == 11
    read = open_cohort(tmp_path / "out" / "cohort.vcf.gz")
    assert read.build is Build.GRCH38
    assert np.array_equal(calls_of(read), held.dosages)
    assert any("Nothing was written" in note for note in study.run(options, silent, None).notes)
    with pytest.raises(BadInput, match="is no name for a file"):
        study.run(read_options(study, {"cohort": [str(path)], "name": "../c"}), silent, tmp_path)


def test_a_zstandard_pvar_is_read(held, tmp_path):
    import zstandard

    write_pgen(held, tmp_path / "c.pgen")
    plain = tmp_path / "c.pvar"
    packed = tmp_path / "c.pvar.zst"
    packed.write_bytes(zstandard.ZstdCompressor().compress(plain.read_bytes()))
    plain.unlink()
    assert open_cohort(tmp_path / "c.pgen").variants.id == held.variants.id
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(UnreadableFile, match="truncated or corrupt"):
        open_cohort(tmp_path / "c.pgen")
