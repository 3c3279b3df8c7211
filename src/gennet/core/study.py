"""
A study: an analysis of files rather than of one person's record.

One declaration gives Python, the command line (``gennet genome NAME``), REST (``/api/v1/studies/FIELD/NAME``) and its
page in the reference: the options are the fields of a dataclass, and what is found are tables and views of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from gennet.core.findings import Findings


@dataclass(frozen=True, slots=True)
class Doc:
    """What an option means, for help texts: ``Annotated[Path, Doc("VCF of the cohort")]``."""

    text: str


class Watch(Protocol):
    """Hears how far a study is; raises `Cancelled` when it should stop."""

    def __call__(self, what: str, done: int, total: int | None = None) -> None:
        """Say what is being done and how much of it is."""


def silent(what: str, done: int, total: int | None = None) -> None:
    """Watch nothing."""
    _ = what, done, total


@dataclass(frozen=True, slots=True)
class Study:
    """
    One study: what it is called, what it asks for, what computes it, where it is published.

    `options` is a frozen dataclass whose fields are ``Annotated[type, Doc(...)]`` with plain types: `Path` for files
    (``tuple[Path, ...]`` for several), str, int, float, bool, an `Enum`, or any of these or None. `run` takes the
    options, a `Watch` and the folder for files it writes besides its tables (None when nobody will keep them), then each
    resource in `resources` as a keyword argument (its name with ``-`` as ``_``) holding a local path.
    """

    field: str
    """``genome``: the group it stands in."""
    name: str
    """``rare-variants``: the command."""
    title: str
    """One sentence that starts with a verb."""
    options: type[Any]
    run: Callable[..., Findings]
    reference: str
    """DOI or URL of the method."""
    resources: tuple[str, ...] = ()


Runner = Callable[[Any, Watch, "Path | None"], "Findings"]
"""The shape of `Study.run` without resources."""
