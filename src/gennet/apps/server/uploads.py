"""Multipart bodies to files, in pieces as they arrive: never whole in memory, never under a name a stranger chose."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gennet.apps.server.inflation import Inflation
from gennet.errors import InvalidContent, StorageFailed, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

MOST_FILES = 64
MOST_FIELDS = 64
LONGEST_FIELD = 4096
RESERVE = 64 << 20
"""Bytes of disk that an upload must leave free."""


Naming = Callable[[str, str, int], str]
"""From the name of a part, the name its sender gave the file, and a running number to a path inside the folder."""


@dataclass(frozen=True, slots=True)
class Form:
    """What arrived: files in a folder, and text fields."""

    folder: Path
    files: tuple[Path, ...]
    fields: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """The same files by the name of their part."""


class UploadFolder:
    """
    The folder for files between arrival and reading, held by this process.

    What an earlier process left there when it was killed is removed.
    """

    def __init__(self, root: Path) -> None:
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(root)
            self._own = Path(tempfile.mkdtemp(dir=root))
            self._lock = (self._own / ".lock").open("w")
        except OSError as error:
            raise StorageFailed(
                f"cannot keep uploads ({error.strerror})", place=str(root), remedy="choose another GENNET_DATA_DIR"
            ) from error
        _try_lock(self._lock)

    @contextmanager
    def taking(self, expected: int = 0) -> Iterator[Path]:
        """Make a folder that is gone when the block ends; refuse when the disk has no room for what is expected."""
        if shutil.disk_usage(self._own).free < expected + RESERVE:
            raise StorageFailed("the disk has no room for the upload", remedy="free some space; nothing was kept")
        folder = Path(tempfile.mkdtemp(dir=self._own))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        self._lock.close()
        shutil.rmtree(self._own, ignore_errors=True)


class Receiver:
    """Write the parts of a multipart body into a folder while they arrive."""

    def __init__(
        self, content_type: str, folder: Path, *, most: int, ratio: float, naming: Naming | None = None
    ) -> None:
        self._folder, self._most, self._ratio, self._naming = folder, most, ratio, naming or _numbered
        self._taken = 0
        self._files: list[Path] = []
        self._parts: dict[str, list[Path]] = {}
        self._fields: dict[str, list[str]] = {}
        self._part = _Part()
        self._ended = False
        self._parser = MultipartParser(
            _boundary(content_type),
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._close_part,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        """
        Take the next bytes of the body.

        Raises
        ------
        TooLarge
            More than the limit, or a file that unpacks beyond measure.
        InvalidContent
            It is not a multipart body.
        StorageFailed
            The disk is full.
        """
        self._taken += len(data)
        if self._taken > self._most:
            raise too_large(self._most)
        try:
            self._parser.write(data)
        except FormParserError:
            raise _not_a_form() from None
        except OSError as error:
            raise StorageFailed(
                f"the upload could not be kept ({error.strerror})", remedy="free some space; nothing was kept"
            ) from error

    def finish(self) -> Form:
        """Return what arrived; raise `InvalidContent` when the body stopped before its end."""
        if not self._ended:
            raise InvalidContent("the upload stopped before its end", place="body", remedy="send it again")
        fields = {name: tuple(values) for name, values in self._fields.items()}
        parts = {name: tuple(paths) for name, paths in self._parts.items()}
        return Form(self._folder, tuple(self._files), fields, parts)

    def close(self) -> None:
        """Close the file that was being written."""
        if self._part.file is not None:
            self._part.file.close()

    def _begin(self) -> None:
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header_name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.header_value += data[start:end]

    def _header_end(self) -> None:
        part = self._part
        if part.header_name.lower() == b"content-disposition":
            part.disposition = part.header_value
        part.header_name = part.header_value = b""

    def _open(self) -> None:
        kind, options = parse_options_header(self._part.disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or not name:
            raise _not_a_form()
        self._part.name = name
        if b"filename" in options:
            self._open_file(options[b"filename"].decode("utf-8", "replace"))
        elif sum(map(len, self._fields.values())) >= MOST_FIELDS:
            raise TooLarge(f"more than {MOST_FIELDS} form fields", place=name[:40], remedy="send fewer")

    def _open_file(self, given: str) -> None:
        if len(self._files) >= MOST_FILES:
            raise TooLarge(f"more than {MOST_FILES} files", place="files", remedy="send fewer")
        path = self._folder / self._naming(self._part.name, given, len(self._files) + 1)
        if path.parent != self._folder:
            path.parent.mkdir(exist_ok=True)
        if path.exists():
            raise InvalidContent("two files have this name", place=path.name, remedy="rename one of them")
        self._part.file = path.open("xb")
        self._part.watch = Inflation(path.name, ratio=self._ratio)
        if given:
            self._files.append(path)
            self._parts.setdefault(self._part.name, []).append(path)

    def _data(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        if part.file is not None and part.watch is not None:
            part.file.write(piece)
            part.watch.feed(piece)
            return
        part.text += piece
        if len(part.text) > LONGEST_FIELD:
            raise TooLarge(f"a text field over {LONGEST_FIELD} bytes", place=part.name[:40], remedy="shorten it")

    def _close_part(self) -> None:
        part = self._part
        if part.file is not None:
            part.file.close()
            if part.watch is not None and part.watch.packed == 0 and Path(part.file.name) not in self._files:
                Path(part.file.name).unlink()  # a file input that the user left empty
            return
        try:
            self._fields.setdefault(part.name, []).append(part.text.decode())
        except UnicodeDecodeError:
            raise InvalidContent("it is not UTF-8 text", place=part.name[:40], remedy="send UTF-8") from None

    def _end(self) -> None:
        self._ended = True


@dataclass(slots=True)
class _Part:
    name: str = ""
    header_name: bytes = b""
    header_value: bytes = b""
    disposition: bytes = b""
    text: bytes = b""
    file: IO[bytes] | None = None
    watch: Inflation | None = field(default=None)


def _numbered(part: str, given: str, number: int) -> str:
    _ = part
    return safe_name(given, number)


def beside_its_companions(part: str, given: str, number: int) -> str:
    """
    Name a file of a study: in a folder named after its part, so that ``.bed``, ``.bim`` and ``.fam`` lie side by side.

    >>> beside_its_companions("genotypes", "../a b.bed", 1), beside_its_companions("../x", "..", 2)
    ('genotypes/a-b.bed', 'x/file-2')
    """
    folder = re.sub(r"[^A-Za-z0-9_]+", "", part)[:40] or "part"
    last = re.split(r"[/\\]", given)[-1].lstrip(".")
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", last)[-80:].strip("-.")
    return f"{folder}/{kept or f'file-{number}'}"


def safe_name(given: str, number: int) -> str:
    r"""
    Make a file name of ours that still tells its sender which file is meant; no folder and no extension survives.

    >>> safe_name("../../etc/passwd", 1), safe_name("C:\\genome.vcf.gz", 2), safe_name("\0", 3)
    ('1-passwd', '2-genome', '3-file')
    """
    last = re.split(r"[/\\]", given)[-1]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", last.lstrip(".").split(".")[0]).strip("-")
    return f"{number}-{stem[:40] or 'file'}"


def too_large(most: int) -> TooLarge:
    """Say how much an upload may hold."""
    return TooLarge(
        f"the upload is over {most:,} bytes",
        place="body",
        remedy="send less, or raise GENNET_MAX_UPLOAD_BYTES; nothing was kept",
    )


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 256:
        raise _not_a_form()
    return boundary


def _not_a_form() -> InvalidContent:
    return InvalidContent(
        "the body is not a multipart form", place="body", remedy="send the files as multipart/form-data"
    )


def _sweep(root: Path) -> None:
    for folder in root.iterdir():
        lock = folder / ".lock"
        if not folder.is_dir() or not lock.exists():
            continue
        with lock.open("w") as stream:
            abandoned = _try_lock(stream)
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _try_lock(stream: IO[str]) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
