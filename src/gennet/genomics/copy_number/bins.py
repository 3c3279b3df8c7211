"""Bins along the genome with the log2 ratio of their depth: made from reads, or read from the tables of CNVkit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import read_text
from gennet.errors import InvalidContent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

REMEDY = "give a tab-separated table with chromosome, start, end and log2, as CNVkit's .cnr"
_BIGGEST_LOG2 = 1e3


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """
    Bins in the order of the genome, none overlapping another by more than half; arrays are aligned.

    >>> bins = bins_of(["1", "1", "2"], [0, 100, 0], [100, 200, 100], log2=[0.1, 0.2, -0.5])
    >>> bins.size, bins.contigs, [run.stop for run in bins.runs()]
    (3, ('1', '2'), [2, 3])
    """

    contigs: tuple[str, ...]
    """Names as the file writes them, in the order in which they come."""
    contig: NDArray[np.int32]
    """Index into `contigs`."""
    start: NDArray[np.int64]
    """0-based."""
    end: NDArray[np.int64]
    """0-based, excluded."""
    log2: NDArray[np.float64]
    """log2 of depth over what is expected of two copies; NaN where nothing is known."""
    weight: NDArray[np.float64]
    """Larger for bins that vary less, inverse to their variance up to a factor; 0 for bins not to be used."""
    depth: NDArray[np.float64]
    """Reads, or mean depth; NaN where not known."""
    gene: tuple[str, ...] = ()
    """Names of bins, where a table gives them; empty otherwise."""

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.start)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which bins have a log2 ratio and a weight above zero."""
        return np.isfinite(self.log2) & (self.weight > 0)

    def runs(self) -> Iterator[slice]:
        """Yield the bins of each contig."""
        edges = np.flatnonzero(np.diff(self.contig)) + 1
        for low, high in zip([0, *edges.tolist()], [*edges.tolist(), self.size], strict=True):
            if high > low:
                yield slice(low, high)

    def at(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Bins:
        """Return some of the bins, in their order."""
        picked = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(
            self,
            contig=self.contig[rows],
            start=self.start[rows],
            end=self.end[rows],
            log2=self.log2[rows],
            weight=self.weight[rows],
            depth=self.depth[rows],
            gene=tuple(self.gene[i] for i in picked.tolist()) if self.gene else (),
        )


def bins_of(
    contig: Sequence[str],
    start: Sequence[int] | NDArray[np.int64],
    end: Sequence[int] | NDArray[np.int64],
    *,
    log2: Sequence[float] | NDArray[np.float64],
    weight: Sequence[float] | NDArray[np.float64] | None = None,
    depth: Sequence[float] | NDArray[np.float64] | None = None,
    gene: Sequence[str] = (),
    place: str = "bins",
) -> Bins:
    """
    Sort bins along each contig and check them; contigs keep the order in which they come.

    Raises
    ------
    InvalidContent
        There is no bin, an end is not behind its start, two overlap by more than half of one, or a weight is negative.

    >>> bins_of(["1", "1"], [0, 40], [100, 140], log2=[0.1, 0.2])
    Traceback (most recent call last):
    gennet.errors.InvalidContent: bins: the bins 1:0-100 and 1:40-140 overlap; give each stretch once
    """
    contigs = tuple(dict.fromkeys(contig))
    number = {name: i for i, name in enumerate(contigs)}
    size = len(contig)
    unknown = np.full(size, np.nan)
    bins = Bins(
        contigs,
        np.array([number[name] for name in contig], np.int32),
        np.asarray(start, np.int64),
        np.asarray(end, np.int64),
        np.asarray(log2, np.float64),
        np.ones(size) if weight is None else np.asarray(weight, np.float64),
        unknown if depth is None else np.asarray(depth, np.float64),
        tuple(gene),
    )
    if not size:
        raise InvalidContent("there is no bin", place=place, remedy=REMEDY)
    bins = bins.at(np.lexsort((bins.start, bins.contig)))
    _check(bins, place)
    return bins


def _check(bins: Bins, place: str) -> None:
    if (bad := np.flatnonzero((bins.end <= bins.start) | (bins.start < 0))).size:
        raise InvalidContent(
            f"the bin {_named(bins, bad[0])} does not end behind its start", place=place, remedy="count starts from 0"
        )
    together = bins.contig[1:] == bins.contig[:-1]
    # pooled references of CNVkit have off-target bins that overlap by some bases
    shared = np.minimum(bins.end[:-1], bins.end[1:]) - bins.start[1:]
    shorter = np.minimum(bins.end[1:] - bins.start[1:], bins.end[:-1] - bins.start[:-1])
    if (bad := np.flatnonzero(together & (2 * shared > shorter))).size:
        first, second = _named(bins, bad[0]), _named(bins, bad[0] + 1)
        raise InvalidContent(f"the bins {first} and {second} overlap", place=place, remedy="give each stretch once")
    if (bad := np.flatnonzero(~(bins.weight >= 0) | np.isinf(bins.weight))).size:
        raise InvalidContent(
            f"the weight of {_named(bins, bad[0])} is {bins.weight[bad[0]]}",
            place=place,
            remedy="weights are 0 or more",
        )
    if (bad := np.flatnonzero(np.abs(np.nan_to_num(bins.log2)) > _BIGGEST_LOG2)).size:
        raise InvalidContent(
            f"the log2 of {_named(bins, bad[0])} is {bins.log2[bad[0]]:g}", place=place, remedy="give log2 ratios"
        )


def _named(bins: Bins, row: int) -> str:
    return f"{bins.contigs[bins.contig[row]]}:{bins.start[row]}-{bins.end[row]}"


def read_bins(path: Path) -> Bins:
    """
    Read a table of bins: CNVkit's ``.cnr`` or ``.cnn``, or any tab-separated table with its column names.

    ``chromosome``, ``start``, ``end`` and ``log2`` are asked for; ``weight``, ``depth`` and ``gene`` are used when there.
    Without ``weight``, ``spread`` s of a reference gives ``1 - s²``, as CNVkit weighs it, not below 0.01. An empty log2,
    NA and NaN are missing.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no such file, or it is no text.
    InvalidContent
        A column is missing, a row is short or holds no number (named by its line), or bins overlap.
    """
    header, rows = _columns(path)
    missing = [name for name in ("chromosome", "start", "end", "log2") if name not in header]
    if missing:
        raise InvalidContent(f"there is no column {', '.join(missing)}", place=f"{path.name}: line 1", remedy=REMEDY)
    start, end = (_numbers(rows[name], name, path).astype(np.int64) for name in ("start", "end"))
    weight = _numbers(rows["weight"], "weight", path) if "weight" in rows else None
    if weight is None and "spread" in rows:
        weight = np.maximum(1 - np.square(_numbers(rows["spread"], "spread", path)), 0.01)
    return bins_of(
        rows["chromosome"],
        start,
        end,
        log2=_numbers(rows["log2"], "log2", path, may_miss=True),
        weight=weight,
        depth=_numbers(rows["depth"], "depth", path, may_miss=True) if "depth" in rows else None,
        gene=rows.get("gene", ()),
        place=path.name,
    )


def _columns(path: Path) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    if len(lines) < 2:
        raise InvalidContent("there are no rows", place=path.name, remedy=REMEDY)
    header = [name.strip().lower() for name in lines[0].lstrip("#").split("\t")]
    cells = [line.split("\t") for line in lines[1:]]
    for number, row in enumerate(cells, start=2):
        if len(row) != len(header):
            raise InvalidContent(
                f"{len(row)} columns instead of {len(header)}", place=f"{path.name}: line {number}", remedy=REMEDY
            )
    return header, dict(zip(header, zip(*cells, strict=True), strict=True))


def _numbers(texts: tuple[str, ...], name: str, path: Path, *, may_miss: bool = False) -> NDArray[np.float64]:
    if may_miss:
        texts = tuple("nan" if text in {"", "NA", "."} else text for text in texts)
    try:
        made = np.array(texts, np.float64)
    except ValueError:
        made = np.array([_number(text) for text in texts])
    bad = np.isinf(made) if may_miss else ~np.isfinite(made)
    wrong = [i for i in np.flatnonzero(bad).tolist() if not (may_miss and texts[i].strip().lower() == "nan")]
    wrong += [i for i in np.flatnonzero(np.isnan(made)).tolist() if texts[i].strip().lower() != "nan"]
    if wrong:
        at = min(wrong)
        raise InvalidContent(
            f"{name} is {texts[at][:20]!r}, not a number", place=f"{path.name}: line {at + 2}", remedy=REMEDY
        )
    return made


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def write_bins(bins: Bins, path: Path) -> Path:
    """Write bins with the columns of CNVkit's ``.cnr``, missing log2 as NA; return the path."""
    gene = bins.gene or ("-",) * bins.size
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write("chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\n")
        for row in range(bins.size):
            log2, depth = (f"{x:.6g}" if np.isfinite(x) else "NA" for x in (bins.log2[row], bins.depth[row]))
            name = bins.contigs[bins.contig[row]]
            file.write(
                f"{name}\t{bins.start[row]}\t{bins.end[row]}\t{gene[row]}\t{log2}\t{depth}\t{bins.weight[row]:.6g}\n"
            )
    return part.replace(path)
