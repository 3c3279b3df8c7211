"""BCF as VCF text, through htslib."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from gennet.core.files import chunks_of
from gennet.errors import NotInstalled, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_RECORDS = 4096
"""Records that are read at a time."""


def bcf_as_text(path: Path, sample: str | None) -> Iterator[Callable[[], bytes]]:
    """Prove the file whole, then let htslib write it as VCF text: one reader then judges both formats."""
    for _ in chunks_of(path):
        pass
    try:
        from cyvcf2 import VCF
    except ImportError:
        raise NotInstalled(
            "reading BCF needs cyvcf2", place=str(path), remedy="pip install 'gennet[genomics]'"
        ) from None
    try:
        reader = VCF(str(path))
        if sample is not None and sample in reader.samples:
            reader.set_samples([sample])
    except Exception as error:  # noqa: BLE001 htslib raises many kinds
        raise UnreadableFile(
            f"htslib cannot read it ({error})", place=str(path), remedy="check it with bcftools"
        ) from None
    header = _bcf_header(reader, sample)
    yield lambda: header
    try:
        while lines := [str(record) for record in islice(reader, _RECORDS)]:
            yield partial("".join(lines).encode)
    except Exception as error:  # noqa: BLE001 as above
        raise UnreadableFile(
            f"htslib stopped reading ({error})", place=str(path), remedy="check it with bcftools"
        ) from None


def _bcf_header(reader: object, sample: str | None) -> bytes:
    text = str(reader.raw_header)  # type: ignore[attr-defined]  # cyvcf2 has no types
    lines = text.rstrip("\n").split("\n")
    if sample is not None:
        kept = lines[-1].split("\t")
        if sample in kept[9:]:
            lines[-1] = "\t".join((*kept[:9], sample))
    return ("\n".join(lines) + "\n").encode()
