"""What the readers of all formats share: how rows are cut into blocks, and what the caller said about the build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent, UnreadableFile
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gennet.genomics.builds import Build

_MOST_CELLS = 64 << 20
"""Most dosages of a block: a million people come 64 variants at a time."""


def cut(
    rows: NDArray[np.intp] | None, known: NDArray[np.int64], size: int, people: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield where each block starts and which rows of the file it holds."""
    wanted = known if rows is None else known[rows]
    step = max(1, min(size, _MOST_CELLS // max(1, people)))
    for start in range(0, len(wanted), step):
        yield start, wanted[start : start + step]


def agreed(stated: Build | None, asked: Build | None, place: str) -> Build | None:
    """Return the build; raise `InvalidContent` when the file and the caller contradict each other."""
    if stated is not None and asked is not None and stated != asked:
        raise InvalidContent(
            f"the header says {stated}, the request {asked}",
            place=place,
            remedy=f"leave the build out, or lift the file to {asked}",
        )
    return stated or asked


def set_aside(number: int) -> tuple[str, ...]:
    """Say how many variants were not read."""
    if not number:
        return ()
    return (f"Set aside: {count(number, 'variant')} without exactly one alternate allele of bases.",)


def cut_short(place: str, variant: int, why: str) -> UnreadableFile:
    """Make the error for a file that ends, or breaks, inside a variant (counted from 0)."""
    return UnreadableFile(
        f"the file is truncated or corrupt at variant {variant + 1} ({why})", place=place, remedy="copy it again"
    )
