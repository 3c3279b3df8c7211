"""VCF text in pieces: each is unpacked and cut by a kernel, in any thread, into lines that keep their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.errors import NotInstalled

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray

    from gennet.genomics._vcf_columns import Alleles

Later = Callable[[], bytes]
"""Gives a piece of the file when called."""

_NEWLINE = ord("\n")
_PADDING = b"\0" * 32


def ahead(
    pool: ThreadPoolExecutor, work: Callable[[Later], Piece], given: Iterator[Later], most: int
) -> Iterator[Piece]:
    """Yield results in order while at most `most` are under way or waiting, so that memory stays bounded."""
    waiting = deque(pool.submit(work, one) for one in islice(given, most))
    try:
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, one) for one in islice(given, 1))
    finally:
        for left in waiting:
            left.cancel()


@dataclass(slots=True)
class Lines:
    """Whole lines of text, cut by the kernel; codes of alleles are still this text's own."""

    text: bytes
    strings: list[bytes]
    """Alleles of more than one letter, in the order met."""
    runs: list[int]
    """The first line of each run of one chromosome name."""
    count: int
    wrong: int
    """What is wrong with the line after the last, by the kernel's number; 0 when all were read."""
    start: NDArray[np.int64]
    sample: NDArray[np.int64]
    position: NDArray[np.int32]
    reference: NDArray[np.int32]
    alternate: NDArray[np.int32]
    first: NDArray[np.int8]
    second: NDArray[np.int8]
    flags: NDArray[np.uint8]
    phase_set: NDArray[np.int32]
    block_end: NDArray[np.int32]

    def at(self, line: int) -> bytes:
        """Return the text of a line."""
        begin = int(self.start[line])
        return self.text[begin : self.text.index(b"\n", begin)]


@dataclass(slots=True)
class Piece:
    """A piece of the file: the end of a line begun before, whole lines, the beginning of the next."""

    head: bytes
    lines: Lines | None
    """None where the piece holds no end of a line; it is all head then."""
    tail: bytes


class Cutter:
    """Cuts pieces of text into the fields of one sample; holds nothing of them."""

    def __init__(self, samples: int, column: int, alleles: Alleles, place: str) -> None:
        try:
            from gennet.genomics import _vcf_kernels
        except ImportError:
            raise NotInstalled(
                "reading a genome needs numba", place=place, remedy="pip install 'gennet[genomics]'"
            ) from None
        self.kernels = _vcf_kernels
        self._shape, self._of_byte = (samples, column), alleles.of_byte

    def piece(self, later: Later) -> Piece:
        """Unpack and cut a piece."""
        data = later()
        head_end, tail_start = data.find(b"\n") + 1, data.rfind(b"\n") + 1
        if not head_end:
            return Piece(data, None, b"")
        return Piece(data[:head_end], self.lines(memoryview(data)[head_end:tail_start]), data[tail_start:])

    def lines(self, given: bytes | memoryview) -> Lines:
        """Cut whole lines."""
        text = b"".join((given, _PADDING, b"\0" * (-len(given) % 8)))
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
            text += b"\0" * (-len(text) % 8)
        letters = np.frombuffer(text, np.uint8)
        stop, count = text.rfind(b"\n") + 1, int(np.count_nonzero(letters == _NEWLINE))
        slots = np.full(1 << (2 * count + 2).bit_length(), -1, np.int32)
        strings, runs = np.zeros((2 * count + 1, 2), np.int64), np.zeros(count + 1, np.int64)
        kinds = ["int64", "int64", "int32", "int32", "int32", "int8", "int8", "uint8", "int32", "int32"]
        columns: tuple[NDArray[Any], ...] = tuple(np.empty(count + 1, kind) for kind in kinds)
        read, known, run, wrong = self.kernels.tokenise(
            letters, letters.view(np.uint64), stop, self._shape, self._of_byte, columns, strings, slots, runs
        )
        texts = [text[a:b] for a, b in strings[:known].tolist()]
        return Lines(text, texts, runs[:run].tolist(), read, wrong, *columns)
