"""Open files that strangers sent: plain, gzip or bgzip, proved whole, of bounded size, valid UTF-8."""

from __future__ import annotations

import codecs
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gennet.core import bgzf
from gennet.core.bgzf import damaged
from gennet.errors import MissingFile, TooLarge, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GZIP = b"\x1f\x8b"
MOST_BYTES = 2 << 30
"""Most bytes a file that is read whole may unpack to."""
_READ = 1 << 18


def read_bytes(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """
    Return the content of a file, unpacked when it is compressed.

    Raises
    ------
    MissingFile, UnreadableFile
        As `chunks_of`.
    TooLarge
        It holds, or unpacks to, more than `most` bytes; memory stays below that.
    """
    chunks, size = list[bytes](), 0
    for chunk in chunks_of(path, chunk=1 << 20):
        size += len(chunk)
        if size > most:
            raise TooLarge(f"unpacks to more than {most:,} bytes", place=path.name, remedy="split it")
        chunks.append(chunk)
    return b"".join(chunks)


def read_text(path: Path, *, most: int = MOST_BYTES) -> str:
    """
    Return the text of a file, unpacked when it is compressed.

    Raises
    ------
    UnreadableFile
        It is not UTF-8; the message names the first line that is not.
    """
    data = read_bytes(path, most=most).removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"line {line} is not UTF-8 text", place=path.name, remedy="convert the file to UTF-8"
        ) from error


def head(path: Path, count: int = 65536) -> bytes:
    """Return the first bytes of a file, unpacked when it is compressed; enough to tell what it is."""
    found = b""
    for chunk in chunks_of(path, chunk=count, whole=False):
        found += chunk
        if len(found) >= count:
            break
    return found[:count]


def chunks_of(path: Path, *, chunk: int = 16 << 20, whole: bool = True) -> Iterator[bytes]:
    """
    Yield the unpacked content of a plain, gzip or bgzip file in pieces of about `chunk` bytes.

    Raises
    ------
    MissingFile
        Nothing is there.
    UnreadableFile
        It is empty, a folder, truncated, corrupt, or may not be read. With ``whole=False`` the end is not checked.
    """
    with _opened(path, whole=whole) as (file, start):
        if start[:2] == GZIP:
            yield from _inflated(file, path, chunk)
        else:
            while piece := file.read(chunk):
                yield piece


def chunks_later(path: Path, *, chunk: int) -> Iterator[Callable[[], bytes]]:
    """
    Yield functions that give the unpacked content piece after piece, as `chunks_of` does.

    The pieces of a bgzip file are unpacked by whoever calls the function, so threads can do it side by side; those of
    other files are there already.

    Raises
    ------
    MissingFile, UnreadableFile
        As `chunks_of`, from here or from the functions.
    """
    with _opened(path, whole=True) as (file, start):
        if bgzf.is_bgzf(start):
            yield from bgzf.groups(file, path.name, chunk)
            return
    for piece in chunks_of(path, chunk=chunk):
        yield lambda piece=piece: piece  # type: ignore[misc]


@contextmanager
def _opened(path: Path, *, whole: bool) -> Iterator[tuple[BinaryIO, bytes]]:
    """Open a file at its start, with its first bytes; turn the system's errors into sentences."""
    try:
        with path.open("rb") as file:
            start = file.read(bgzf.HEAD)
            if not start:
                raise UnreadableFile("the file is empty", place=path.name, remedy="export or download it again")
            if whole and bgzf.is_bgzf(start):
                _check_end(file, path)
            file.seek(0)
            yield file, start
    except FileNotFoundError:
        raise MissingFile("there is no file here", place=str(path), remedy="check the path") from None
    except IsADirectoryError:
        raise UnreadableFile("this is a folder", place=path.name, remedy="name the file in it") from None
    except PermissionError:
        raise UnreadableFile("the file may not be read", place=path.name, remedy="check its permissions") from None
    except OSError as error:
        raise UnreadableFile(
            f"cannot be read ({error.strerror})", place=path.name, remedy="copy it to a local disk"
        ) from error


def utf8(pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    """
    Pass pieces of a file on while they are UTF-8 text.

    Raises
    ------
    UnreadableFile
        A byte is not; the message names its line.

    >>> list(utf8([b"a", b"b"], "x"))
    [b'a', b'b']
    """
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    for piece in pieces:
        if decoder.getstate()[0] or not piece.isascii():
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                line += piece.count(b"\n", 0, error.start)
                raise UnreadableFile(
                    f"line {line} is not UTF-8 text", place=place, remedy="convert the file to UTF-8"
                ) from error
        line += piece.count(b"\n")
        yield piece


def _check_end(file: BinaryIO, path: Path) -> None:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - len(bgzf.END)))
    if file.read() != bgzf.END:
        raise damaged(path.name, "the bgzip end-of-file block is missing")


def _inflated(file: BinaryIO, path: Path, chunk: int) -> Iterator[bytes]:
    """Unpack gzip members one after another, never more than about two pieces of output at a time."""
    pieces, size = list[bytes](), 0
    for piece in _members(file, path, chunk):
        pieces.append(piece)
        size += len(piece)
        if size >= chunk:
            yield b"".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


def _members(file: BinaryIO, path: Path, chunk: int) -> Iterator[bytes]:
    stream, ended, data = zlib.decompressobj(wbits=31), False, b""
    while True:
        data = data or file.read(_READ)
        if ended and not data.strip(b"\0"):  # padding after the last member, as tar and some sequencers write
            if not data:
                return
            data = b""
            continue
        if ended:
            stream, ended = zlib.decompressobj(wbits=31), False
        exhausted = not data
        try:
            # At most one piece at a time: a bomb must not unfold in memory before its size is seen.
            piece = stream.decompress(data, chunk)
        except zlib.error as error:
            raise damaged(path.name, str(error)) from None
        ended = stream.eof
        data = stream.unused_data if ended else stream.unconsumed_tail
        if piece:
            yield piece
        elif exhausted and not ended:
            raise damaged(path.name, "the compressed stream stops before its end")
