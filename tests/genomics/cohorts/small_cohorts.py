"""Small cohorts in memory and in every format."""

import numpy as np
import pytest

from gennet.genomics.builds import Build
from gennet.genomics.cohort import HeldCohort, Variants
from gennet.genomics.cohorts import write_pgen, write_vcf


def made_cohort(people=7, size=11, seed=1, build=Build.GRCH38):
    rng = np.random.default_rng(seed)
    chromosome = np.sort(rng.integers(1, 24, size)).astype(np.int8)
    variants = Variants(
        chromosome,
        np.arange(100, 100 + 10 * size, 10, dtype=np.int32),
        tuple(f"rs{i}" for i in range(size)),
        tuple("ACGT"[i % 4] for i in range(size)),
        tuple("CGTA"[i % 4] for i in range(size)),
    )
    dosages = rng.integers(-1, 3, (size, people)).astype(np.int8)
    return HeldCohort(tuple(f"p{i}" for i in range(people)), variants, build, dosages)


def calls_of(cohort, rows=None, size=4096):
    return np.concatenate([block.dosages for block in cohort.blocks(rows, size=size)])


def write_bed(cohort, path):
    """Write a .bed in plain Python: 0 is two copies of the first allele of the .bim, 1 missing, 2 one, 3 none."""
    code = {2: 0, -1: 1, 1: 2, 0: 3}
    data = bytearray(b"\x6c\x1b\x01")
    for row in cohort.dosages.tolist():
        for start in range(0, len(row), 4):
            data.append(sum(code[dosage] << (2 * k) for k, dosage in enumerate(row[start : start + 4])))
    path.write_bytes(bytes(data))
    v = cohort.variants
    path.with_suffix(".bim").write_text(
        "".join(
            f"{c}\t{i}\t0\t{p}\t{a}\t{r}\n"
            for c, i, p, r, a in zip(v.chromosome, v.id, v.position, v.reference, v.alternate, strict=True)
        )
    )
    path.with_suffix(".fam").write_text("".join(f"{s} {s} 0 0 0 -9\n" for s in cohort.samples))
    return path


@pytest.fixture
def held():
    return made_cohort()


@pytest.fixture(params=["bed", "pgen", "vcf.gz"])
def written(request, held, tmp_path):
    path = tmp_path / f"cohort.{request.param}"
    {"bed": write_bed, "pgen": write_pgen, "vcf.gz": write_vcf}[request.param](held, path)
    return path
