"""DNA methylation of one sample: the share of methylated copies at each CpG."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import chunks_of
from gennet.core.parts import Part
from gennet.core.sheets import MISSING_WORDS
from gennet.errors import BadInput, InvalidContent, UnknownName, UnreadableFile
from gennet.genomics.names import count, near

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROBE = re.compile(r"(cg|ch\.\w+\.|rs|nv)[-\w.]*\d\w*$")
_HAIR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Methylation(Part):
    """
    Methylation of one sample, CpGs in the order of the file.

    >>> m = Methylation("s1", ("cg01", "cg02"), np.array([0.2, np.nan], np.float64))
    >>> m.size, int(m.missing.sum())
    (2, 1)
    """

    supplied_as: ClassVar[str] = "methylation betas (--methylation)"

    sample: str
    cpgs: tuple[str, ...]
    """Illumina probe identifiers, ``cg00000292``."""
    betas: NDArray[np.float64]
    """Share of methylated copies, 0 to 1; NaN where not measured."""

    @property
    def size(self) -> int:
        """How many CpGs are held."""
        return len(self.cpgs)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which CpGs were not measured."""
        return np.isnan(self.betas)

    def at(self, cpgs: Sequence[str]) -> NDArray[np.float64]:
        """
        Return the betas of some CpGs, NaN for those not measured or not in the file.

        >>> Methylation("s1", ("cg01",), np.array([0.25], np.float64)).at(["cg01", "cg09"]).tolist()
        [0.25, nan]
        """
        place = {cpg: i for i, cpg in enumerate(self.cpgs)}
        return np.array([self.betas[place[c]] if c in place else np.nan for c in cpgs], np.float64)


def read_methylation(path: Path | str, sample: str | None = None) -> tuple[Methylation, tuple[str, ...]]:
    """
    Read one sample's beta values from a CSV or TSV table, plain or gzip.

    The table has a heading; its first column names CpGs and the others are samples, or the other way round: which
    is told by where the CpG identifiers stand.

    Raises
    ------
    BadInput
        The file holds several samples; the message asks which.
    UnknownName
        There is no such sample; the message lists near names.
    MissingFile, UnreadableFile
        The path leads to no whole table.
    InvalidContent
        A beta lies more than 0.01 outside 0 to 1, or a CpG or sample stands twice.

    >>> read_methylation("nowhere.csv")
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.csv: there is no file here; check the path
    """
    path = Path(path)
    place = str(path)
    heading, rows = _table(path)
    names = [row[0] for row in rows]
    across, down = share_of_probes(heading[1:]), share_of_probes(names)
    if max(across, down) < 0.5:
        raise UnreadableFile(
            "neither the rows nor the columns are named after CpGs (cg00000292)",
            place=place,
            remedy="give a table of betas",
        )
    if down >= across:
        column = _chosen(sample, heading[1:], place) + 1
        name, cpgs, texts = heading[column], names, [row[column] for row in rows]
        places = [f"{place}: line {number}" for number in range(2, len(rows) + 2)]
    else:
        row_number = _chosen(sample, names, place)
        name, cpgs, texts = names[row_number], heading[1:], rows[row_number][1:]
        places = [f"{place}: line {row_number + 2}, column {cpg}" for cpg in cpgs]
    _refuse_repeats(cpgs, place)
    betas, moved = _betas(texts, places)
    missing = int(np.isnan(betas).sum())
    if missing == len(betas):
        raise InvalidContent(f"no beta of {name} is given", place=place, remedy="choose another sample")
    notes = [f"Missing: {missing} of {count(len(betas), 'CpG')} of {name}."] if missing else []
    if moved:
        notes.append(f"Moved to the edge: {count(moved, 'beta')} of {name} up to {_HAIR} outside 0 to 1.")
    return Methylation(name, tuple(cpgs), betas), tuple(notes)


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = b"".join(chunks_of(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("this is not UTF-8 text", place=str(path), remedy="give a CSV or TSV table") from None
    lines = text.splitlines()
    if "\0" in text or not lines:
        raise UnreadableFile("this is not a text table", place=str(path), remedy="give a CSV or TSV table")
    try:
        rows = [row for row in csv.reader(lines, delimiter="\t" if "\t" in lines[0] else ",", strict=True) if row]
    except csv.Error as error:
        raise UnreadableFile(str(error), place=str(path), remedy="give a CSV or TSV table") from None
    heading, body = ([cell.strip() for cell in rows[0]], rows[1:]) if rows else ([], [])
    if body and len(body[0]) == len(heading) + 1:
        # R writes a table with row names without a heading for them.
        heading = ["", *heading]
    if len(heading) < 2 or not body:
        raise UnreadableFile("the table holds no values", place=str(path), remedy="give a table of betas")
    for number, row in enumerate(body, start=2):
        if len(row) != len(heading):
            raise InvalidContent(
                f"{len(row)} columns where the heading has {len(heading)}",
                place=f"{path}: line {number}",
                remedy="the file may be cut short; copy it again",
            )
    return heading, [[cell.strip() for cell in row] for row in body]


def share_of_probes(names: Sequence[str]) -> float:
    """Return which share of names, of the first thousand, are probes of an array."""
    few = names[:1000]
    return sum(bool(_PROBE.match(name)) for name in few) / max(len(few), 1)


def _chosen(sample: str | None, samples: Sequence[str], place: str) -> int:
    if len(set(samples)) < len(samples):
        twice = next(s for i, s in enumerate(samples) if s in samples[:i])
        raise InvalidContent(f"two samples are called {twice!r}", place=place, remedy="rename one of them")
    if sample is None:
        if len(samples) == 1:
            return 0
        few = ", ".join(samples[:5]) + (", ..." if len(samples) > 5 else "")
        raise BadInput(f"the file holds {len(samples)} samples ({few})", place=place, remedy="say which with sample=")
    if sample not in samples:
        raise UnknownName(f"no sample {sample!r}", place=place, remedy=near(sample, samples))
    return list(samples).index(sample)


def _refuse_repeats(cpgs: Sequence[str], place: str) -> None:
    seen: set[str] = set()
    for cpg in cpgs:
        if cpg in seen or not cpg:
            problem = f"{cpg} stands twice" if cpg else "a CpG has no name"
            raise InvalidContent(problem, place=place, remedy="remove one of them" if cpg else "name it")
        seen.add(cpg)


def _betas(texts: Sequence[str], places: Sequence[str]) -> tuple[NDArray[np.float64], int]:
    """Read the values; those a hair outside 0 to 1, as background subtraction leaves them, are moved to the edge."""
    betas = np.full(len(texts), np.nan)
    for i, text in enumerate(texts):
        if text.lower() in MISSING_WORDS:
            continue
        try:
            betas[i] = float(text)
        except ValueError:
            betas[i] = np.inf
        if not -_HAIR <= betas[i] <= 1.0 + _HAIR:
            raise InvalidContent(
                f"beta {text[:40]!r} is not between 0 and 1", place=places[i], remedy="give beta values, not M values"
            )
    moved = int(np.count_nonzero((betas < 0) | (betas > 1)))
    return np.clip(betas, 0.0, 1.0), moved
