"""Studies made up for these tests."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study
from gennet.errors import InvalidContent


class Case(StrEnum):
    AS_IS = "as-is"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Letters:
    text: Annotated[Path, Doc("A text file.")]
    others: Annotated[tuple[Path, ...], Doc("More text files.")] = ()
    case: Annotated[Case, Doc("Whether A is a.")] = Case.AS_IS
    most: Annotated[int | None, Doc("How many letters to show.")] = None


def count(options, watch, folder, **_):
    watch("counting", 0, 1)
    text = "".join(path.read_text() for path in (options.text, *options.others))
    if not text.strip():
        raise InvalidContent("there is no letter", place=str(options.text), remedy="write one")
    text = text.lower() if options.case is Case.LOWER else text
    letters = sorted(set(text.strip()), key=lambda c: (-text.count(c), c))[: options.most]
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "letters.txt").write_text("".join(letters))
    rows = [(c, text.count(c)) for c in letters]
    return Findings(
        "letters",
        f"{len(rows)} letters.",
        (table("letters", "Letters", ("letter: Letter", "count: Count"), rows),),
        (Figure("letters", "Letters", Drawing.BARS, "letters", x="count", label="letter"),),
        ("Spaces are letters too.",),
    )


def wait(options, watch, folder, **_):
    for step in range(10_000):
        watch("waiting", step)
        time.sleep(0.01)


def fail(options, watch, folder, **_):
    raise RuntimeError("a secret of ours")


LETTERS = Study("genome", "letters", "Count letters", Letters, count, "https://example.org")
WAITING = Study("genome", "waiting", "Wait", Letters, wait, "https://example.org")
FAILING = Study("genome", "failing", "Fail", Letters, fail, "https://example.org")
UNSUPPLIED = Study("genome", "unsupplied", "Lack a table", Letters, count, "https://example.org", ("no-such-table",))
STUDIES = (LETTERS, WAITING, FAILING, UNSUPPLIED)
