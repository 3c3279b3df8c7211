"""An annotation store: an Arrow file sorted along the genome, mapped into memory, read where it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np

from gennet.errors import MissingFile, NotInstalled, UnreadableFile
from gennet.genomics.annotation.layouts import Kind, Value
from gennet.genomics.builds import Build
from gennet.genomics.regions import Regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ABOUT, _COVERED = b"gennet.annotation", b"gennet.covered"
_LAYOUT = 1
KEYS = ("chromosome", "position", "reference", "alternate")


def arrow() -> Any:  # noqa: ANN401 pyarrow is untyped
    """Return pyarrow; raise `NotInstalled` where it is not."""
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ImportError:
        raise NotInstalled("annotation stores need pyarrow", remedy="pip install 'gennet[genomics]'") from None
    return pa


@dataclass(frozen=True, slots=True)
class About:
    """What a store was made from."""

    kind: Kind
    build: Build
    version: str
    """Of the source, as its file or whoever built the store says; may be empty."""
    sources: tuple[str, ...]
    """Names of the files."""
    values: tuple[Value, ...]
    normalised: bool
    """Whether variants were moved left along the genome; else their alleles are only trimmed."""
    layout: int = _LAYOUT

    def __str__(self) -> str:
        """Name kind, version and build."""
        return " ".join(filter(None, (self.kind.value, self.version, self.build.value)))

    def metadata(self, covered: Regions | None) -> dict[bytes, bytes]:
        """Return what the Arrow schema carries."""
        made = {_ABOUT: msgspec.json.encode(self)}
        if covered is not None:
            rows = np.stack([covered.chromosome.astype("<i4"), covered.start.astype("<i4"), covered.end.astype("<i4")])
            made[_COVERED] = rows.astype("<i4").tobytes()
        return made


def schema_of(values: tuple[Value, ...]) -> Any:  # noqa: ANN401 pyarrow is untyped
    """Return the Arrow schema of a store with these values."""
    pa = arrow()
    kinds = {"int": pa.int64(), "float": pa.float64(), "text": pa.utf8()}
    keys = zip(KEYS, (pa.int8(), pa.int32(), pa.utf8(), pa.utf8()), strict=True)
    return pa.schema([*keys, *((value.name, kinds[value.kind]) for value in values)])


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The keys of some rows of a store as arrays, without a copy."""

    start: int
    """Number of the first row."""
    key: NDArray[np.int64]
    """Chromosome code and position as one number: ``code << 32 | position``."""
    ref_at: NDArray[np.int32]
    ref: NDArray[np.uint8]
    alt_at: NDArray[np.int32]
    alt: NDArray[np.uint8]
    table: Any


class Store:
    """
    A store, open for reading; pieces of it come into memory where they are asked.

    >>> Store(Path("nowhere.arrow"))
    Traceback (most recent call last):
    gennet.errors.MissingFile: nowhere.arrow: there is no file here; check the path
    """

    def __init__(self, path: Path) -> None:
        """
        Open the file.

        Raises
        ------
        MissingFile, UnreadableFile
            It is not there, not a store, cut short, or made by another layout.
        """
        pa = arrow()
        self.path = path
        if not path.is_file():
            raise MissingFile("there is no file here", place=str(path), remedy="check the path")
        try:
            self._file = pa.memory_map(str(path))
            self._reader = pa.ipc.open_file(self._file)
            metadata = self._reader.schema.metadata or {}
            self.about = msgspec.json.decode(metadata[_ABOUT], type=About)
        except (pa.ArrowException, OSError, KeyError, msgspec.MsgspecError) as error:
            raise UnreadableFile(
                f"this is no annotation store, or not all of it ({type(error).__name__})",
                place=path.name,
                remedy="build it with gennet genome annotation-build",
            ) from None
        if self.about.layout != _LAYOUT:
            raise UnreadableFile("made by another version of GenNet", place=path.name, remedy="build it again")
        self.covered = _regions(metadata.get(_COVERED))
        self.columns = tuple(value.name for value in self.about.values)
        counts, first, last = [0], list[int](), list[int]()
        for number in range(self._reader.num_record_batches):
            chromosome, position = self._reader.get_batch(number).columns[:2]
            counts.append(len(position))
            first.append(_key(chromosome, position, 0))
            last.append(_key(chromosome, position, -1))
        self._starts = np.cumsum(counts, dtype=np.int64)
        self._first, self._last = np.array(first, np.int64), np.array(last, np.int64)

    @property
    def size(self) -> int:
        """How many variants it holds."""
        return int(self._starts[-1])

    def batches(self, low: int = 0, high: int = 1 << 62) -> Iterator[Batch]:
        """Yield batches of rows whose keys may lie within ``[low, high]``."""
        begin, end = np.searchsorted(self._last, low, "left"), np.searchsorted(self._first, high, "right")
        for number in range(int(begin), int(end)):
            yield self._batch(number, self._reader.get_batch(number))

    def _batch(self, number: int, table: Any) -> Batch:  # noqa: ANN401 pyarrow is untyped
        key = table.column(0).to_numpy().astype(np.int64) << 32 | table.column(1).to_numpy()
        return Batch(int(self._starts[number]), key, *_bytes(table.column(2)), *_bytes(table.column(3)), table)

    def at(self, chromosome: int, first: int, last: int) -> list[dict[str, Any]]:
        """Return the variants that start at positions ``first`` to ``last`` (1-based, inclusive), with their values."""
        low, high = chromosome << 32 | first, chromosome << 32 | last
        found = list[dict[str, Any]]()
        for batch in self.batches(low, high):
            a, b = np.searchsorted(batch.key, low, "left"), np.searchsorted(batch.key, high, "right")
            found += batch.table.slice(int(a), int(b - a)).to_pylist()
        return found

    def take(self, rows: NDArray[np.int64], columns: tuple[str, ...] | None = None) -> Any:  # noqa: ANN401 pyarrow is untyped
        """Return columns at many rows, in their order, as an Arrow table; nothing at row -1."""
        pa = arrow()
        names = list(columns or self.columns)
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        missing = int(np.searchsorted(ordered, 0))
        schema = pa.schema([self._reader.schema.field(name) for name in names])
        pieces = [pa.Table.from_arrays([pa.nulls(missing, field.type) for field in schema], schema=schema)]
        for number in np.unique(np.searchsorted(self._starts, ordered[missing:], "right") - 1).tolist():
            low, high = np.searchsorted(ordered, self._starts[number : number + 2])
            batch = self._reader.get_batch(number).select(names)
            taken = batch.take(pa.array(ordered[low:high] - self._starts[number]))
            pieces.append(pa.Table.from_batches([taken]).cast(schema))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_tables(pieces).combine_chunks().take(pa.array(back)).combine_chunks()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file."""
        self.close()


def _key(chromosome: Any, position: Any, row: int) -> int:  # noqa: ANN401 pyarrow is untyped
    return int(chromosome[row].as_py() << 32 | position[row].as_py())


def _regions(packed: bytes | None) -> Regions | None:
    if packed is None:
        return None
    rows = np.frombuffer(packed, "<i4").reshape(3, -1)
    return Regions(rows[0].astype(np.int8), rows[1].astype(np.int32), rows[2].astype(np.int32))


def _bytes(column: Any) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:  # noqa: ANN401 pyarrow is untyped
    _, offsets, data = column.buffers()
    at = np.frombuffer(offsets, np.int32, len(column) + 1, column.offset * 4)
    return at, np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
