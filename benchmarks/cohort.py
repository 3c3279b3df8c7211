"""A synthetic cohort read and assessed through the Compute port, in blocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, _cpu
from gennet import bootstrap
from gennet.genomics import Build
from gennet.research.synthetic import AS_OF, write_people

_BLOCK = 50


def assess_folders(folders: list[Path]) -> list[float]:
    """Read and assess people; return their coronary risks."""
    risks = []
    for folder in folders:
        assessment = bootstrap.assess(bootstrap.read(folder, as_of=AS_OF))
        risk = assessment.risks.get("coronary_heart_disease")
        risks.append(risk.value if risk else float("nan"))
    return risks


def figures(scratch: Path, people: int = 1000) -> Iterator[Figure]:
    """Yield generation and assessment of the cohort, at a tenth and at full size to show the growth."""
    begun, cpu = time.perf_counter(), _cpu()
    folders = list(write_people(scratch / "cohort", people=people, seed=1, build=Build.GRCH38))
    yield Figure(
        "synth_cohort",
        f"{people} synthetic people written",
        1,
        time.perf_counter() - begun,
        _cpu() - cpu,
        None,
        f"{people} people, one core",
    )
    for size in (max(people // 10, 1), people):
        begun, cpu = time.perf_counter(), _cpu()
        chosen = folders[:size]
        blocks = [chosen[i : i + _BLOCK] for i in range(0, size, _BLOCK)]
        compute = bootstrap.compute()
        try:
            done = sum(len(risks) for risks in compute.map(assess_folders, blocks))
        finally:
            compute.close()
        note = f"{done} people, blocks of {_BLOCK}, {len(blocks)} blocks"
        yield Figure(
            f"cohort_{size}",
            "read and assess through the process pool",
            1,
            time.perf_counter() - begun,
            _cpu() - cpu,
            None,
            note,
        )
