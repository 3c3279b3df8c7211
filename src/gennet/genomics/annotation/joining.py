"""Join variants to stores: exact alleles only, and every kind of absence told apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import InvalidContent
from gennet.genomics.annotation.building import trim
from gennet.genomics.annotation.store import Store
from gennet.genomics.builds import Build, chromosome_code, chromosome_name
from gennet.genomics.consequences.normalise import Variant, normalise
from gennet.genomics.fasta import contigs_by_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from gennet.genomics.fasta import Reference


_KNOWN = frozenset("ACGT")


class Status(IntEnum):
    """What a store says of a variant."""

    UNKNOWN = 0
    """Not in the store, which does not say where its source looked."""
    FOUND = 1
    NOT_SEEN = 2
    """Not in the store, though its source looked there."""
    NOT_COVERED = 3
    """The source did not look there."""
    DISPUTED = 4
    """The store holds another reference base there: the variant is on another build or strand."""


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Biallelic variants on one build, each written in one way, in any order."""

    build: Build
    chromosome: NDArray[np.int8]
    position: NDArray[np.int32]
    """1-based."""
    reference: tuple[str, ...]
    alternate: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.position)

    def name(self, row: int) -> str:
        """Write one as ``1:100 A>T``."""
        where = f"{chromosome_name(int(self.chromosome[row]))}:{self.position[row]}"
        return f"{where} {self.reference[row]}>{self.alternate[row]}"


def variants(
    rows: Iterable[tuple[str | int, int, str, str]], build: Build, *, genome: Reference | None = None
) -> Variants:
    """
    Take variants as chromosome, position (1-based), reference, alternate, and write each in one way.

    With the genome they are moved left (`normalise`); without it alleles are trimmed. Build stores alike.

    Raises
    ------
    InvalidContent
        A reference contradicts the genome.

    >>> variants([("chr1", 10, "CAG", "CTG")], Build.GRCH38).name(0)
    '1:11 A>T'
    """
    contigs = contigs_by_code(genome) if genome is not None else {}
    chromosome, position, reference, alternate = list[int](), list[int](), list[str](), list[str]()
    codes = dict[str | int, int]()
    for named, at, ref, alt in rows:
        code = codes.get(named)
        if code is None:
            code = codes[named] = named if isinstance(named, int) else chromosome_code(named)
        ref, alt = ref.upper(), alt.upper()  # noqa: PLW2901 a variant has one spelling from here on
        if genome is not None and code in contigs:
            _check_reference(genome, contigs[code], code, at, ref)
        if len(ref) > 1 or len(alt) > 1:
            at, ref, alt = _one_way(code, at, ref, alt, contigs, genome)  # noqa: PLW2901 as above
        chromosome.append(code)
        position.append(at)
        reference.append(ref)
        alternate.append(alt)
    return Variants(
        build, np.array(chromosome, np.int8), np.array(position, np.int32), tuple(reference), tuple(alternate)
    )


def _one_way(
    code: int, at: int, ref: str, alt: str, contigs: Mapping[int, str], genome: Reference | None
) -> tuple[int, str, str]:
    if genome is None or code not in contigs:
        return trim(at, ref, alt) if len(ref) > 1 and len(alt) > 1 else (at, ref, alt)
    one = normalise(Variant(contigs[code], at - 1, ref, alt), genome)
    return one.position + 1, one.reference, one.alternate


def _check_reference(genome: Reference, contig: str, code: int, at: int, ref: str) -> None:
    held = genome.fetch(contig, at - 1, at - 1 + len(ref))
    # Bases the genome leaves open (N, R, M) contradict nothing.
    if held != ref and any(a != b for a, b in zip(held, ref, strict=True) if a in _KNOWN and b in _KNOWN):
        raise InvalidContent(
            f"{chromosome_name(code)}:{at} {ref[:20]} is not what the genome holds ({held[:20]})",
            remedy="give the genome the variants were called on",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """What one store says of variants; arrays in their order."""

    store: Store
    row: NDArray[np.int64]
    """Row of the store; -1 where it does not hold the variant."""
    status: NDArray[np.int8]
    """`Status` of each."""

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers; NaN where the variant or its value is not held."""
        from pyarrow import float64

        made: NDArray[np.float64] = self.arrow(name).cast(float64()).to_numpy(zero_copy_only=False)
        return made

    def values(self, name: str) -> list[Any]:
        """Return a column as Python values; None where the variant or its value is not held."""
        made: list[Any] = self.arrow(name).to_pylist()
        return made

    def arrow(self, name: str) -> Any:  # noqa: ANN401 pyarrow is untyped
        """Return a column as an Arrow array, null where the variant or its value is not held."""
        if name not in self.store.columns:
            raise InvalidContent(
                f"there is no column {name!r}",
                place=self.store.path.name,
                remedy=f"it has {', '.join(self.store.columns)}",
            )
        return self.store.take(self.row, (name,)).column(name).combine_chunks()

    def rows(self) -> list[dict[str, Any] | None]:
        """Return all values of every variant; None where the store does not hold it."""
        made: list[dict[str, Any] | None] = [None] * len(self.row)
        found = np.flatnonzero(self.row >= 0)
        for place, values in zip(found.tolist(), self.store.take(self.row[found]).to_pylist(), strict=True):
            made[place] = values
        return made

    def is_text(self, name: str) -> bool:
        """Tell whether a column holds text."""
        return any(value.name == name and value.kind == "text" for value in self.store.about.values)

    def at(self, row: int) -> dict[str, Any] | None:
        """Return all values of one variant; None where the store does not hold it."""
        if self.row[row] < 0:
            return None
        (found,) = self.store.take(self.row[row : row + 1]).to_pylist()
        return dict(found)


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """Variants with what each store says of them."""

    variants: Variants
    joined: tuple[Joined, ...]


def annotate(variants: Variants, stores: Sequence[Store], *, watch: Watch = silent) -> Annotations:
    """
    Join variants to stores by chromosome, position, reference and alternate.

    A store of another build is refused. Nothing is joined by position alone or by name.

    Raises
    ------
    InvalidContent
        A store is on another build than the variants.

    >>> annotate(variants([("1", 100, "A", "C")], Build.GRCH38), []).joined
    ()
    """
    for store in stores:
        if store.about.build != variants.build:
            raise InvalidContent(
                f"the store is on {store.about.build}, the variants on {variants.build}",
                place=store.path.name,
                remedy="build it from the source's files of the same build, or lift the variants over",
            )
    key = variants.chromosome.astype(np.int64) << 32 | variants.position
    order = np.argsort(key, kind="stable")
    texts = [_flat(column, order) for column in (variants.reference, variants.alternate)]
    made = list[Joined]()
    for number, store in enumerate(stores):
        watch("joining", number, len(stores))
        made.append(_join(variants, store, key[order], order, texts))
    return Annotations(variants, tuple(made))


def _flat(texts: Sequence[str], order: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    ordered = [texts[i] for i in order.tolist()]
    at = np.zeros(len(ordered) + 1, np.int32)
    np.cumsum([len(text) for text in ordered], out=at[1:])
    return at, np.frombuffer("".join(ordered).encode("ascii"), np.uint8)


def _join(
    variants: Variants, store: Store, key: NDArray[np.int64], order: NDArray[np.intp],
    texts: Sequence[tuple[NDArray[np.int32], NDArray[np.uint8]]],
) -> Joined:  # fmt: skip
    from gennet.genomics.annotation import _kernels

    rows, disputed = np.full(len(key), -1, np.int64), np.zeros(len(key), bool)
    (ref_at, ref), (alt_at, alt) = texts
    if len(key):
        for batch in store.batches(int(key[0]), int(key[-1])):
            a = int(np.searchsorted(key, batch.key[0], "left"))
            b = int(np.searchsorted(key, batch.key[-1], "right"))
            _kernels.join(
                key[a:b], ref_at[a : b + 1], ref, alt_at[a : b + 1], alt,
                batch.key, batch.ref_at, batch.ref, batch.alt_at, batch.alt, batch.start, rows[a:b], disputed[a:b],
            )  # fmt: skip
    status = np.full(len(key), Status.UNKNOWN, np.int8)
    if store.covered is not None:
        at = variants.position[order]
        seen = store.covered.touch(variants.chromosome[order], at, at)
        status = np.where(seen, Status.NOT_SEEN, Status.NOT_COVERED).astype(np.int8)
    status[disputed] = Status.DISPUTED
    status[rows >= 0] = Status.FOUND
    back = np.empty(len(order), np.intp)
    back[order] = np.arange(len(order))
    return Joined(store, rows[back], status[back])
