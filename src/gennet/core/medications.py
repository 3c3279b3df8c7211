"""The drugs a person takes, as plain names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gennet.core.parts import Part


@dataclass(frozen=True, slots=True)
class Medications(Part):
    """
    The drugs a person takes now.

    >>> Medications(("paroxetine",)).size
    1
    """

    supplied_as: ClassVar[str] = "a clinical record (--fhir)"

    names: tuple[str, ...]
    """International nonproprietary names in lower case, each once, in order of the alphabet."""

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.names)
