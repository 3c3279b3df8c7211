"""Aligned reads: BAM and CRAM files, opened or refused in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gennet.errors import MissingFile, NotInstalled, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path


def open_alignments(path: Path, reference: Path | None = None) -> Any:  # noqa: ANN401 pysam has no types
    """
    Open a sorted, indexed BAM or CRAM.

    Raises
    ------
    MissingFile
        It, or its index, is not there.
    UnreadableFile
        It is no BAM or CRAM.
    """
    try:
        import pysam
    except ImportError:
        raise NotInstalled("pysam is not installed", remedy="pip install 'gennet[genomics]'") from None
    if not path.is_file():
        raise MissingFile("there is no file here", place=str(path), remedy="check the path")
    quiet = pysam.set_verbosity(0)
    try:
        opened = pysam.AlignmentFile(str(path), reference_filename=None if reference is None else str(reference))
    except (ValueError, OSError) as error:
        raise UnreadableFile(
            f"not a BAM or CRAM ({error})", place=path.name, remedy="give aligned reads, sorted by position"
        ) from None
    finally:
        pysam.set_verbosity(quiet)
    if not opened.has_index():
        opened.close()
        raise MissingFile("it has no index", place=path.name, remedy=f"run: samtools index {path.name}")
    return opened
