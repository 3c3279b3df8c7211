"""Learn from a labelled reference cohort how scores are distributed along its principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.ancestry.components import principal_components, truncated
from gennet.genomics.ancestry.relatedness import autosomal
from gennet.genomics.cohort_scores.terms import FoundRows, found_rows
from gennet.genomics.cohorts.dosages import dosage_blocks
from gennet.genomics.score_calibration.calibration import ScoreCalibration, ScoreNorm, fingerprint
from gennet.genomics.score_calibration.normalising import Norm, fit_groups, fit_norm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from gennet.core.study import Watch
    from gennet.genomics.builds import Build
    from gennet.genomics.cohort import Block, Cohort, Variants
    from gennet.genomics.scoring_files import ScoringFile

Y = 24
SITES = 20_000
"""So many sites, evenly spread, place a person well; more only make the file larger."""
_PALINDROMES = frozenset({"AT", "TA", "CG", "GC"})


@dataclass(frozen=True, slots=True, eq=False)
class _Some:
    """A cohort's labelled people at some of its variants."""

    samples: tuple[str, ...]
    variants: Variants
    build: Build | None
    notes: tuple[str, ...]
    whole: Cohort
    people: NDArray[np.intp]
    rows: NDArray[np.intp]

    def blocks(self, rows: NDArray[np.intp] | None = None, *, size: int = 4096) -> Iterator[Block]:
        """Yield as `Cohort.blocks` says."""
        from gennet.genomics.cohort import Block

        wanted = self.rows if rows is None else self.rows[rows]
        for block in self.whole.blocks(wanted, size=size):
            yield Block(block.start, np.ascontiguousarray(block.dosages[:, self.people]))


def calibrate(
    cohort: Cohort,
    files: Sequence[ScoringFile],
    labels: Mapping[str, str],
    *,
    reference: str,
    components: int = 10,
    sites: int = SITES,
    watch: Watch = silent,
) -> ScoreCalibration:
    """
    Learn how scores are distributed along the principal components of a cohort's labelled people.

    Components come of evenly spread autosomal single-base sites that are not palindromic; a missing genotype counts as the
    mean of those called. People without a label are left out.

    Parameters
    ----------
    labels
        Group of each person by name.
    reference
        What to call the cohort in results.
    sites
        Most sites for the components.

    Raises
    ------
    BadInput
        Nobody is labelled, the builds differ, people are too few, or a score has no variant in the cohort.
    """
    people = np.flatnonzero([name in labels for name in cohort.samples])
    if not len(people):
        raise BadInput("no reference person has a label", remedy="check the names in both files")
    build = cohort.build or (files[0].build if files else None)
    if build is None or not files:
        raise BadInput("there is no score to calibrate", remedy="give a scoring file")
    names = tuple(cohort.samples[i] for i in people)
    panel = panel_rows(cohort, sites)
    held = _Some(names, cohort.variants.at(panel), cohort.build, cohort.notes, cohort, people, panel)
    found = truncated(principal_components(held, components, watch=watch), 2 * components)
    kept = held.variants.at(found.rows)
    coordinates = found.scores
    member = [labels[name] for name in names]
    groups = fit_groups(member, coordinates)
    each = np.array([groups.names.index(one) for one in member])
    norms = tuple(_norm(cohort, people, file, coordinates, each, len(groups.names), watch) for file in files)
    pairs = tuple(zip(kept.reference, kept.alternate, strict=True))
    return ScoreCalibration(reference, build, kept.chromosome, kept.position, pairs, found, groups, norms)


def panel_rows(cohort: Cohort, most: int) -> NDArray[np.intp]:
    """
    Choose evenly spread sites for components: autosomal, single bases, no palindromes, one at each position.

    Raises
    ------
    BadInput
        There is none.
    """
    v = cohort.variants
    rows = autosomal(cohort)
    good = [len(v.reference[i]) == 1 and len(v.alternate[i]) == 1 for i in rows.tolist()]
    good = [
        ok and v.reference[i] + v.alternate[i] not in _PALINDROMES for ok, i in zip(good, rows.tolist(), strict=True)
    ]
    rows = rows[np.array(good, bool)]
    _, first = np.unique(v.chromosome[rows].astype(np.int64) << 32 | v.position[rows], return_index=True)
    rows = rows[np.sort(first)]
    if not len(rows):
        raise BadInput("no autosomal single-base site is free of palindromes", remedy="give a denser reference")
    spread: NDArray[np.intp] = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(np.intp)]
    return spread


def _norm(
    cohort: Cohort,
    people: NDArray[np.intp],
    file: ScoringFile,
    coordinates: NDArray[np.float64],
    member: NDArray[np.intp],
    groups: int,
    watch: Watch,
) -> ScoreNorm:
    found = found_rows(cohort, file)
    if not len(found.line):
        raise BadInput(f"the reference holds no variant of {file.id}", remedy="check the genome build of both")
    standard = (coordinates - coordinates.mean(0)) / coordinates.std(0, ddof=1)
    x = np.column_stack([np.ones(len(people)), standard])
    solve = np.linalg.inv(x.T @ x) @ x.T
    total, expected = np.full(len(people), file.constant), np.zeros((len(found.line), x.shape[1]), np.float32)
    # A cohort counts the one copy of Y and MT twice, a person's file once.
    half = np.where((file.chromosome[found.line] >= Y) & (found.kind < 2), 0.5, 1.0)
    for at, amount in amounts(cohort, found, people):
        total += found.weight[at] @ amount
        expected[at] = (amount @ solve.T) * half[at, None]
        watch(f"scoring {file.id}", int(at[-1]) + 1, len(found.line))
    by_group = tuple(np.sort(total[member == g]) for g in range(groups))
    norm: Norm = fit_norm(total, coordinates)
    return ScoreNorm(file.id, fingerprint(file), found.line.astype(np.int64), expected, norm, by_group)


def amounts(
    cohort: Cohort, found: FoundRows, people: NDArray[np.intp], *, size: int = 2048
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """
    Yield what the rows of a score count in each person (copies, or 0 and 1 for dominant and recessive), rows x people.

    The first of each pair tells which of `found`'s rows; a missing genotype is the mean of those called, 0 if none is.
    """
    rows, back = np.unique(found.row, return_inverse=True)
    order = np.argsort(back, kind="stable")
    for block in dosage_blocks(cohort, rows, size=size):
        low, high = np.searchsorted(back[order], [block.start, block.start + len(block.dosages)])
        at = order[low:high]
        copies = block.dosages[:, people].astype(np.float64)[back[at] - block.start]
        amount = worth(copies, found.kind[at])
        known = ~np.isnan(amount)
        mean = np.where(known, amount, 0.0).sum(1) / np.maximum(known.sum(1), 1)
        yield at.astype(np.intp), np.where(known, amount, mean[:, None])


def worth(copies: NDArray[np.float64], kind: NDArray[np.int8]) -> NDArray[np.float64]:
    """
    Turn copies of the alternate allele, rows x people, into amounts of the effect; `kind` is that of `Terms`.

    Of a dosage between whole numbers, dominant and recessive effects take the part above 0 or 1 that is at most 1.

    >>> worth(np.array([[0.0, 1.0, 2.0]] * 3), np.array([1, 2, 4], np.int8)).tolist()
    [[2.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    """
    copies = np.where((kind & 1)[:, None] == 1, 2.0 - copies, copies)
    model = (kind >> 1)[:, None]
    some = np.where(model == 1, np.minimum(copies, 1.0), np.maximum(copies - 1.0, 0.0))
    return np.where(model == 0, copies, some)
