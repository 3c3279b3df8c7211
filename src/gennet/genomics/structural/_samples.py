"""What a sample's column says of a structural variant, in the fields of the common callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.errors import InvalidContent
from gennet.genomics.structural.variant import Call, Support

if TYPE_CHECKING:
    from collections.abc import Mapping


def call_of(format_text: str, sample: str, number: int, alternates: int, place: str) -> Call | None:
    """
    Read one sample's call of the `number`-th alternate allele; None where FORMAT has no GT.

    >>> call_of("GT:GQ:PR:SR", "0/1:60:10,5:8,4", 0, 1, "").support
    Support(reference_pairs=10, pairs=5, reference_reads=8, reads=4)
    """
    values = dict(zip(format_text.split(":"), sample.split(":"), strict=False))
    if "GT" not in values:
        return None
    return Call(
        _alleles(values["GT"], number, place),
        _likelihoods(values) if alternates == 1 else None,
        _quality(values.get("GQ", ".")),
        _support(values, number),
    )


def _alleles(text: str, number: int, place: str) -> tuple[int | None, ...]:
    found = list[int | None]()
    for allele in text.replace("|", "/").split("/"):
        if allele == ".":
            found.append(None)
        elif allele.isdigit():
            found.append(int(int(allele) == number + 1))
        else:
            raise InvalidContent(f"{text[:20]!r} is no genotype", place=place, remedy="write it as 0/1")
    return tuple(found)


def _quality(text: str) -> int | None:
    try:
        return max(0, round(float(text)))
    except (ValueError, OverflowError):
        return None


def _likelihoods(values: Mapping[str, str]) -> tuple[int, int, int] | None:
    """Read PL, or GL, which DELLY writes as log10."""
    key, scale = ("PL", 1.0) if "PL" in values else ("GL", -10.0)
    try:
        none, one, two = (scale * float(v) for v in values.get(key, "").split(","))
    except ValueError:
        return None
    least = min(none, one, two)
    try:
        return round(none - least), round(one - least), round(two - least)
    except (ValueError, OverflowError):
        return None


def _support(values: Mapping[str, str], number: int) -> Support | None:
    """
    Read counts of pairs and reads.

    DR and DV are pairs for callers that also write RR and RV (DELLY), and reads for those that do not (Sniffles,
    cuteSV, Severus), which have no pairs. None where a count is missing: it is not zero.
    """
    if {"RR", "RV"} <= values.keys():
        return _counted(*(values.get(key, ".") for key in ("DR", "DV", "RR", "RV")))
    pairs, reads = (_both(values.get(key, ""), number) for key in ("PR", "SR"))
    if pairs or reads:
        return Support(*(pairs or (0, 0)), *(reads or (0, 0)))
    if {"DR", "DV"} <= values.keys():
        return _counted("0", "0", values["DR"], values["DV"])
    depths = _both(values.get("AD", ""), number)
    return Support(0, 0, *depths) if depths else None


def _both(text: str, number: int) -> tuple[int, int] | None:
    counts = text.split(",")
    if len(counts) <= number + 1 or not all(c.isdigit() for c in counts):
        return None
    return int(counts[0]), int(counts[number + 1])


def _counted(*texts: str) -> Support | None:
    return Support(*map(int, texts)) if all(text.isdigit() for text in texts) else None
