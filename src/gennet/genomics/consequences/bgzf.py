"""Write bgzip: gzip in blocks, so that tabix can index it (SAM/BAM specification, section 4.1)."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gennet.errors import StorageFailed

if TYPE_CHECKING:
    from types import TracebackType

_BLOCK = 0xFF00  # bytes of content in a block, as bgzip itself takes
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_LEVEL = 4


class BgzipWriter:
    """
    A file that appears under its name when all of it is written, and not at all when the work fails.

    >>> import gzip, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with BgzipWriter(Path(folder) / "a.gz") as file:
    ...         file.write("text")
    ...     gzip.open(Path(folder) / "a.gz").read()
    b'text'
    """

    def __init__(self, path: Path) -> None:
        """Open a file beside the place; raise `StorageFailed` when the folder refuses."""
        self._path, self._waiting = path, bytearray()
        try:
            self._staging = Path(tempfile.mkdtemp(prefix=".gennet-", dir=path.parent))
        except OSError as error:
            raise self._failed(error) from error
        self._beside = self._staging / path.name
        self._file = self._beside.open("wb")

    def write(self, text: str) -> None:
        """Add text."""
        self._waiting += text.encode()
        while len(self._waiting) >= _BLOCK:
            self._block(bytes(self._waiting[:_BLOCK]))
            del self._waiting[:_BLOCK]

    def _block(self, content: bytes) -> None:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush()
        size = len(_HEAD) + 2 + len(packed) + 8
        try:
            self._file.write(_HEAD + struct.pack("<H", size - 1) + packed)
            self._file.write(struct.pack("<II", zlib.crc32(content), len(content)))
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> StorageFailed:
        return StorageFailed(f"cannot write ({error.strerror})", place=str(self._path), remedy="free some space")

    def __enter__(self) -> Self:
        """Use it in a with block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Finish the file and put it in its place, or take it away."""
        try:
            if kind is None:
                if self._waiting:
                    self._block(bytes(self._waiting))
                self._file.write(_END)
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._beside.replace(self._path)
        except OSError as failure:
            raise self._failed(failure) from failure
        finally:
            self._file.close()
            shutil.rmtree(self._staging, ignore_errors=True)
