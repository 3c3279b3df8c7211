"""One person's whole genome to a hundred scores and pharmacogenes, as a user runs it; a thousand scores beside one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.genome import SITES, write_genome
from benchmarks.measure import Figure, command, function
from gennet.genomics import Genotypes, ScoringFile, ScoringFiles, polygenic_scores, read_vcf
from gennet.genomics.builds import chromosome_name

SCORES = 100
_UNIVERSE = 1_000_000
"""Sites that the scores draw from, as scores of one array do."""
_ASSESS = """
import sys
from pathlib import Path
import gennet
record = gennet.read(Path(sys.argv[1]), scores=sorted(Path(sys.argv[2]).glob("*.txt")))
results = gennet.assess(record).results
made = {type(part).__name__ for part in results.values()}
assert "PolygenicScores" in made, made
print(sorted(made))
"""


def figures(scratch: Path, sites: int = SITES) -> Iterator[Figure]:
    """Yield the whole run in a fresh process, then one, a hundred and a thousand scores of a genome that is read."""
    vcf = write_genome(scratch / "genome.vcf.gz", sites)
    genotypes, _ = read_vcf(vcf)
    made = list(_scores(genotypes, 1000))
    folder = scratch / "scores"
    folder.mkdir()
    for file in made[:SCORES]:
        _write(file, folder / f"{file.id}.txt")
    weights = sum(file.size for file in made[:SCORES])
    yield command(
        "genome_to_results",
        "gennet.read and gennet.assess of a VCF in a fresh process: scores, pharmacogenes, and what else a genome gives",
        (sys.executable, "-c", _ASSESS, str(vcf), str(folder)),
        runs=3,
        note=f"{sites:,} sites, {SCORES} scores of {weights:,} weights parsed before, 2 threads, float64",
    )
    yield function("read_once", "read_vcf in this process", lambda: read_vcf(vcf), runs=3, note=f"{sites:,} sites")
    for number in (1, 100, 1000):
        files = ScoringFiles(tuple(made[:number]))
        yield function(
            f"scores_{number}",
            "scores of a genome that is read",
            lambda files=files: polygenic_scores(genotypes, files),
            runs=3,
            note=f"{files.size:,} weights, one thread, float64",
        )


def _scores(genotypes: Genotypes, count: int) -> Iterator[ScoringFile]:
    """Draw scores of 10 to 100,000 variants, evenly in the logarithm."""
    rng = np.random.default_rng(9)
    universe = np.sort(rng.choice(genotypes.size, min(_UNIVERSE, genotypes.size), replace=False))
    sizes = np.exp(rng.uniform(np.log(10), np.log(100_000), count)).astype(int)
    texts = [text.split(",")[0] for text in genotypes.alleles]
    for number, size in enumerate(np.minimum(sizes, len(universe)).tolist()):
        rows = np.sort(rng.choice(universe, size, replace=False))
        codes: dict[str, int] = {}
        pairs = [
            np.array([codes.setdefault(texts[a], len(codes)) for a in column[rows].tolist()], np.int32)
            for column in (genotypes.alternate, genotypes.reference)
        ]
        yield ScoringFile(
            id=f"S{number:04}", name="", trait="", trait_efo="", build=genotypes.build, citation="", license="",
            chromosome=genotypes.chromosome[rows], position=genotypes.position[rows], effect_allele=pairs[0],
            other_allele=pairs[1], alleles=tuple(codes), weight=rng.normal(size=size),
            allele_frequency=rng.uniform(0.01, 0.99, size), rsid=np.zeros(size, np.int64),
            effect_model=np.zeros(size, np.int8),
        )  # fmt: skip


def _write(file: ScoringFile, path: Path) -> None:
    head = f"#pgs_id={file.id}\n#genome_build={file.build}\n"
    names = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\n"
    columns = zip(
        file.chromosome.tolist(), file.position.tolist(), file.effect_allele.tolist(), file.other_allele.tolist(),
        file.weight.tolist(), file.allele_frequency.tolist(), strict=True,
    )  # fmt: skip
    with path.open("w") as out:
        out.write(head + names)
        for code, position, effect, other, weight, frequency in columns:
            alleles = f"{file.alleles[effect]}\t{file.alleles[other]}"
            out.write(f"{chromosome_name(code)}\t{position}\t{alleles}\t{weight!r}\t{frequency!r}\n")
