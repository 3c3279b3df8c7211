"""What is said of one criterion: met, not met, not evaluated, and on what evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gennet.genomics.clinical_variants.points import DEFAULT, Strength


class Verdict(StrEnum):
    """Whether a criterion holds."""

    MET = "met"
    NOT_MET = "not met"
    NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation a criterion rests on."""

    source: str
    """With its version."""
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """
    One criterion of one variant.

    >>> met("PM4", "a stop codon is lost").points({Strength.MODERATE: 2}), met("BP7", "").label
    (2, 'BP7')
    """

    name: str
    verdict: Verdict
    reason: str
    strength: Strength | None = None
    """None unless it is met."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def label(self) -> str:
        """Write it as laboratories do: with its strength where that is not the usual one."""
        if self.strength is None or self.strength is DEFAULT[self.name]:
            return self.name
        return f"{self.name}_{self.strength.value.title()}"

    def points(self, weights: dict[Strength, int]) -> int:
        """Return what it adds: negative when it speaks for benign; BA1 stands alone and adds nothing."""
        if self.strength is None or self.strength is Strength.STAND_ALONE:
            return 0
        return weights[self.strength] * (-1 if self.name.startswith("B") else 1)


def met(name: str, reason: str, *evidence: Evidence, strength: Strength | None = None) -> Criterion:
    """Say that a criterion is met, at its usual strength unless another is given."""
    return Criterion(name, Verdict.MET, reason, strength or DEFAULT[name], evidence)


def not_met(name: str, reason: str, *evidence: Evidence) -> Criterion:
    """Say that a criterion was looked at and does not hold."""
    return Criterion(name, Verdict.NOT_MET, reason, None, evidence)


def not_evaluated(name: str, reason: str, *evidence: Evidence) -> Criterion:
    """Say that nothing is known that would decide a criterion."""
    return Criterion(name, Verdict.NOT_EVALUATED, reason, None, evidence)
