"""One row of the validation table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Our number against somebody else's."""

    analysis: str
    reference: str
    """Tool or publication, with its version."""
    cases: int
    agreement: str
    """What was compared and the largest difference, in words with numbers."""
    holds: bool
    """Whether it is inside the stated bound; False fails the run."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A comparison this machine lacks something for."""

    analysis: str
    why: str
    """What is missing, and how to get it."""


def table(rows: list[Agreement | Skipped]) -> str:
    """Write the rows as a Markdown table, those skipped below it."""
    lines = ["| analysis | reference | cases | agreement | holds |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {r.analysis} | {r.reference} | {r.cases:,} | {r.agreement} | {'yes' if r.holds else 'NO'} |"
        for r in rows
        if isinstance(r, Agreement)
    ]
    lines += [f"\n{r.analysis}: skipped; {r.why}" for r in rows if isinstance(r, Skipped)]
    return "\n".join(lines)
