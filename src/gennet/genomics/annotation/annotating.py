"""A whole VCF through the join: written again with what the stores say in INFO."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gennet.core.study import Watch, silent
from gennet.errors import BadInput, InvalidContent
from gennet.genomics.annotation.joining import Status, Variants, annotate, variants
from gennet.genomics.annotation.layouts import Kind
from gennet.genomics.annotation.store import arrow
from gennet.genomics.builds import Build, detect_build
from gennet.genomics.consequences.bgzf import BgzipWriter
from gennet.genomics.consequences.records import Record, read_records

if TYPE_CHECKING:
    from gennet.genomics.annotation.joining import Joined
    from gennet.genomics.annotation.store import Store
    from gennet.genomics.consequences.records import Head
    from gennet.genomics.fasta import Reference

_BATCH = 20_000
_WRITTEN = {
    Kind.ASSERTIONS: ("variation", "significance", "stars"),
    Kind.FREQUENCIES: ("filter", "ac", "an", "af", "nhomalt", "faf95", "grpmax"),
    Kind.NAMES: ("rsid",),
}
_ESCAPED = {" ": "_", ";": "%3B", ",": "%2C", "=": "%3D", "\t": "_"}
_TYPES = {"int": "Integer", "float": "Float", "text": "String"}
_UNFIT = re.compile(r"\W")


@dataclass(slots=True)
class Tally:
    """What an annotated VCF held."""

    lines: int = 0
    alleles: int = 0
    symbolic: int = 0
    """Alternates not written in bases, about which nothing is said."""
    status: dict[str, Counter[Status]] = field(default_factory=dict)
    """By name of the store."""
    asserted: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Variants ClinVar calls pathogenic or likely pathogenic: name, significance, conditions, stars."""


def label(store: Store) -> str:
    """Return what the fields of a store are called in INFO: its file's name."""
    return _UNFIT.sub("_", store.path.stem)


def known_build(head: Head, build: Build | None, place: str) -> Build:
    """
    Return the build of a VCF from its header or, where that is silent, as asked for.

    Raises
    ------
    BadInput, InvalidContent
        Nobody says it; or both do, differently.
    """
    stated = detect_build(head.lines, place=place)
    if stated is not None and build is not None and stated != build:
        raise InvalidContent(
            f"the header says {stated}, the request {build}", place=place, remedy="leave --build out, or lift the file"
        )
    known = stated or build
    if known is None:
        raise BadInput("the header does not state the genome build", place=place, remedy="say which with --build")
    return known


def annotate_vcf(
    vcf: Path,
    stores: Sequence[Store],
    out: Path | None,
    *,
    build: Build | None = None,
    genome: Reference | None = None,
    watch: Watch = silent,
) -> Tally:
    """
    Write a VCF again, bgzipped, with each store's values in INFO, one per alternate; without `out` only count.

    ``STORE_status`` says found, not_seen, not_covered, disputed or unknown for each alternate: only found has values.
    The file appears when all of it is written.

    Raises
    ------
    BadInput, InvalidContent
        The build is not known or not that of a store; two stores have one name; the genome contradicts the VCF.
    """
    head, records = read_records(vcf)
    known = known_build(head, build, vcf.name)
    names = [label(store) for store in stores]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"two stores are called {twice[0]}", remedy="rename one of the files")
    tally = Tally(status={name: Counter() for name in names})
    texts = _annotated(records, stores, known, genome, tally, watch)
    if out is None:
        for _ in texts:
            pass
        return tally
    with BgzipWriter(out) as file:
        file.write("\n".join((*head.lines, *_header(stores), head.columns)) + "\n")
        for text in texts:
            file.write(text)
    return tally


def _header(stores: Sequence[Store]) -> Iterator[str]:
    for store in stores:
        name, about = label(store), store.about
        yield (
            f'##INFO=<ID={name}_status,Number=A,Type=String,Description="Whether {about} holds the allele: found, '
            'not_seen (looked, absent), not_covered (did not look), disputed (another reference), unknown (absent)">'
        )
        for value in about.values:
            if value.name in _columns(store):
                yield (
                    f"##INFO=<ID={name}_{value.name},Number=A,Type={_TYPES[value.kind]},"
                    f'Description="{value.title} ({about})">'
                )


def _columns(store: Store) -> tuple[str, ...]:
    return _WRITTEN.get(store.about.kind, store.columns)


def _annotated(
    records: Iterator[Record], stores: Sequence[Store], build: Build, genome: Reference | None, tally: Tally,
    watch: Watch,
) -> Iterator[str]:  # fmt: skip
    while batch := list(islice(records, _BATCH)):
        rows = (
            (record.contig, record.position + 1, record.reference, alternate)
            for record in batch
            for alternate in record.alternates
            if alternate
        )
        asked = variants(rows, build, genome=genome)
        joined = annotate(asked, stores).joined
        texts = [_texts(one) for one in joined]
        for one in joined:
            counts = np.bincount(one.status, minlength=len(Status)).tolist()
            tally.status[label(one.store)].update({s: counts[s] for s in Status if counts[s]})
            _asserted(one, asked, tally)
        tally.lines += len(batch)
        tally.alleles += asked.size
        tally.symbolic += sum(len(record.alternates) for record in batch) - asked.size
        yield "".join(_lines(batch, texts))
        watch("annotating", tally.lines)


@dataclass(frozen=True, slots=True)
class _Texts:
    """What is added to INFO: whole for each variant, and by field for lines with several alternates."""

    whole: list[str]
    """``;A_status=found;A_ac=1``, led by a semicolon."""
    fields: Mapping[str, Any]
    """Arrow columns of texts, nothing where there is no value."""

    def several(self, places: Sequence[int]) -> str:
        """Write the fields of a line whose alternates are these variants, -1 where nothing is said."""
        return "".join(
            f";{name}=" + ",".join((column[i].as_py() if i >= 0 else None) or "." for i in places)
            for name, column in self.fields.items()
        )


def _texts(one: Joined) -> _Texts:
    """Write the values of variants, column by column."""
    pa = arrow()
    import pyarrow.compute as pc

    name = label(one.store)
    words = pa.array([status.name.lower() for status in sorted(Status)])
    fields = {f"{name}_status": words.take(pa.array(one.status))}
    for column in _columns(one.store):
        text = one.arrow(column).cast(pa.utf8())
        for letter, escaped in _ESCAPED.items() if one.is_text(column) else ():
            text = pc.replace_substring(text, letter, escaped)
        fields[f"{name}_{column}"] = text
    said = [pc.coalesce(pc.binary_join_element_wise(f";{field}=", text, ""), "") for field, text in fields.items()]
    return _Texts(pc.binary_join_element_wise(*said, "").to_pylist(), fields)


def _lines(batch: Sequence[Record], texts: Sequence[_Texts]) -> Iterator[str]:
    whole = (
        ["".join(parts) for parts in zip(*(one.whole for one in texts), strict=True)]
        if len(texts) != 1
        else texts[0].whole
    )
    at = 0
    for record in batch:
        if len(record.alternates) == 1 and record.alternates[0]:
            added = whole[at]
            at += 1
        else:
            places = list[int]()
            for alternate in record.alternates:
                places.append(at if alternate else -1)
                at += bool(alternate)
            added = "".join(one.several(places) for one in texts) if max(places, default=-1) >= 0 else ""
        yield _with(record.written, added)


def _with(written: str, added: str) -> str:
    """Add to INFO, the eighth column."""
    if not added:
        return written + "\n"
    cells = written.split("\t", 8)
    cells[7] = added[1:] if cells[7] == "." else cells[7] + added
    return "\t".join(cells) + "\n"


def _asserted(one: Joined, asked: Variants, tally: Tally) -> None:
    if one.store.about.kind is not Kind.ASSERTIONS:
        return
    for row in (one.row >= 0).nonzero()[0].tolist():
        found = one.at(row) or {}
        significance = found.get("significance") or ""
        if is_pathogenic(significance):
            tally.asserted.append((asked.name(row), significance, found["conditions"] or "", found["stars"] or 0))


def is_pathogenic(significance: str) -> bool:
    """
    Tell whether ClinVar's aggregate is pathogenic or likely pathogenic; conflicting ones are not.

    >>> is_pathogenic("Pathogenic/Likely pathogenic; other"), is_pathogenic("Conflicting classifications of pathogenicity")
    (True, False)
    """
    return significance.lower().startswith(("pathogenic", "likely pathogenic"))
