"""Sources that are no VCF: ClinVar's variant_summary and its JSON lines, tables of scores."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from gennet.errors import BadInput, InvalidContent
from gennet.genomics.annotation.layouts import LAYOUTS, Kind, Value, stars_of
from gennet.genomics.annotation.sources import Row, Source, columns_at
from gennet.genomics.builds import Build, chromosome_code, parse_build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Lines = "Iterator[tuple[int, bytes]]"
_ACGT = set("ACGTN")
_OTHER = "on other contigs than 1-22, X, Y, MT"
_NO_BASES = "without an alternate in bases"
_ELSEWHERE = "on another build"


def variant_summary(path: Path, first: bytes, lines: Iterator[tuple[int, bytes]], build: Build | None) -> Source:
    """
    Read ClinVar's variant_summary.txt, which holds both builds (https://ftp.ncbi.nlm.nih.gov/pub/clinvar/tab_delimited/).

    Raises
    ------
    BadInput
        No build was asked for.
    """
    if build is None:
        raise BadInput("variant_summary holds both builds", place=path.name, remedy="say which with --build")
    names = (
        "assembly", "chromosome", "positionvcf", "referenceallelevcf", "alternateallelevcf", "variationid",
        "clinicalsignificance", "reviewstatus", "phenotypelist", "genesymbol", "name",
    )  # fmt: skip
    at = columns_at(first.decode().split("\t"), {name: (name,) for name in names}, path.name)
    made = Source(path, Kind.ASSERTIONS, LAYOUTS[Kind.ASSERTIONS], build, "", iter(()))

    def rows() -> Iterator[Row]:
        for number, line in lines:
            cells = line.decode().split("\t")
            if len(cells) <= max(at.values()):
                raise _broken(path, number)
            one = {name: cells[column] for name, column in at.items()}
            if parse_build(one["assembly"]) != build:
                made.set_aside[_ELSEWHERE] += 1
                continue
            row = _placed(
                one["chromosome"], one["positionvcf"], one["referenceallelevcf"], one["alternateallelevcf"], number,
                made.set_aside,
            )  # fmt: skip
            if row is not None:
                review = one["reviewstatus"]
                identity = int(one["variationid"]) if one["variationid"].isdigit() else None
                yield row._replace(
                    values=(
                        identity, one["clinicalsignificance"], stars_of(review), review, one["phenotypelist"],
                        one["genesymbol"].replace(";", "|"), one["name"],
                    )
                )  # fmt: skip

    made.rows = rows()
    return made


def clinvar_json(path: Path, first: bytes, lines: Iterator[tuple[int, bytes]], build: Build | None) -> Source:
    """Read ClinVar as JSON lines, one variation each, as clinvar-this writes them from its XML."""
    made = Source(path, Kind.ASSERTIONS, LAYOUTS[Kind.ASSERTIONS], None, "", iter(()))
    made.build = parse_build(_location(_decoded(first, path, 1)).get("assembly", ""))
    wanted = build or made.build

    def rows() -> Iterator[Row]:
        yield from _json_row(first, path, 1, wanted, made.set_aside)
        for number, line in lines:
            if line:
                yield from _json_row(line, path, number, wanted, made.set_aside)

    made.rows = rows()
    return made


def _decoded(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InvalidContent(
            f"no JSON ({error})", place=f"{path.name}: line {number}", remedy="copy the file again"
        ) from None
    if "accession" not in found or "name" not in found:
        raise _broken(path, number)
    return found


def _location(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = one.get("sequenceLocation") or {}
    return found


def _json_row(line: bytes, path: Path, number: int, build: Build | None, aside: Counter[str]) -> Iterator[Row]:
    one = _decoded(line, path, number)
    where = _location(one)
    if parse_build(where.get("assembly", "")) != build:
        aside[_ELSEWHERE] += 1
        return
    row = _placed(
        str(where.get("chr", "")).removeprefix("CHROMOSOME_"), str(where.get("positionVcf", "")),
        where.get("referenceAlleleVcf", ""), where.get("alternateAlleleVcf", ""), number, aside,
    )  # fmt: skip
    germline = (one.get("classifications") or {}).get("germlineClassification")
    if row is None:
        return
    if not germline:
        aside["without a germline classification"] += 1
        return
    review = germline.get("reviewStatus", "").removeprefix("AGGREGATE_GERMLINE_REVIEW_STATUS_").lower()
    review = _REVIEWS.get(review, review.replace("_", " "))
    identity = one["accession"].get("accession", "").removeprefix("VCV")
    yield row._replace(
        values=(
            int(identity) if identity.isdigit() else None, germline.get("description"), stars_of(review), review,
            "|".join(_conditions(germline)) or None, _symbol(one["name"]) or None, one["name"],
        )
    )  # fmt: skip


# Protocol buffers' names drop the commas of the statuses.
_REVIEWS = {
    "criteria_provided_single_submitter": "criteria provided, single submitter",
    "criteria_provided_multiple_submitters": "criteria provided, multiple submitters",
    "criteria_provided_multiple_submitters_no_conflicts": "criteria provided, multiple submitters, no conflicts",
    "criteria_provided_conflicting_classifications": "criteria provided, conflicting classifications",
}


def _conditions(germline: dict[str, Any]) -> Iterator[str]:
    for condition in germline.get("conditions", ()):
        for trait in condition.get("traits", ()):
            names = trait.get("names", ())
            preferred = [n["value"] for n in names if n.get("type") == "Preferred"]
            yield from preferred[:1] or [n["value"] for n in names][:1]


def _symbol(name: str) -> str:
    head = name.partition(":")[0]
    return head.partition("(")[2].rstrip(")")


def _placed(
    chromosome: str, position: str, reference: str, alternate: str, number: int, aside: Counter[str]
) -> Row | None:
    code, reference, alternate = chromosome_code(chromosome), reference.upper(), alternate.upper()
    if not code:
        aside[_OTHER] += 1
    elif not position.isdigit() or not reference or not alternate or not set(reference + alternate) <= _ACGT:
        aside[_NO_BASES] += 1
    else:
        return Row(code, int(position), reference, alternate, (), number)
    return None


def scores(path: Path, first: bytes, lines: Iterator[tuple[int, bytes]]) -> Source:
    """
    Read a table of numbers per variant: chromosome, position, reference, alternate, then a column per score.

    Raises
    ------
    UnreadableFile, InvalidContent
        It has no such columns, or a cell is neither a number nor empty, ``.`` or ``NA``.
    """
    text = first.decode("utf-8", "replace").lstrip("#")
    cut = "\t" if "\t" in text else ","
    head = [cell.strip() for cell in text.split(cut)]
    wanted = {
        "chromosome": ("chromosome", "chrom", "chr"),
        "position": ("position", "pos"),
        "reference": ("reference", "ref"),
        "alternate": ("alternate", "alt"),
    }
    at = columns_at(head, wanted, path.name)
    others = [n for n in range(len(head)) if n not in at.values()]
    values = tuple(Value(head[n].lower(), "float", head[n]) for n in others)
    if not values:
        raise InvalidContent("the table has no column of scores", place=path.name, remedy="add one after alternate")
    made = Source(path, Kind.SCORES, values, None, "", iter(()))

    def rows() -> Iterator[Row]:
        for number, line in lines:
            if not line:
                continue
            cells = line.decode().split(cut)
            if len(cells) != len(head):
                raise _broken(path, number)
            chromosome, position, ref, alt = (cells[at[name]].strip() for name in wanted)
            row = _placed(chromosome, position, ref, alt, number, made.set_aside)
            if row is not None:
                yield row._replace(values=tuple(_number(cells[n], path, number) for n in others))

    made.rows = rows()
    return made


def _number(text: str, path: Path, line: int) -> float | None:
    if text.strip() in {"", ".", "NA", "nan"}:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidContent(f"{text[:20]!r} is no number", place=f"{path.name}: line {line}", remedy="correct it")
    return value


def _broken(path: Path, number: int) -> InvalidContent:
    return InvalidContent(
        "the line does not hold what the others hold",
        place=f"{path.name}: line {number}",
        remedy="copy the file again",
    )
