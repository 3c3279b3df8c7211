"""Words for messages: counts with their noun, and which names there are when one is not found."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def count(number: int, noun: str) -> str:
    """
    Write a number with its noun, singular or plural.

    >>> count(1, "site"), count(2, "site")
    ('1 site', '2 sites')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def near(name: str, known: Sequence[str]) -> str:
    """
    Write the remedy for an unknown name: the names most like it, or the first few.

    >>> near("HG00069", ["HG00096", "NA12878"])
    'near names: HG00096'
    >>> near("x", ["HG00096", "NA12878"])
    'it holds HG00096, NA12878'
    """
    close = get_close_matches(name, known, n=5, cutoff=0.6)
    if close:
        return f"near names: {', '.join(close)}"
    few = ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")
    return f"it holds {few}" if few else "it holds none"
