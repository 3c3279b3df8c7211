"""Merge sorted runs of rows into a store, in memory that does not grow with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import InvalidContent
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.annotation.store import KEYS, arrow, schema_of
from gennet.genomics.builds import chromosome_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.annotation.store import About
    from gennet.genomics.regions import Regions

_HELD = 250_000  # rows in memory at once, of all runs together
_PIECE = 1 << 16  # rows of a batch in the store
_OPEN = 200  # runs merged at once; each is a file that stays open


def merged(runs: Sequence[Path], out: Path, about: About, covered: Regions | None, watch: Watch) -> tuple[int, int]:
    """
    Merge sorted runs into one file, the first line about each variant only; return rows written and rows left out.

    Raises
    ------
    InvalidContent
        A frequency stands twice.
    """
    runs, round_ = list(runs), 0
    while len(runs) > _OPEN:
        groups = [runs[at : at + _OPEN] for at in range(0, len(runs), _OPEN)]
        names = [out.with_name(f"round{round_}-{number:04}") for number in range(len(groups))]
        for group, name in zip(groups, names, strict=True):
            _write(group, name, about, about.metadata(None), watch)
        runs, round_ = names, round_ + 1
    return _write(runs, out, about, about.metadata(covered), watch)


def _write(
    runs: Sequence[Path], out: Path, about: About, metadata: dict[bytes, bytes], watch: Watch
) -> tuple[int, int]:
    pa = arrow()
    written = doubled = 0
    schema = schema_of(about.values).with_metadata(metadata)
    with pa.OSFile(str(out), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for table in _in_order([_Run(path) for path in runs]):
            kept = _once(table, about)
            doubled += table.num_rows - kept.num_rows
            written += kept.num_rows
            if kept.num_rows:
                writer.write_table(kept, max_chunksize=_PIECE)
            watch("merging", written)
    return written, doubled


class _Run:
    """A sorted run, mapped into memory, with how far it has been taken."""

    def __init__(self, path: Path) -> None:
        pa = arrow()
        self.table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        self.at = 0

    @property
    def left(self) -> int:
        return int(self.table.num_rows - self.at)

    def key(self, row: int) -> int:
        """Return the key of a row, counted from what is left."""
        return int(_keys(self.table.slice(self.at + row, 1))[0])

    def take(self, cut: int, step: int) -> Any:  # noqa: ANN401 pyarrow is untyped
        """Take the rows up to a key, that key included."""
        count = int(np.searchsorted(_keys(self.table.slice(self.at, step)), cut, "right"))
        while count >= step and count < self.left and self.key(count) == cut:
            count += 1
        taken = self.table.slice(self.at, count)
        self.at += count
        return taken


def _keys(table: Any) -> NDArray[np.int64]:  # noqa: ANN401 pyarrow is untyped
    chromosome = table.column("chromosome").to_numpy().astype(np.int64)
    made: NDArray[np.int64] = chromosome << 32 | table.column("position").to_numpy()
    return made


def _in_order(runs: list[_Run]) -> Iterator[Any]:
    """Yield sorted tables that follow one another; no position is cut in two."""
    pa = arrow()
    step = max(1, _HELD // max(1, len(runs)))
    while waiting := [run for run in runs if run.left]:
        cut = min(run.key(min(step, run.left) - 1) for run in waiting)
        joined = pa.concat_tables([run.take(cut, step) for run in waiting])
        order = [(name, "ascending") for name in KEYS]
        if "stars" in joined.column_names:
            order.append(("stars", "descending"))
        yield joined.sort_by(order).combine_chunks()


def _once(table: Any, about: About) -> Any:  # noqa: ANN401 pyarrow is untyped
    """Keep the first line about each variant; frequencies may have one only."""
    keys = _keys(table)
    same = np.flatnonzero(keys[1:] == keys[:-1])
    if not len(same):
        return table
    ref, alt = (table.column(name).to_pylist() for name in ("reference", "alternate"))
    again = [i + 1 for i in same.tolist() if ref[i] == ref[i + 1] and alt[i] == alt[i + 1]]
    if not again:
        return table
    if about.kind is Kind.FREQUENCIES:
        at = again[0]
        where = f"{chromosome_name(int(keys[at]) >> 32)}:{int(keys[at]) & 0xFFFFFFFF} {ref[at]}>{alt[at]}"
        raise InvalidContent(
            f"{where} stands twice",
            place=", ".join(about.sources),
            remedy="give each file once; build exomes and genomes as two stores",
        )
    keep = np.ones(len(keys), bool)
    keep[again] = False
    return table.filter(arrow().array(keep))
