"""
Run the benchmarks: ``python -m benchmarks [PART ...] [--out FILE]``.

Ours and the peer's figures come from the same run on the same input; a peer that is not installed is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from benchmarks import cohort, genome, person, shell
from benchmarks.expression import bulk
from benchmarks.genomics import (
    accessibility,
    ancestry,
    cohort_scores,
    consequences,
    copy_number,
    meaning,
    methylation,
    pharmacogenes,
    rare,
    scores,
    structural,
    structural_calling,
    whole_genome,
)
from benchmarks.measure import Figure
from benchmarks.networks import inference as networks
from benchmarks.networks import medicine
from benchmarks.omics import eqtl
from gennet import bootstrap

PARTS: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "shell": shell.figures,
    "person": person.figures,
    "cohort": cohort.figures,
    "genome": genome.figures,
    "whole-genome": whole_genome.figures,
    "consequences": consequences.figures,
    "meaning": meaning.figures,
    "cohort-scores": cohort_scores.figures,
    "pharmacogenes": pharmacogenes.figures,
    "rare": rare.figures,
    "scores": scores.figures,
    "structural": structural.figures,
    "structural-calling": structural_calling.figures,
    "ancestry": ancestry.figures,
    "methylation": methylation.figures,
    "copy-number": copy_number.figures,
    "accessibility": accessibility.figures,
    "expression": bulk.figures,
    "network-medicine": medicine.figures,
    "eqtl": eqtl.figures,
    "networks": networks.figures,
}
"""Each takes a scratch folder."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}; all when left out")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks.json"))
    given = parser.parse_args()
    parts = given.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    figures = list[Figure]()
    for part in parts:
        with tempfile.TemporaryDirectory() as scratch:
            for figure in PARTS[part](Path(scratch)):
                figures.append(figure)
                print(
                    f"{figure.name:24} {figure.wall_seconds:9.3f} s wall {figure.cpu_seconds:9.3f} s CPU",
                    file=sys.stderr,
                )
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"machine": machine(), "figures": [f.as_dict() for f in figures]}, indent=1))
    print(table(figures))
    print(f"\nPublic tables at hand: {', '.join(bootstrap.tables()) or 'none'}.")


def machine() -> dict[str, object]:
    packages = ("gennet", "numpy", "scipy", "numba", "msgspec", "cyvcf2", "fastapi", "uvicorn")
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "precision": "float64",
        "resources": sorted(bootstrap.tables()),
        "versions": {name: metadata.version(name) for name in packages},
    }


def table(figures: list[Figure]) -> str:
    rows = ["| measurement | wall s | CPU s | peak MB | runs | note |", "| --- | --- | --- | --- | --- | --- |"]
    for f in figures:
        peak = "" if f.peak_megabytes is None else f"{f.peak_megabytes:.0f}"
        rows.append(f"| {f.name} | {f.wall_seconds:.3f} | {f.cpu_seconds:.3f} | {peak} | {f.runs} | {f.note} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
