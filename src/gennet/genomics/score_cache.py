"""Scoring files as they were read before: parsing text again would cost more than reading a genome."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gennet.core.codec import from_json, to_json
from gennet.errors import InvalidContent, StorageFailed, UnknownName
from gennet.genomics.scoring_files import ScoringFile, read_scoring_file

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.ports.objects import ObjectStore

FORM = 2
"""Raised whenever reading a scoring file gives something else than before; older entries are then not found."""
_SMALL = 1 << 16


def cached_scoring_file(path: Path, store: ObjectStore, *, version: str) -> ScoringFile:
    """
    Read a scoring file, or what an earlier reading of the same bytes under the same name gave.

    Parameters
    ----------
    store
        Where readings are kept, by a hash of the file's name and content; one that is damaged or cannot be written is
        passed over.
    version
        Of GenNet: another version reads anew.

    Raises
    ------
    BadInput
        As `read_scoring_file`; a file that is refused leaves nothing in the store.
    """
    if not path.is_file() or path.stat().st_size < _SMALL:
        return read_scoring_file(path)
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    key = hashlib.sha256("\0".join((path.name, version, str(FORM), content)).encode()).hexdigest()
    try:
        return from_json(store.get(key), ScoringFile)
    except (UnknownName, InvalidContent):
        file = read_scoring_file(path)
    try:
        store.put(key, to_json(file))
    except StorageFailed:
        return file  # a full disk costs time, not the answer
    return file
