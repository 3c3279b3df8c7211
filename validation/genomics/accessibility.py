"""
Chromatin accessibility: peaks against MACS on the same simulated cuts, and against the truth of the simulation.

MACS takes the chance of more cuts than there are, ours that of as many or more, which is the p-value of a count. So our q
is larger by the background over the height, and peaks next to the threshold are theirs only.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gennet.genomics.accessibility.fragments import Fragments
from gennet.genomics.accessibility.peaks import Calling, Peaks, call_peaks
from validation.agreement import Agreement, Skipped

_SIZE = 5_000_000


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Compare peaks."""
    _ = mirror
    places, cuts, strength = _cuts(np.random.default_rng(11))
    pairs = np.sort(np.random.default_rng(1).permutation(cuts).reshape(-1, 2), axis=1)
    none = np.zeros(len(pairs), np.int32)
    fragments = Fragments(("chr1",), none, pairs[:, 0], pairs[:, 1] + 1, ("cell",), none)
    peaks = call_peaks(fragments, Calling(genome=_SIZE, gap=1))
    yield _truth(peaks, places, strength)
    tool = shutil.which("macs3") or shutil.which("macs2")
    if tool is None:
        yield Skipped("Peaks of open chromatin", "MACS is not installed: apt-get install macs")
        return
    yield from _macs(tool, fragments, cuts, work)


def _cuts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slots = np.sort(rng.choice(_SIZE // 20_000, 180, replace=False))
    places = slots * 20_000 + rng.integers(3000, 15_000, 180)
    strength = rng.integers(8, 150, 180)
    made = [rng.integers(0, _SIZE, 50_000)]
    made += [
        p + rng.normal(scale=60, size=n).astype(int) for p, n in zip(places.tolist(), strength.tolist(), strict=True)
    ]
    cuts = np.sort(np.clip(np.concatenate(made), 100, _SIZE - 100))
    return places, cuts[: len(cuts) // 2 * 2], strength


def _truth(peaks: Peaks, places: np.ndarray, strength: np.ndarray) -> Agreement:
    strong = places[strength >= 30]
    found = sum(bool((np.abs(peaks.summit - place) < 150).any()) for place in strong.tolist())
    false = sum(not (np.abs(places - summit) < 300).any() for summit in peaks.summit.tolist())
    words = f"{found} of {len(strong)} places of 30 cuts or more found; {false} of {peaks.size} peaks are none (bounds all, 5 %)"
    return Agreement(
        "Peaks of open chromatin",
        "known truth",
        len(strong),
        words,
        found == len(strong) and false <= 0.05 * peaks.size,
    )


def _macs(tool: str, fragments: Fragments, cuts: np.ndarray, work: Path) -> Iterator[Agreement]:
    bed = work / "cuts.bed"
    bed.write_text("".join(f"chr1\t{cut}\t{cut + 1}\t.\t0\t+\n" for cut in cuts.tolist()))
    words = (
        tool, "callpeak", "-f", "BED", "-t", str(bed), "--nomodel", "--shift", "-75", "--extsize", "150",
        "-g", str(_SIZE), "-q", "0.05", "--keep-dup", "all", "-n", "m", "--outdir", str(work),
    )  # fmt: skip
    subprocess.run(words, capture_output=True, check=True)
    version = subprocess.run((tool, "--version"), capture_output=True, text=True, check=True).stdout.split()[-1]
    rows = [line.split("\t") for line in (work / "m_peaks.narrowPeak").read_text().splitlines()]
    start, end, log_q = (np.array([float(row[i]) for row in rows]) for i in (1, 2, 8))
    same = call_peaks(fragments, Calling(genome=_SIZE, gap=1, more=True))
    equal = same.start.tolist() == start.tolist() and same.end.tolist() == end.tolist()
    apart = float(np.abs(same.log10_q - log_q).max()) if equal else float("inf")
    words_ = f"with the p-value of MACS: {same.size} peaks, edges {'equal' if equal else 'differ'}, -log10 q within {apart:.2f}"
    yield Agreement("Peaks of open chromatin", f"MACS {version}", len(rows), f"{words_} (bound 0.6)", apart < 0.6)
    peaks = call_peaks(fragments, Calling(genome=_SIZE, gap=1))
    pairs = [
        (i, j)
        for i in range(peaks.size)
        for j in np.flatnonzero((start < peaks.end[i]) & (end > peaks.start[i])).tolist()
    ]
    ours, theirs = len({i for i, _ in pairs}), len({j for _, j in pairs})
    gap = np.array([log_q[j] - peaks.log10_q[i] for i, j in pairs])
    words_ = (
        f"{ours} of our {peaks.size} peaks are theirs, {theirs} of their {len(rows)} ours; -log10 q theirs over ours "
        f"{gap.min():.2f} to {gap.max():.2f} (bounds: all ours, 95 % of theirs, 0 to 2)"
    )
    holds = ours == peaks.size and theirs >= 0.95 * len(rows) and gap.min() > -0.05 and gap.max() < 2
    yield Agreement("Peaks of open chromatin", f"MACS {version}", len(rows), words_, bool(holds))
