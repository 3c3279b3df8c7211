"""Summary statistics of a genome-wide association study, under the names that studies give their columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gennet.core.files import read_text
from gennet.errors import InvalidContent
from gennet.genomics.builds import chromosome_code
from gennet.genomics.names import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "chromosome": ("chromosome", "chr", "chrom", "#chrom", "hm_chrom", "chr_name"),
    "position": ("base_pair_location", "bp", "pos", "position", "hm_pos", "genpos", "chr_position"),
    "id": ("rsid", "rs_id", "hm_rsid", "snp", "snpid", "id", "variant_id", "markername", "marker"),
    "effect": ("effect_allele", "a1", "ea", "allele1", "tested_allele", "alt_allele"),
    "other": ("other_allele", "a2", "oa", "nea", "non_effect_allele", "allele2", "allele0"),
    "reference": ("ref", "reference_allele"),
    "alternate": ("alt", "alternate_allele"),
    "beta": ("beta", "effect", "effect_size", "log_or", "logor", "b"),
    "ratio": ("odds_ratio", "or", "hazard_ratio", "hr"),
    "se": ("standard_error", "se", "stderr", "log(or)_se", "sebeta"),
    "p": ("p_value", "p", "pval", "p-value", "pvalue", "p.value"),
    "log_p": ("neg_log_10_p_value", "log10p", "neg_log10_p", "mlogp"),
    "n": ("n", "obs_ct", "sample_size", "n_total", "neff", "n_eff", "nmiss"),
    "frequency": ("effect_allele_frequency", "eaf", "a1_freq", "freq", "frq", "a1freq", "freq1", "frq_u_controls"),
    "info": ("info", "imputation_quality", "mach_r2"),
}
_UNKNOWN = frozenset({"", "na", "nan", "nr", ".", "null", "none", "inf", "-inf", "#na"})
_LEAST_INFO = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class SummaryStatistics:
    """Associations of variants that passed the file's own checks; row `i` of every array is one variant."""

    name: str
    chromosome: NDArray[np.int8]
    """1-22, 23 for X; 0 where the file gives no place."""
    position: NDArray[np.int32]
    """1-based; 0 where the file gives no place."""
    id: tuple[str, ...]
    """Empty where the file gives none."""
    effect: tuple[str, ...]
    other: tuple[str, ...]
    z: NDArray[np.float64]
    """Effect by its standard error, per copy of the effect allele."""
    p: NDArray[np.float64]
    """Two-sided, 0 to 1; 0 where it is below the smallest double."""
    n: NDArray[np.float64]
    """Sample size, above 0."""
    frequency: NDArray[np.float64]
    """Of the effect allele, 0 to 1; NaN where the file does not say."""
    lost: tuple[tuple[str, int], ...]
    """Why rows of the file were left out, and how many; the first reason of each row counts."""

    @property
    def size(self) -> int:
        """How many variants there are."""
        return len(self.z)


def read_summary_statistics(path: Path, *, people: float | None = None) -> SummaryStatistics:
    """
    Read a table of associations: GWAS-SSF, PLINK, METAL, REGENIE, PRS-CS, or like them.

    The separator is a tab, a comma or white space. Needed are both alleles, a beta or a ratio, a standard error or a
    p-value, and a place or a name of each variant. Rows that hold no number where one is needed, that stand twice, whose
    alleles are no bases or whose INFO is below 0.8 are left out and counted in `lost`.

    Parameters
    ----------
    path
        Text, plain or gzip.
    people
        Sample size (effective, for cases and controls), for files without it; it is used where a row has none.

    Raises
    ------
    InvalidContent
        A needed column is missing, a cell is no number, a p-value is not within 0 to 1, or nothing is left; with the line.

    References
    ----------
    Hayhurst et al. A community driven GWAS summary statistics standard (2022). doi:10.1101/2022.07.15.500230
    """
    table, first = _table(path)
    lines = len(next(iter(table.values())))
    number = {name: _numbers(table[name], name, path.name, first) for name in _NUMERIC if name in table}
    effect, other = _alleles(table)
    beta = _beta(number, path.name)
    z, p = _z_and_p(number, beta, path.name, first)
    n = number.get("n", np.full(lines, np.nan))
    n = np.where(np.isfinite(n), n, people if people is not None else np.nan)
    chromosome, position, names = _places(table, lines)
    bases = np.array([_is_bases(a) and _is_bases(b) and a != b for a, b in zip(effect, other, strict=True)])
    frequency = _frequency(number, lines, path.name, first)
    info = number.get("info", np.full(lines, np.nan))
    checks = (
        ("alleles are no two different sequences of bases", bases),
        ("neither a place on chromosomes 1-22 or X nor a name", (chromosome > 0) | np.array([bool(i) for i in names])),
        ("no effect with a standard error or p-value", np.isfinite(z)),
        ("no sample size", np.isfinite(n) & (n > 0)),
        (f"INFO below {_LEAST_INFO}", ~(info < _LEAST_INFO)),
        ("the variant stands twice", _single(chromosome, position, names, effect, other)),
    )
    keep, lost = _kept(checks, path.name)
    rows = np.flatnonzero(keep)
    pick = rows.tolist()
    return SummaryStatistics(
        path.name, chromosome[rows], position[rows], tuple(names[i] for i in pick), tuple(effect[i] for i in pick),
        tuple(other[i] for i in pick), z[rows], p[rows], n[rows], frequency[rows], lost,
    )  # fmt: skip


def _kept(
    checks: Sequence[tuple[str, NDArray[np.bool_]]], place: str
) -> tuple[NDArray[np.bool_], tuple[tuple[str, int], ...]]:
    """Keep the rows that pass every check; count the others under the first that they fail."""
    keep = np.ones(len(checks[0][1]), bool)
    lost = list[tuple[str, int]]()
    for why, good in checks:
        gone = keep & ~good
        if gone.any():
            lost.append((why, int(gone.sum())))
        keep &= good
    if not keep.any():
        why = lost[-1][0] if lost else "it is empty"
        remedy = "state the sample size" if why == "no sample size" else "give a table of associations"
        raise InvalidContent(f"no row is left: {why}", place=place, remedy=remedy)
    return keep, tuple(lost)


def _frequency(number: Mapping[str, NDArray[np.float64]], lines: int, place: str, first: int) -> NDArray[np.float64]:
    frequency = number.get("frequency", np.full(lines, np.nan))
    bad = np.flatnonzero((frequency < 0) | (frequency > 1))
    if len(bad):
        raise InvalidContent(
            "a frequency is not within 0 to 1",
            place=f"{place}: line {first + int(bad[0])}",
            remedy="correct the line",
        )
    return frequency


_NUMERIC = ("beta", "ratio", "se", "p", "log_p", "n", "frequency", "info")


def _table(path: Path) -> tuple[dict[str, list[str]], int]:
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines) and (lines[at].startswith("##") or not lines[at].strip()):
        at += 1
    while lines and not lines[-1].strip():
        lines.pop()
    if at >= len(lines) - 1:
        raise InvalidContent("there is no table", place=path.name, remedy="give a table of associations")
    separator = "\t" if "\t" in lines[at] else "," if "," in lines[at] else None
    header = [cell.strip().strip('"').lower() for cell in lines[at].split(separator)]
    wanted = _columns(header, path.name, at + 1)
    rows = [line.split(separator) for line in lines[at + 1 :]]
    for number, row in enumerate(rows, start=at + 2):
        if len(row) != len(header):
            raise InvalidContent(
                f"{count(len(row), 'cell')} under {len(header)} columns",
                place=f"{path.name}: line {number}",
                remedy="the file may be cut short; download it again",
            )
    return {name: [row[column].strip() for row in rows] for name, column in wanted.items()}, at + 2


def _columns(header: Sequence[str], place: str, line: int) -> dict[str, int]:
    """Find what each column is; the first spelling that is there counts."""
    found = dict[str, int]()
    for name, spellings in _SPELLINGS.items():
        for spelling in spellings:
            if spelling in header and header.index(spelling) not in found.values():
                found[name] = header.index(spelling)
                break
    needs = (
        ("an effect allele (effect_allele, A1)", {"effect"} & found.keys()),
        ("the other allele (other_allele, A2)", found.keys() & {"other"} or {"reference", "alternate"} <= found.keys()),
        ("an effect (beta, odds_ratio)", found.keys() & {"beta", "ratio"}),
        ("a standard_error or p_value", found.keys() & {"se", "p", "log_p"}),
        ("a place (chromosome, base_pair_location) or name (rsid)",
         {"chromosome", "position"} <= found.keys() or "id" in found),
    )  # fmt: skip
    for what, there in needs:
        if not there:
            raise InvalidContent(
                f"there is no column for {what}",
                place=f"{place}: line {line}",
                remedy="name the columns as GWAS-SSF does",
            )
    return found


def _numbers(texts: list[str], name: str, place: str, first: int) -> NDArray[np.float64]:
    """Read a column; what stands for unknown becomes NaN, infinite values too."""
    try:
        values = np.array(texts, np.float64)
    except ValueError:
        values = np.empty(len(texts))
        for i, text in enumerate(texts):
            try:
                values[i] = math.nan if text.lower() in _UNKNOWN else float(text)
            except ValueError:
                raise InvalidContent(
                    f"{name} {text[:40]!r} is no number", place=f"{place}: line {first + i}", remedy="correct the line"
                ) from None
    return np.where(np.isfinite(values), values, np.nan)


def _alleles(table: Mapping[str, list[str]]) -> tuple[list[str], list[str]]:
    effect = [text.upper() for text in table["effect"]]
    if "other" in table:
        return effect, [text.upper() for text in table["other"]]
    pairs = zip(table["reference"], table["alternate"], strict=True)
    other = [b.upper() if e == a.upper() else a.upper() for e, (a, b) in zip(effect, pairs, strict=True)]
    return effect, other


def _beta(number: Mapping[str, NDArray[np.float64]], place: str) -> NDArray[np.float64]:
    if "beta" in number:
        return number["beta"]
    ratio = number["ratio"]
    if (ratio < 0).any():
        raise InvalidContent("a ratio is negative", place=place, remedy="name a column of log ratios beta")
    with np.errstate(divide="ignore"):
        beta = np.log(ratio)
    return np.where(np.isfinite(beta), beta, np.nan)


def _z_and_p(
    number: Mapping[str, NDArray[np.float64]], beta: NDArray[np.float64], place: str, first: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take z from the standard error where there is one, else from the p-value, and the other way round."""
    from scipy.stats import norm

    p = number.get("p")
    if p is None and "log_p" in number:
        p = 10.0 ** -number["log_p"]
    if p is not None and ((p < 0) | (p > 1)).any():
        line = first + int(np.flatnonzero((p < 0) | (p > 1))[0])
        raise InvalidContent("a p-value is not within 0 to 1", place=f"{place}: line {line}", remedy="correct the line")
    se = number.get("se", np.full(len(beta), np.nan))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(se > 0, beta / se, np.nan)
        # A p-value of exactly 0 is below what the file could write: it tells no z.
        of_p = np.full(len(beta), np.nan) if p is None else np.where(p > 0, np.sign(beta) * norm.isf(p / 2.0), np.nan)
    z = np.where(np.isfinite(z), z, of_p)
    two_sided = 2.0 * norm.sf(np.abs(z))
    return z, two_sided if p is None else np.where(np.isfinite(p), p, two_sided)


def _places(table: Mapping[str, list[str]], lines: int) -> tuple[NDArray[np.int8], NDArray[np.int32], list[str]]:
    names = ["" if text.lower() in _UNKNOWN else text for text in table.get("id", [""] * lines)]
    if "chromosome" not in table or "position" not in table:
        return np.zeros(lines, np.int8), np.zeros(lines, np.int32), names
    known = {text: chromosome_code(text.removesuffix(".0")) for text in set(table["chromosome"])}
    chromosome = np.array([known[text] for text in table["chromosome"]], np.int8)
    position = np.array(
        [int(t) if t.isascii() and t.isdigit() and len(t) < 10 else 0 for t in table["position"]], np.int32
    )
    placed = (chromosome > 0) & (chromosome <= 23) & (position > 0)
    return np.where(placed, chromosome, 0).astype(np.int8), np.where(placed, position, 0).astype(np.int32), names


def _is_bases(allele: str) -> bool:
    return bool(allele) and not allele.strip("ACGT")


def _single(
    chromosome: NDArray[np.int8], position: NDArray[np.int32], names: list[str], effect: list[str], other: list[str]
) -> NDArray[np.bool_]:
    """Tell which rows are the only one of their place (or name) and alleles; of two, neither can be trusted."""
    keys = [
        (c, p or name, *sorted((a, b)))
        for c, p, name, a, b in zip(chromosome.tolist(), position.tolist(), names, effect, other, strict=True)
    ]
    times = dict[tuple[object, ...], int]()
    for key in keys:
        times[key] = times.get(key, 0) + 1
    return np.array([times[key] == 1 for key in keys], bool)
