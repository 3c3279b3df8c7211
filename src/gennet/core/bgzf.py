"""BGZF, the blocked gzip of genomics: blocks are found by their headers, so that groups of them unpack side by side."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from gennet.errors import UnreadableFile

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole file: SAM/BAM specification, section 4.1.2."""
HEAD = 18
"""Bytes of a block's header as bgzip and htslib write it."""
_READ = 4 << 20
_BLOCK = 65_280
_BEFORE_SIZE = END[:16]


def is_bgzf(start: bytes) -> bool:
    """
    Tell from its first 18 bytes whether a file is BGZF.

    >>> is_bgzf(END), is_bgzf(b"##fileformat=VCFv4.2")
    (True, False)
    """
    return len(start) >= HEAD and start[:3] == b"\x1f\x8b\x08" and bool(start[3] & 4) and start[12:14] == b"BC"


def groups(file: BinaryIO, place: str, chunk: int) -> Iterator[Callable[[], bytes]]:
    """
    Yield functions that each unpack the next blocks, about `chunk` bytes of content; any thread may call them.

    Raises
    ------
    UnreadableFile
        A block is cut short, corrupt, or not BGZF; from here when its header shows it, else from the function.
    """
    held, size = list[memoryview](), 0
    for block in _blocks(file, place):
        held.append(block)
        size += int.from_bytes(block[-4:], "little")
        if size >= chunk:
            yield partial(_unpacked, held, place)
            held, size = [], 0
    if held:
        yield partial(_unpacked, held, place)


def _blocks(file: BinaryIO, place: str) -> Iterator[memoryview]:
    rest = b""
    while piece := file.read(_READ):
        data, at = rest + piece, 0
        view = memoryview(data)
        while at + HEAD <= len(data):
            if not is_bgzf(data[at : at + HEAD]):
                raise damaged(place, "a block does not start where the one before ends")
            end = at + int.from_bytes(data[at + 16 : at + HEAD], "little") + 1
            if end - at < len(END):
                raise damaged(place, "a block is shorter than its header")
            if end > len(data):
                break
            yield view[at:end]
            at = end
        rest = data[at:]
    if rest:
        raise damaged(place, "the last block stops before its end")


def _unpacked(blocks: list[memoryview], place: str) -> bytes:
    stream, errors = _fastest()
    pieces = list[bytes]()
    for block in blocks:
        size = int.from_bytes(block[-4:], "little")
        try:
            # A stream object releases the interpreter's lock; it never unpacks more than the block says it holds.
            whole = stream(wbits=31)
            piece = whole.decompress(block, size + 1)
        except errors as error:
            raise damaged(place, str(error)) from None
        if len(piece) != size or not whole.eof:
            raise damaged(place, "a block unpacks to another size than it states")
        pieces.append(piece)
    return b"".join(pieces)


def _fastest() -> tuple[Any, tuple[type[Exception], ...]]:
    """Return the class of the fastest gzip streams there is, with the errors they raise."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.decompressobj, (zlib.error,)
    library: Any = isal_zlib
    return library.decompressobj, (library.error,)


def damaged(place: str, why: str) -> UnreadableFile:
    """Return the refusal of a compressed file that is not whole."""
    return UnreadableFile(f"the file is truncated or corrupt ({why})", place=place, remedy="copy it again")


def bgzip(data: bytes | memoryview, *, level: int = 4) -> Iterator[bytes]:
    """
    Compress as BGZF: blocks of gzip with their size in the header, then the empty block that marks the end.

    References
    ----------
    SAM/BAM format specification, section 4.1: https://samtools.github.io/hts-specs/SAMv1.pdf

    >>> import gzip
    >>> gzip.decompress(b"".join(bgzip(b"ACGT" * 50_000))) == b"ACGT" * 50_000
    True
    """
    view = memoryview(data)
    for start in range(0, len(view), _BLOCK):
        piece = view[start : start + _BLOCK]
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        body = packer.compress(piece) + packer.flush()
        if len(body) > _BLOCK:  # bases that do not compress are stored
            packer = zlib.compressobj(0, zlib.DEFLATED, -15)
            body = packer.compress(piece) + packer.flush()
        size = len(body) + 25
        yield _BEFORE_SIZE + size.to_bytes(2, "little") + body
        yield zlib.crc32(piece).to_bytes(4, "little") + len(piece).to_bytes(4, "little")
    yield END
