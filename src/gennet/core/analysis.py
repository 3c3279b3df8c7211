"""What an analysis is: a row of facts beside a pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gennet.core.parts import Part


class Branch(StrEnum):
    """Which of the two branches that feed the ensemble an analysis belongs to."""

    DIRECT = "direct"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Cost:
    """
    Expected cost as a straight line in the size of the input.

    >>> Cost(seconds=0.01, seconds_per_item=1e-6).expected(1_000_000)
    1.01
    """

    seconds: float = 0.0
    """Fixed part, seconds on one core."""
    seconds_per_item: float = 0.0
    """Per site, gene or sample of the input."""
    dollars_per_second: float = 1.4e-5
    """Price of one core; the default is 0.05 dollars an hour."""

    def expected(self, items: int) -> float:
        """Return the expected seconds for an input of that many items."""
        return self.seconds + self.seconds_per_item * items

    def dollars(self, items: int) -> float:
        """Return the expected price in dollars."""
        return self.expected(items) * self.dollars_per_second


@dataclass(frozen=True, slots=True)
class Analysis:
    """
    One analysis: what it needs, what it gives, what it costs, where it is published.

    `compute` takes the needed parts in the order of `needs`, then those of `uses` (None for each that is not held), then each resource in `resources` as a keyword
    argument (the resource name with ``-`` as ``_``) holding a local path. It returns one part of type `gives`.
    """

    name: str
    title: str
    branch: Branch
    needs: tuple[type[Part], ...]
    gives: type[Part]
    cost: Cost
    compute: Callable[..., Part]
    reference: str
    """DOI or URL of the method."""
    resources: tuple[str, ...] = ()
    """Names of public reference data, as listed by ``gennet resources list``."""
    uses: tuple[type[Part], ...] = ()
    """Parts it takes when the record holds them or another analysis makes them; it runs without them too."""
