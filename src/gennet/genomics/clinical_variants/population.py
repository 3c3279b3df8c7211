"""Criteria of allele frequency: BA1, BS1, BS2, PM2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gennet.genomics.annotation.joining import Status
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.clinical_variants.criteria import Criterion, Evidence, met, not_evaluated, not_met
from gennet.genomics.clinical_variants.genes import Inheritance

if TYPE_CHECKING:
    from gennet.genomics.clinical_variants.case import Case, Said

_NO_STORE = "no store of allele frequencies is given"
_ABSENT = "its frequency is not known: no store holds it"


def _frequencies(case: Case) -> list[Said]:
    return [said for said in case.said if said.kind is Kind.FREQUENCIES]


def _sound(said: Said, case: Case) -> bool:
    """Tell whether a frequency may speak for benign: passed, and counted in enough alleles."""
    enough = (said.values.get("an") or 0) >= case.rules.frequency.least_alleles
    return said.status is Status.FOUND and said.values.get("filter") in {"PASS", ".", None} and enough


def _shown(said: Said) -> Evidence:
    if said.status is not Status.FOUND:
        return Evidence(said.source, "allele", said.status.name.lower().replace("_", " "))
    one = said.values
    text = f"{_count(one['ac'])} of {_count(one['an'])} alleles, {_count(one['nhomalt'])} homozygous, filter {one['filter']}"
    faf = one.get("faf95")
    if faf is not None:
        text += f", highest filtering frequency {faf:.3g}"
    if one.get("grpmax"):
        text += f", most frequent in {one['grpmax']} ({one['ac_grpmax']} of {one['an_grpmax']})"
    return Evidence(said.source, "allele frequency", text)


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _highest(sound: list[Said]) -> tuple[float, Said] | None:
    """Return the highest filtering frequency; overall where a store has none by group."""
    found = [(value, said) for said in sound if (value := _faf(said)) is not None]
    return max(found, key=lambda pair: pair[0], default=None)


def _faf(said: Said) -> float | None:
    value = said.values.get("faf95")
    if value is None:
        value = said.values.get("af")
    return None if value is None else float(value)


def _common(case: Case, name: str, threshold: float, whence: str) -> Criterion:
    stores = _frequencies(case)
    if not stores:
        return not_evaluated(name, _NO_STORE)
    shown = tuple(_shown(said) for said in stores)
    highest = _highest([said for said in stores if _sound(said, case)])
    if highest is None:
        if any(said.status is Status.NOT_SEEN for said in stores):
            return not_met(name, "it was looked for and not seen", *shown)
        unsound = any(said.status is Status.FOUND for said in stores)
        why = "its counts failed filters or rest on few alleles" if unsound else _ABSENT
        return not_evaluated(name, why, *shown)
    value, _ = highest
    text = f"{value:.3g} against {threshold:g} ({whence})"
    if value > threshold:
        return met(name, f"it is too frequent: {text}", *shown)
    return not_met(name, f"it is not that frequent: {text}", *shown)


def ba1(case: Case) -> Criterion:
    """BA1: so frequent that it stands alone for benign (10.1002/humu.23642)."""
    own = case.gene.ba1
    return _common(case, "BA1", own or case.rules.frequency.ba1, case.gene.source if own else "table of rules")


def bs1(case: Case) -> Criterion:
    """BS1: more frequent than its condition allows."""
    own = case.gene.bs1
    found = _common(case, "BS1", own or case.rules.frequency.bs1, case.gene.source if own else "table of rules")
    if found.strength is not None and ba1(case).strength is not None:
        return not_met("BS1", "BA1 counts the same observation", *found.evidence)
    return found


def bs2(case: Case) -> Criterion:
    """BS2: seen in people of whom the condition would show: homozygous, or hemizygous on X."""
    stores = _frequencies(case)
    if not stores:
        return not_evaluated("BS2", _NO_STORE)
    kind = case.gene.inheritance
    if kind is Inheritance.RECESSIVE:
        key, least, whom = "nhomalt", case.rules.frequency.bs2_homozygous, "homozygous"
    elif kind is Inheritance.X_LINKED and case.chromosome == 23:
        key, least, whom = "ac_xy", case.rules.frequency.bs2_hemizygous, "hemizygous"
    else:
        why = "needs people known to be healthy at full penetrance; databases of frequencies do not say so"
        return not_evaluated("BS2", why if kind else "inheritance of the gene is not known")
    shown = tuple(_shown(said) for said in stores)
    sound = [said for said in stores if _sound(said, case) and said.values.get(key) is not None]
    if not sound:
        return not_evaluated("BS2", _ABSENT, *shown)
    count = max(int(said.values[key]) for said in sound)
    if count >= least:
        return met("BS2", f"{count} {whom} people, at least {least}", *shown)
    return not_met("BS2", f"{count} {whom} people, fewer than {least}", *shown)


def pm2(case: Case) -> Criterion:
    """PM2: absent or all but absent, where somebody looked (supporting, ClinGen SVI 2020)."""
    stores, rules = _frequencies(case), case.rules.frequency
    if not stores:
        return not_evaluated("PM2", _NO_STORE)
    shown = tuple(_shown(said) for said in stores)
    found = [said for said in stores if said.status is Status.FOUND]
    known = [said.values["af"] for said in found if said.values.get("af") is not None]
    if known and max(known) > rules.pm2:
        return not_met("PM2", f"frequency {max(known):.3g} is above {rules.pm2:g}", *shown)
    enough = any((said.values.get("an") or 0) >= rules.least_alleles for said in found)
    if any(said.status is Status.DISPUTED for said in stores):
        return not_evaluated("PM2", "a store holds another reference base there", *shown)
    looked = enough or any(said.status is Status.NOT_SEEN for said in stores)
    unknown = any(said.status is Status.UNKNOWN for said in stores)
    if looked or (unknown and not found and not rules.pm2_needs_coverage):
        words = f"frequency {max(known):.3g}, not above {rules.pm2:g}" if known else "not seen"
        return met("PM2", words, *shown, strength=rules.pm2_strength)
    if found:
        return not_evaluated("PM2", f"counted in fewer than {rules.least_alleles} alleles", *shown)
    return not_evaluated("PM2", "no store says that its source looked there", *shown)
