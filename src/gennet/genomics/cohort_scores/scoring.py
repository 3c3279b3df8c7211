"""Many polygenic scores of many people, in one pass over their genotypes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.cohort import without_variants
from gennet.genomics.cohort_scores.progress import Progress
from gennet.genomics.cohort_scores.terms import match_terms
from gennet.genomics.cohorts.dosages import DosageCohort

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort
    from gennet.genomics.cohort_scores.summing import Stretch, Sums
    from gennet.genomics.cohort_scores.terms import MatchedScore, Terms
    from gennet.genomics.scoring_files import ScoringFile
    from gennet.ports.compute import Compute

STRETCH = 16_384
"""Sites that are summed, and saved, together."""
FEW = 16
"""Up to so many scores, tables of doubles cost no more than fixed-point ones."""


class Missing(StrEnum):
    """What a genotype that is not known adds to a score."""

    MEAN = "mean"
    """The mean of those called in the cohort, as plink2 does by default."""
    NOTHING = "nothing"
    """Nothing: the score of such a person is over fewer variants."""


@dataclass(frozen=True, slots=True, eq=False)
class CohortScores:
    """The scores of a cohort."""

    samples: tuple[str, ...]
    scores: tuple[MatchedScore, ...]
    sums: NDArray[np.float64]
    """Weights times copies of effect alleles, people x scores, in each score's own unit; NaN where nothing is known."""
    called: NDArray[np.int32]
    """Matched variants with a known genotype, people x scores."""
    error: NDArray[np.float64]
    """Most that a sum of each score can differ from double arithmetic by; 0 where it was double."""


def score_cohort(
    cohort: Cohort,
    files: Sequence[ScoringFile],
    *,
    missing: Missing = Missing.MEAN,
    exact: bool | None = None,
    dosages: bool = True,
    compute: Compute | None = None,
    checkpoint: Path | None = None,
    watch: Watch = silent,
) -> CohortScores:
    """
    Compute several polygenic scores of everybody in a cohort, in one pass over the file.

    Dosages are scored where the file holds them, else hard calls. Memory grows with people x scores, not with the number of variants. The digits do not depend
    on `compute`, nor on whether the work was interrupted.

    Parameters
    ----------
    exact
        Sum in doubles. False sums whole numbers of 32 bits, about twice as fast for many scores; `CohortScores.error`
        bounds the difference. By default doubles up to 16 scores.
    dosages
        False scores hard calls alone; a genotype that is none is missing then.
    compute
        Where stretches of variants are summed; here and now when None.
    checkpoint
        A file that keeps the sums so far; when it is there from an interrupted run on the same inputs, that run goes on.
        Removed at the end.

    Raises
    ------
    BadInput
        No variant of any score is in the cohort, or the genome builds differ.
    Cancelled
        By `watch`; the checkpoint is kept.

    References
    ----------
    Arlazarov et al., Soviet Math. Dokl. 11 (1970), for the tables. Chang et al., doi:10.1186/s13742-015-0047-8, for the
    reading of missing genotypes.

    >>> from gennet.genomics.cohort import NO_VARIANTS, HeldCohort
    >>> score_cohort(HeldCohort((), NO_VARIANTS, None, np.zeros((0, 0), np.int8)), [])
    Traceback (most recent call last):
    gennet.errors.BadInput: there is no score to compute; give a scoring file
    """
    found = score_terms(
        cohort, match_terms(cohort, files), missing=missing, exact=exact, dosages=dosages, compute=compute,
        checkpoint=checkpoint, watch=watch,
    )  # fmt: skip
    constants = np.array([file.constant for file in files])
    return replace(found, sums=found.sums + constants) if constants.any() else found


def score_terms(
    cohort: Cohort,
    terms: Terms,
    *,
    missing: Missing = Missing.MEAN,
    exact: bool | None = None,
    dosages: bool = True,
    compute: Compute | None = None,
    checkpoint: Path | None = None,
    watch: Watch = silent,
) -> CohortScores:
    """
    Sum matched terms as `score_cohort` does; for weights that are at hand as a matrix.

    >>> from gennet.genomics.cohort import NO_VARIANTS, HeldCohort
    >>> from gennet.genomics.cohort_scores.terms import matrix_terms
    >>> held = HeldCohort(("p1", "p2"), NO_VARIANTS, None, np.array([[0, 2], [1, -1]], np.int8))
    >>> score_terms(held, matrix_terms(["s"], np.array([0, 1]), np.array([[0.5], [1.0]]))).sums.tolist()
    [[1.0], [2.0]]
    """
    if not len(terms.rows):
        names = ", ".join(score.id for score in terms.scores[:3])
        raise BadInput(f"the cohort holds no variant of {names}", remedy="check the genome build of both")
    from gennet.genomics.cohort_scores.summing import Stretch, sum_stretch

    doubles = len(terms.scores) <= FEW if exact is None else exact
    light, dosed = without_variants(cohort), dosages and isinstance(cohort, DosageCohort) and cohort.has_dosages
    shape = len(cohort.samples), len(terms.scores)
    mark = _fingerprint(cohort, terms, f"{missing}|{doubles}|{dosed}") if checkpoint else ""
    progress = Progress.begin(checkpoint, mark, shape)

    def stretches() -> Iterator[Stretch]:
        for first in range(progress.sites, len(terms.rows), STRETCH):
            part = terms.part(first, min(first + STRETCH, len(terms.rows)))
            yield Stretch(light, part, missing is Missing.MEAN, doubles, dosed)

    def summed() -> Iterator[Sums]:
        yield from map(sum_stretch, stretches()) if compute is None else compute.map(sum_stretch, stretches())

    watch("scoring", progress.sites, len(terms.rows))
    for made in summed():
        progress.add(made, min(STRETCH, len(terms.rows) - progress.sites))
        watch("scoring", progress.sites, len(terms.rows))
    progress.end()
    used = np.bincount(terms.score, minlength=len(terms.scores)).astype(np.int32)
    called = used - progress.missing
    sums = np.where(called > 0, progress.totals, np.nan)
    return CohortScores(cohort.samples, terms.scores, sums, called, progress.error)


def _fingerprint(cohort: Cohort, terms: Terms, options: str) -> str:
    """Tell apart runs whose sums may not be mixed."""
    digest = hashlib.sha256(f"{options}|{len(cohort.samples)}|".encode())
    digest.update("\0".join(cohort.samples).encode())
    path = getattr(cohort, "path", None)
    if path is not None:
        state = path.stat()
        digest.update(f"|{path.name}|{state.st_size}|{state.st_mtime_ns}".encode())
    for column in (terms.rows, terms.starts, terms.score, terms.weight, terms.kind):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()
