"""Many samples' methylation: a matrix of betas."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.files import chunks_of
from gennet.core.sheets import numbers
from gennet.errors import InvalidContent, NotInstalled, UnreadableFile
from gennet.genomics.methylation.betas import share_of_probes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_HAIR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class BetaMatrix:
    """Betas of CpGs x samples."""

    cpgs: tuple[str, ...]
    samples: tuple[str, ...]
    betas: NDArray[np.float64]
    """CpGs x samples, 0 to 1; NaN where not measured."""

    def place(self) -> dict[str, int]:
        """Return the row of each CpG."""
        return dict(zip(self.cpgs, range(len(self.cpgs)), strict=True))


def read_matrix(path: Path) -> BetaMatrix:
    """
    Read betas of many samples: CSV or TSV, plain or gzip, CpGs down or across, or Parquet with CpGs down.

    Values up to 0.01 outside 0 to 1 are moved to the edge.

    Raises
    ------
    MissingFile, UnreadableFile
        There is no whole table of CpGs at that path.
    InvalidContent
        A beta is not between 0 and 1, a row is short, or a CpG or sample stands twice.
    """
    heading, names, values = _parquet(path) if path.suffix == ".parquet" else _text(path)
    down = share_of_probes(names) >= share_of_probes(heading)
    if max(share_of_probes(names), share_of_probes(heading)) < 0.5:
        raise UnreadableFile(
            "neither the rows nor the columns are named after CpGs (cg00000292)",
            place=path.name,
            remedy="give a table of betas",
        )
    cpgs, samples = (names, heading) if down else (heading, names)
    for what, held in (("CpG", cpgs), ("sample", samples)):
        if len(set(held)) < len(held):
            twice = Counter(held).most_common(1)[0][0]
            raise InvalidContent(f"{what} {twice} stands twice", place=path.name, remedy="remove one of them")
    outside = (values < -_HAIR) | (values > 1.0 + _HAIR)
    if outside.any():
        row, column = np.argwhere(outside)[0].tolist()
        raise InvalidContent(
            f"{values[row, column]:g} of {names[row]}, {heading[column]} is not between 0 and 1",
            place=f"{path.name}: line {row + 2}",
            remedy="give beta values, not M values",
        )
    betas = np.clip(values, 0.0, 1.0)
    return BetaMatrix(tuple(cpgs), tuple(samples), betas if down else np.ascontiguousarray(betas.T))


def _text(path: Path) -> tuple[list[str], list[str], NDArray[np.float64]]:
    lines = _lines(path)
    heading, names = list[str](), list[str]()
    rows: list[NDArray[np.float64]] = []
    delimiter = ","
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if not heading:
            delimiter = "\t" if "\t" in line else ","
            heading = [cell.strip().strip('"') for cell in line.split(delimiter)]
            continue
        first, *cells = line.split(delimiter)
        # R writes a table with row names without a heading for them.
        if not names and len(cells) == len(heading) - 1:
            heading = heading[1:]
        if len(cells) != len(heading):
            raise InvalidContent(
                f"{len(cells)} values for {len(heading)} columns",
                place=f"{path.name}: line {number}",
                remedy="the file may be cut short; copy it again",
            )
        names.append(first.strip().strip('"'))
        rows.append(_values(cells, f"{path.name}: line {number}"))
    if not rows or not heading:
        raise UnreadableFile("the table holds no values", place=path.name, remedy="give a table of betas")
    return heading, names, np.array(rows)


def _lines(path: Path) -> Iterator[str]:
    rest = b""
    for piece in chunks_of(path, chunk=1 << 22):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (_decoded(line, path) for line in whole)
    yield _decoded(rest, path)


def _decoded(line: bytes, path: Path) -> str:
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode().rstrip("\r")
    except UnicodeDecodeError:
        raise UnreadableFile("this is not UTF-8 text", place=path.name, remedy="give a CSV or TSV table") from None


def _values(cells: list[str], place: str) -> NDArray[np.float64]:
    try:
        return np.array(cells, np.float64)
    except ValueError:
        return numbers([cell.strip().strip('"') for cell in cells], "beta", place)


def _parquet(path: Path) -> tuple[list[str], list[str], NDArray[np.float64]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:  # pragma: no cover  the extra is part of [all]
        raise NotInstalled("Parquet needs pyarrow", remedy="pip install 'gennet[omics]'") from None
    list(chunks_of(path, whole=False))
    try:
        held = pq.read_table(path)
        columns = [held.column(i).cast(pa.float64()).to_numpy() for i in range(1, held.num_columns)]
        names = [str(name) for name in held.column(0).to_pylist()]
    except pa.ArrowException as error:
        raise UnreadableFile(
            str(error).splitlines()[0], place=path.name, remedy="give CpG names first, then columns of betas"
        ) from None
    if not columns or not names:
        raise UnreadableFile("the table holds no values", place=path.name, remedy="give a table of betas")
    return held.column_names[1:], names, np.stack(columns, axis=1)
