"""Sums so far, kept on disk so that a killed run can go on with the same digits."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import InvalidContent, StorageFailed, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.genomics.cohort_scores.summing import Sums


@dataclass(slots=True, eq=False)
class Progress:
    """What has been summed, and over how many sites."""

    path: Path | None
    fingerprint: str
    sites: int
    totals: NDArray[np.float64]
    missing: NDArray[np.int32]
    error: NDArray[np.float64]

    @classmethod
    def begin(cls, path: Path | None, fingerprint: str, shape: tuple[int, int]) -> Progress:
        """
        Start from nothing, or from what the file holds.

        Raises
        ------
        InvalidContent
            The file belongs to other genotypes, scores or options.
        UnreadableFile
            It is no checkpoint.
        """
        if path is not None and path.exists():
            return cls(path, fingerprint, *_read(path, fingerprint))
        return cls(path, fingerprint, 0, np.zeros(shape), np.zeros(shape, np.int32), np.zeros(shape[1]))

    def add(self, sums: Sums, sites: int) -> None:
        """Add the sums of the next sites, and save."""
        self.totals += sums.totals
        self.missing += sums.missing
        self.error += sums.error
        self.sites += sites
        if self.path is not None:
            self._save(self.path)

    def end(self) -> None:
        """Remove the file: the work is done."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _save(self, path: Path) -> None:
        beside = path.with_name(f".{path.name}.part")
        try:
            with beside.open("wb") as stream:
                np.savez(
                    stream, fingerprint=np.array(self.fingerprint), sites=np.array(self.sites), totals=self.totals,
                    missing=self.missing, error=self.error,
                )  # fmt: skip
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageFailed(
                f"cannot write ({error.strerror})", place=str(path), remedy="choose another checkpoint file"
            ) from error


def _read(path: Path, fingerprint: str) -> tuple[int, NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
            if str(held["fingerprint"]) != fingerprint:
                raise InvalidContent(
                    "this checkpoint belongs to other genotypes, scores or options",
                    place=path.name,
                    remedy="remove it, or name another file",
                )
            return int(held["sites"]), held["totals"], held["missing"], held["error"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"this is no whole checkpoint ({error})", place=path.name, remedy="remove it to start again"
        ) from None
