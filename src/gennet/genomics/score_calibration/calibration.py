"""What a reference cohort taught about some scores, small enough to send with them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gennet.core.codec import from_json, to_json
from gennet.core.files import read_bytes
from gennet.core.parts import Part
from gennet.errors import InvalidContent, StorageFailed
from gennet.genomics.ancestry.components import Components
from gennet.genomics.builds import Build
from gennet.genomics.score_calibration.normalising import Groups, Norm

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.genomics.scoring_files import ScoringFile

FORM = 1
MARK = b'"gennet_calibration"'
"""Stands near the start of every such file."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreNorm:
    """What is known of one score in the reference."""

    score_id: str
    fingerprint: str
    """Of the scoring file's variants, alleles and weights, by `fingerprint`."""
    used: NDArray[np.int64]
    """Rows of the scoring file that the reference holds; the others count in nobody's score here."""
    expected: NDArray[np.float32]
    """Mean amount of each used row by principal components: rows x (1 + components), standardised as in `norm`."""
    norm: Norm
    by_group: tuple[NDArray[np.float64], ...]
    """Scores of the people of each group, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCalibration(Part):
    """
    The principal components of a reference, and the distribution of scores along them.

    >>> ScoreCalibration.supplied_as
    'a calibration of scores (gennet genome score-reference)'
    """

    supplied_as: ClassVar[str] = "a calibration of scores (gennet genome score-reference)"

    reference: str
    """Name of the reference cohort, as given by whoever made it."""
    build: Build
    chromosome: NDArray[np.int8]
    """Of the sites that place a person among the reference's components."""
    position: NDArray[np.int32]
    alleles: tuple[tuple[str, str], ...]
    """Reference and alternate."""
    components: Components
    groups: Groups
    scores: tuple[ScoreNorm, ...]

    @property
    def size(self) -> int:
        """How many sites place a person."""
        return len(self.position)


def fingerprint(file: ScoringFile) -> str:
    """
    Hash what a scoring file weighs, whatever it is called.

    Files of the same variants in the same order with the same weights are the same score.
    """
    digest = hashlib.sha256(f"{file.build}|{file.constant!r}|{'|'.join(file.alleles)}".encode())
    for column in (
        file.chromosome, file.position, file.effect_allele, file.other_allele, file.weight, file.effect_model
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()


def write_calibration(calibration: ScoreCalibration, path: Path) -> None:
    """
    Write a calibration as compressed JSON, whole or not at all.

    Raises
    ------
    StorageFailed
        The disk refuses.
    """
    beside = path.with_name(f".{path.name}.part")
    head = b'{%s:%d,"calibration":' % (MARK, FORM)
    try:
        beside.write_bytes(gzip.compress(head + to_json(calibration) + b"}", mtime=0))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageFailed(
            f"cannot write ({error.strerror})", place=str(path), remedy="choose another place"
        ) from None


def read_calibration(path: Path) -> ScoreCalibration:
    """
    Read what `write_calibration` wrote.

    Raises
    ------
    InvalidContent
        It is no calibration, or one of another version of the form.
    MissingFile, UnreadableFile
        Nothing whole is there.
    """
    data = read_bytes(path)
    try:
        found = from_json(data, _Written)
    except InvalidContent as error:
        raise InvalidContent(
            f"this is no calibration of scores ({error.problem[:80]})",
            place=path.name,
            remedy="make one: gennet genome score-reference",
        ) from None
    if found.gennet_calibration != FORM:
        raise InvalidContent(
            f"its form is {found.gennet_calibration}, not {FORM}", place=path.name, remedy="make it again"
        )
    return found.calibration


@dataclass(frozen=True, slots=True)
class _Written:
    gennet_calibration: int
    calibration: ScoreCalibration
