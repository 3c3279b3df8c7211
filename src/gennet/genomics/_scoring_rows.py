"""The rows of a scoring file: text columns to arrays, each refusal naming its line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gennet.errors import BadInput, InvalidContent
from gennet.genomics._dosage_weights import expanded
from gennet.genomics.builds import chromosome_code
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Table = Mapping[str, list[str]]

_BASES = re.compile(r"[ACGT]+$")
# Insertion/deletion codes, HLA types and other names that are no bases.
_NO_BASES = re.compile(r"(I|D|P|N|R|-|\*?[A-Z0-9]{0,4}\*[0-9:]+|HLA.*|<.*>)$")
_MODELS = {"additive": 0, "dominant": 1, "recessive": 2}
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", "", "na", "nr"})
_EMPTY = frozenset({"", "NA", "NR", "nan", "NaN", "None", "."})
_LARGEST_POSITION = 999_999_999


@dataclass
class Rows:
    """The arrays of a `ScoringFile`, with what was set aside."""

    chromosome: NDArray[np.int8]
    position: NDArray[np.int32]
    effect_allele: NDArray[np.int32]
    other_allele: NDArray[np.int32]
    alleles: tuple[str, ...]
    weight: NDArray[np.float64]
    allele_frequency: NDArray[np.float64]
    rsid: NDArray[np.int64]
    effect_model: NDArray[np.int8]
    set_aside: int
    notes: tuple[str, ...]
    constant: float


def is_yes(text: str, place: str) -> bool:
    """Read a true or false cell."""
    lowered = text.strip().lower()
    if lowered not in _YES | _NO:
        raise InvalidContent(f"{text[:40]!r} is neither True nor False", place=place, remedy="correct the line")
    return lowered in _YES


def read_rows(table: Table, first_line: int, place: str) -> Rows:
    """Turn the text columns of a scoring file into arrays."""
    if "effect_weight" not in table and "dosage_0_weight" not in table:
        raise InvalidContent("there is no effect_weight column", place=place, remedy="give a PGS Catalog scoring file")
    numbers = range(first_line, first_line + len(table["effect_allele"]))
    keep, reasons = _kept(table, numbers, place)
    table = {name: [column[i] for i in keep] for name, column in table.items()} if reasons else table
    lines = [numbers[i] for i in keep]
    if not lines:
        raise InvalidContent(
            "no row is a weight per copy of an allele",
            place=place,
            remedy="choose another score: this kind is not supported",
        )
    set_aside, constant = len(numbers) - len(lines), 0.0
    if "dosage_0_weight" in table:
        table, lines, constant = expanded({name: list(column) for name, column in table.items()}, lines, place)
    chromosome, position = _places(table, lines, place)
    codes: dict[str, int] = {}
    effect = _codes([a.upper() for a in table["effect_allele"]], codes)
    others, inferred = _other_alleles(table, len(lines))
    other = _codes(others, codes)
    same = np.flatnonzero(effect == other)
    if len(same):
        raise InvalidContent(
            "effect_allele and other_allele are the same",
            place=f"{place}: line {lines[int(same[0])]}",
            remedy="correct the line",
        )
    weight = _numbers(table["effect_weight"], "effect_weight", lines, place)
    frequency = _frequencies(table, lines, place)
    notes = [*reasons.values()]
    if inferred:
        notes.append(f"The PGS Catalog inferred {count(inferred, 'other allele')}.")
    lost = int(np.count_nonzero(chromosome == 0))
    if lost:
        notes.append(
            f"Missing: {count(lost, 'variant')} without a place on chromosomes 1-22, X, Y or MT in this build."
        )
    unnamed = int(np.count_nonzero(other < 0))
    if unnamed:
        notes.append(f"Strand errors go unseen at {count(unnamed, 'variant')} without a named other allele.")
    rows = Rows(
        chromosome, position, effect, other, tuple(codes), weight, frequency, _rsids(table, len(lines)),
        _models(table, lines, place), set_aside, tuple(notes), constant,
    )  # fmt: skip
    return _without_repeats(rows, table, lines, place)


def _kept(table: Table, numbers: range, place: str) -> tuple[list[int], dict[str, str]]:
    """Set aside rows that are no weight times dosage of bases; refuse alleles that are nothing known."""
    why: dict[str, list[int]] = {}
    flags = {"is_haplotype": "haplotypes", "is_diplotype": "diplotypes", "is_interaction": "interactions"}
    gone: set[int] = set()
    for column, kind in flags.items():
        for i, text in enumerate(table.get(column, ())):
            if is_yes(text, f"{place}: line {numbers[i]}, {column}"):
                gone.add(i)
                why.setdefault(kind, []).append(i)
    for i, text in enumerate(table.get("effect_type", ())):
        if text.strip().lower() not in _MODELS and i not in gone:
            gone.add(i)
            why.setdefault(f"effects of type {text[:30]!r}", []).append(i)
    judged: dict[str, bool] = {}
    pairs = zip(table["effect_allele"], table.get("other_allele", table["effect_allele"]), strict=True)
    for i, pair in enumerate(pairs):
        if i in gone:
            continue
        for allele in pair:
            if allele not in judged:
                judged[allele] = _is_bases(allele, f"{place}: line {numbers[i]}", is_effect=allele is pair[0])
            if not judged[allele] and i not in gone:
                gone.add(i)
                why.setdefault("alleles that are not bases", []).append(i)
        if not pair[0].strip():
            raise InvalidContent(
                "there is no effect allele", place=f"{place}: line {numbers[i]}", remedy="correct the line"
            )
    notes = {
        kind: f"Set aside: {count(len(rows), 'row')} with {kind} (first: line {numbers[rows[0]]})."
        for kind, rows in why.items()
    }
    return [i for i in range(len(numbers)) if i not in gone], notes


def _is_bases(allele: str, place: str, *, is_effect: bool) -> bool:
    upper = allele.strip().upper()
    if _BASES.match(upper) or (upper in {"", "NA", "NR"} and not is_effect):
        return True
    parts = re.split(r"[/,]", upper)
    if not is_effect and len(parts) > 1 and all(_BASES.match(p) for p in parts):
        return True
    if _NO_BASES.match(upper):
        return False
    raise InvalidContent(f"{allele[:40]!r} is not an allele", place=place, remedy="correct the line")


def _places(table: Table, lines: list[int], place: str) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    harmonised = "hm_pos" in table and "hm_chr" in table
    names = ("hm_chr", "hm_pos") if harmonised else ("chr_name", "chr_position")
    if any(name not in table for name in names):
        raise BadInput(
            "the file gives no positions, only variant names",
            place=place,
            remedy="use the harmonised file of the PGS Catalog (its name ends in _hmPOS_GRCh37.txt.gz or _hmPOS_GRCh38.txt.gz)",
        )
    known = {name: chromosome_code(name.strip()) for name in set(table[names[0]])}
    chromosome = np.array([known[name] for name in table[names[0]]], np.int8)
    position = np.zeros(len(lines), np.int64)
    for i, text in enumerate(table[names[1]]):
        if text.isascii() and text.isdigit() and len(text) < 10:
            position[i] = int(text)
        elif text.strip() not in _EMPTY:
            raise InvalidContent(
                f"{names[1]} {text[:40]!r} is not a position",
                place=f"{place}: line {lines[i]}",
                remedy="correct the line",
            )
    placed = (chromosome > 0) & (position > 0)
    if not placed.any():
        raise BadInput(
            "no variant has a chromosome and a position",
            place=place,
            remedy="use the harmonised file of the PGS Catalog",
        )
    return np.where(placed, chromosome, 0).astype(np.int8), np.where(placed, position, 0).astype(np.int32)


def _codes(texts: list[str], codes: dict[str, int]) -> NDArray[np.int32]:
    return np.array([codes.setdefault(text, len(codes)) if text else -1 for text in texts], np.int32)


def _other_alleles(table: Table, size: int) -> tuple[list[str], int]:
    stated = table.get("other_allele", table.get("reference_allele", [""] * size))
    guesses = table.get("hm_inferOtherAllele", [""] * size)
    found, inferred = [], 0
    for own, guess in zip(stated, guesses, strict=True):
        text, second = own.strip().upper(), guess.strip().upper()
        if not _BASES.match(text):
            text = second if _BASES.match(second) else ""
            inferred += bool(text)
        found.append(text)
    return found, inferred


def _numbers(texts: list[str], column: str, lines: list[int], place: str) -> NDArray[np.float64]:
    try:
        values = np.array(texts, dtype=np.float64)
    except ValueError:
        values = np.array([_number(text) for text in texts])
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        i = int(bad[0])
        raise InvalidContent(
            f"{column} {texts[i][:40]!r} is not a finite number",
            place=f"{place}: line {lines[i]}",
            remedy="correct or remove the line",
        )
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _frequencies(table: Table, lines: list[int], place: str) -> NDArray[np.float64]:
    texts = table.get("allelefrequency_effect")
    if texts is None:
        return np.full(len(lines), -1.0)
    values = _numbers(["-1" if t.strip() in _EMPTY else t for t in texts], "allelefrequency_effect", lines, place)
    bad = np.flatnonzero((values > 1) | ((values < 0) & (values != -1)))
    if len(bad):
        i = int(bad[0])
        raise InvalidContent(
            f"allelefrequency_effect {texts[i][:40]!r} is not between 0 and 1",
            place=f"{place}: line {lines[i]}",
            remedy="correct the line",
        )
    return values


def _rsids(table: Table, size: int) -> NDArray[np.int64]:
    texts = table.get("hm_rsID", table.get("rsID", [""] * size))
    return np.array(
        [int(t[2:]) if t[:2] == "rs" and t[2:].isascii() and t[2:].isdigit() and len(t) < 18 else 0 for t in texts],
        np.int64,
    )


def _models(table: Table, lines: list[int], place: str) -> NDArray[np.int8]:
    models = np.zeros(len(lines), np.int8)
    for i, text in enumerate(table.get("effect_type", ())):
        models[i] = _MODELS[text.strip().lower()]
    for column, model in (("is_dominant", 1), ("is_recessive", 2)):
        for i, text in enumerate(table.get(column, ())):
            if is_yes(text, f"{place}: line {lines[i]}, {column}"):
                if models[i] not in {0, model}:
                    raise InvalidContent(
                        "the row is dominant and recessive",
                        place=f"{place}: line {lines[i]}",
                        remedy="correct the line",
                    )
                models[i] = model
    return models


def _without_repeats(rows: Rows, table: Table, lines: list[int], place: str) -> Rows:
    """Refuse a variant that stands twice; one that only harmonising made the same is set aside."""
    placed = np.flatnonzero(rows.chromosome > 0)
    columns = (rows.effect_model, rows.other_allele, rows.effect_allele, rows.position, rows.chromosome)
    order = placed[np.lexsort(tuple(column[placed] for column in columns))]
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= column[order[1:]] == column[order[:-1]]
    repeats = []
    for at in np.flatnonzero(same).tolist():
        a, b = int(order[at]), int(order[at + 1])
        if "hm_pos" not in table or _authors_key(table, a) == _authors_key(table, b):
            raise InvalidContent(
                f"the variant of line {lines[a]} stands again",
                place=f"{place}: line {lines[b]}",
                remedy="remove one of the two lines",
            )
        repeats.append(b)
    if not repeats:
        return rows
    keep = np.ones(len(lines), bool)
    keep[repeats] = False
    for name in (
        "chromosome",
        "position",
        "effect_allele",
        "other_allele",
        "weight",
        "allele_frequency",
        "rsid",
        "effect_model",
    ):
        setattr(rows, name, getattr(rows, name)[keep])
    rows.set_aside += len(repeats)
    first = lines[repeats[0]]
    same_now = (
        f"Set aside: {count(len(repeats), 'row')} that harmonising made the same as another (first: line {first})."
    )
    rows.notes = (*rows.notes, same_now)
    return rows


def _authors_key(table: Table, row: int) -> tuple[str, ...]:
    return tuple(table[name][row] for name in ("rsID", "chr_name", "chr_position") if name in table)
