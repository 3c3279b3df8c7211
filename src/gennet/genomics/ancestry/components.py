"""
Principal components of a reference and unbiased projection of others onto them.

Genotypes are centred and divided by sqrt(2 p (1 - p)) (Patterson 2006, doi:10.1371/journal.pgen.0020190); a missing one
is the mean. Plain projection shrinks towards 0 where there are more variants than people; online augmentation,
decomposition and Procrustes (OADP; Zhang, Dey & Lee 2020, doi:10.1093/bioinformatics/btaa152) adds the person to the
reference, decomposes again and turns the result back onto the reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.study import silent
from gennet.errors import BadInput
from gennet.genomics.ancestry.relatedness import autosomal

if TYPE_CHECKING:
    from gennet.core.study import Watch
    from gennet.genomics.cohort import Cohort


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """A reference and its principal components."""

    rows: NDArray[np.intp]
    """Of the variants used, in the reference."""
    mean: NDArray[np.float64]
    """Mean dosage by variant."""
    scale: NDArray[np.float64]
    """sqrt(2 p (1 - p)) by variant."""
    values: NDArray[np.float64]
    """All singular values of the standardised genotypes, descending."""
    people: NDArray[np.float64]
    """Left singular vectors, people x (people - 1)."""
    loadings: NDArray[np.float64]
    """Right singular vectors, variants x (people - 1)."""
    count: int

    @property
    def scores(self) -> NDArray[np.float64]:
        """Coordinates of the reference people, people x `count`."""
        return self.people[:, : self.count] * self.values[: self.count]

    @property
    def explained(self) -> NDArray[np.float64]:
        """Share of the variance by component."""
        shares: NDArray[np.float64] = (self.values**2 / (self.values**2).sum())[: self.count]
        return shares


def principal_components(cohort: Cohort, count: int = 10, *, watch: Watch = silent) -> Components:
    """
    Decompose a reference exactly, through its people x people matrix; monomorphic variants are left out.

    Memory is variants x people of float64 once, so references of some thousand people at some hundred thousand sites.

    Raises
    ------
    BadInput
        There are too few people or variants for so many components.
    """
    kept, raw = list[NDArray[np.intp]](), list[NDArray[np.float64]]()
    means, scales = list[NDArray[np.float64]](), list[NDArray[np.float64]]()
    rows = autosomal(cohort)
    for block in cohort.blocks(rows):
        mean, scale, good = _moments(block.dosages)
        kept.append(rows[block.start : block.start + len(block.dosages)][good])
        means.append(mean[good])
        scales.append(scale[good])
        raw.append(standardised(block.dosages[good], mean[good], scale[good]))
        watch("variants read", block.start + len(block.dosages), len(rows))
    z = np.concatenate(raw)
    people = z.shape[1]
    if count < 1 or count >= min(people, len(z)):
        raise BadInput(
            f"{count} components of {people} people at {len(z)} polymorphic variants", remedy="ask for fewer components"
        )
    values, vectors = np.linalg.eigh(z.T @ z)
    order = np.argsort(values)[::-1][: people - 1]
    kept_values = values[order]
    good_values = kept_values > 1e-9 * kept_values[0]
    order = order[good_values]
    singular = np.sqrt(values[order])
    u = vectors[:, order]
    return Components(
        np.concatenate(kept), np.concatenate(means), np.concatenate(scales), singular, u, z @ u / singular, count
    )


def _moments(
    dosages: NDArray[np.int8],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    held = dosages >= 0
    mean = np.where(held, dosages, 0).sum(1) / np.maximum(held.sum(1), 1)
    scale = np.sqrt(mean * (1 - mean / 2))
    return mean, scale, (scale > 0) & held.any(1)


def standardised(
    dosages: NDArray[np.int8], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Centre and scale dosages, variants x people; a missing one becomes 0, the mean.

    >>> standardised(np.array([[0, 2, -1]], np.int8), np.array([1.0]), np.array([0.5])).tolist()
    [[-2.0, 2.0, 0.0]]
    """
    z: NDArray[np.float64] = np.where(dosages >= 0, (dosages - mean[:, None]) / scale[:, None], 0.0)
    return z


def project_plainly(reference: Components, dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return z @ loadings, people x `count`: shrunken towards 0 when variants outnumber people; for comparison."""
    z = standardised(dosages, reference.mean, reference.scale)
    plain: NDArray[np.float64] = z.T @ reference.loadings[:, : reference.count]
    return plain


def project_oadp(reference: Components, dosages: NDArray[np.int8]) -> NDArray[np.float64]:
    """
    Return coordinates of people on the reference's components without shrinkage, people x `count`.

    Parameters
    ----------
    reference
        From `principal_components`.
    dosages
        Variants x people at `Components.rows`, copies of the reference's alternate allele, -1 where missing.
    """
    if dosages.shape[0] != len(reference.rows):
        raise BadInput(
            f"{dosages.shape[0]} variants for a reference of {len(reference.rows)}", remedy="read those of its rows"
        )
    z = standardised(dosages, reference.mean, reference.scale)
    return np.stack([augmented(reference, z[:, person]) for person in range(z.shape[1])])


def truncated(reference: Components, kept: int) -> Components:
    """
    Return a reference with its first components alone, to keep it small; projection onto it is nearly the same.

    Twice as many as are asked for are enough (Zhang, Dey & Lee 2020): what is left out adds to a person's remainder.
    """
    return replace(
        reference, values=reference.values[:kept], people=reference.people[:, :kept],
        loadings=reference.loadings[:, :kept],
    )  # fmt: skip


def augmented(reference: Components, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Decompose the reference with one standardised person more, and turn its components onto the reference's.

    With Z = V D U', [Z z] has the same right-hand space as the small matrix [[D, V'z], [0, |rest|]], by which its
    left factors follow without the variants (Brand's update; all components are kept, so that it is exact).
    """
    v = reference.loadings.T @ z
    rest = np.sqrt(max(float(z @ z - v @ v), 0.0))
    size = len(reference.values)
    small = np.zeros((size + 1, size + 1))
    small[np.arange(size), np.arange(size)] = reference.values
    small[:size, size], small[size, size] = v, rest
    values, vectors = np.linalg.eigh(small.T @ small)
    top = np.argsort(values)[::-1][: reference.count]
    scores = vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))
    return _procrustes(reference.people @ scores[:size], scores[size], reference.scores)


def _procrustes(
    found: NDArray[np.float64], person: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn, scale and shift `found` onto `wanted` (both people x K) by least squares; move the person alike."""
    centre, goal = found.mean(0), wanted.mean(0)
    a, b = found - centre, wanted - goal
    left, strength, right = np.linalg.svd(a.T @ b)
    turned: NDArray[np.float64] = (person - centre) @ (left @ right) * (strength.sum() / (a * a).sum()) + goal
    return turned
