"""Annotation joins: variants per CPU second, ours against bcftools annotate and a dictionary of cyvcf2."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure, command, function
from gennet.genomics.annotation import Store, annotate, annotate_vcf, build_store, variants
from gennet.genomics.builds import Build

_HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n"
    + "".join(
        f'##INFO=<ID={name},Number={number},Type={kind},Description="generated">\n'
        for name, number, kind in (
            ("AC", "A", "Integer"), ("AN", "1", "Integer"), ("AF", "A", "Float"), ("nhomalt", "A", "Integer"),
        )
    )
    + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
)  # fmt: skip
_SITES = 1_000_000


def figures(scratch: Path) -> Iterator[Figure]:
    """Yield the build, the join, and a whole VCF through the join, at 100,000 and 1,000,000 variants."""
    rng = np.random.default_rng(1)
    bodies = _bodies(rng)
    sites = scratch / "sites.vcf"
    sites.write_text(_HEAD + "".join(f"{b}\tPASS\tAC=3;AN=1000;AF=0.003;nhomalt=0\n" for b in bodies))
    store = scratch / "sites.arrow"
    size = f"{_SITES:,} sites, one thread"
    yield function(
        "annotation_build", "sites VCF to store", lambda: build_store([sites], store), runs=1, warmup=0, note=size
    )
    packed = _packed(sites)
    for count in (_SITES // 10, _SITES):
        chosen = np.sort(rng.choice(_SITES, count, replace=False))
        asked = scratch / f"asked{count}.vcf"
        asked.write_text(_HEAD + "".join(f"{bodies[i]}\t.\t.\n" for i in chosen.tolist()))
        yield from _at_size(asked, store, packed, bodies, chosen, scratch)


def _at_size(
    asked: Path, store: Path, packed: Path | None, bodies: list[str], chosen: np.ndarray, scratch: Path
) -> Iterator[Figure]:
    count = len(chosen)
    rows = [_row(bodies[i]) for i in chosen.tolist()]
    size = f"{count:,} variants against {_SITES:,} sites, one thread"
    ready = variants(rows, Build.GRCH38)
    with Store(store) as opened:
        values = lambda: annotate(ready, [opened]).joined[0].numbers("af")  # noqa: E731 one line, measured
        yield function("annotation_join", "variants in memory to their frequency", values, runs=3, note=size)
        yield function(
            "annotation_variants", "rows to variants to their frequency",
            lambda: annotate(variants(rows, Build.GRCH38), [opened]).joined[0].numbers("af"), runs=3, note=size,
        )  # fmt: skip
        out = scratch / "out.vcf.gz"
        yield function(
            "annotation_vcf", "VCF to bgzipped VCF with 8 fields in INFO", lambda: annotate_vcf(asked, [opened], out),
            runs=2, warmup=0, note=size,
        )  # fmt: skip
    if packed is not None:
        asked_packed = _packed(asked)
        words = (
            "bcftools", "annotate", "-a", str(packed), "-c", "INFO/AC,INFO/AN,INFO/AF,INFO/nhomalt", "-Oz",
            "-o", str(scratch / "theirs.vcf.gz"), str(asked_packed),
        )  # fmt: skip
        yield command(
            "annotation_bcftools", "bcftools annotate: VCF to bgzipped VCF with 4 fields", words, runs=2, warmup=0,
            note=f"{size}; tabix index",
        )  # fmt: skip
    yield function(
        "annotation_cyvcf2", "dictionary of cyvcf2 records by alleles, built and asked",
        lambda: _dictionary(scratch / "sites.vcf", rows), runs=1, warmup=0, note=size,
    )  # fmt: skip


def _bodies(rng: np.random.Generator) -> list[str]:
    position = np.sort(rng.choice(240_000_000, _SITES, replace=False) + 1).tolist()
    ref = rng.integers(0, 4, _SITES)
    alt = ((ref + rng.integers(1, 4, _SITES)) % 4).tolist()
    return [f"chr1\t{p}\t.\t{'ACGT'[r]}\t{'ACGT'[a]}\t." for p, r, a in zip(position, ref.tolist(), alt, strict=True)]


def _row(body: str) -> tuple[str, int, str, str]:
    cells = body.split("\t")
    return cells[0], int(cells[1]), cells[3], cells[4]


def _packed(path: Path) -> Path | None:
    if not all(shutil.which(tool) for tool in ("bcftools", "bgzip", "tabix")):
        return None
    subprocess.run(("bgzip", "-kf", str(path)), check=True)
    made = path.with_name(path.name + ".gz")
    subprocess.run(("tabix", "-f", str(made)), check=True)
    return made


def _dictionary(path: Path, rows: list[tuple[str, int, str, str]]) -> list[float | None]:
    from cyvcf2 import VCF

    held = {(r.CHROM, r.POS, r.REF, r.ALT[0]): r.INFO.get("AF") for r in VCF(str(path))}
    return [held.get(row) for row in rows]
