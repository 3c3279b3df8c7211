"""Write the documents of an assessment or a study into a folder, all or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gennet.core.codec import to_json
from gennet.delivery.fhir import fhir_bundle
from gennet.delivery.figures import draw, tsv
from gennet.delivery.html import html_report
from gennet.delivery.pdf import pdf_report
from gennet.delivery.summary import summarise
from gennet.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gennet.core.assessment import Assessment
    from gennet.core.findings import Findings


def documents(assessment: Assessment, *, now: datetime) -> dict[str, bytes]:
    """Render every document: report.html, report.pdf, assessment.json, bundle.fhir.json."""
    report = summarise(assessment)
    return {
        "report.html": html_report(report).encode(),
        "report.pdf": pdf_report(report),
        "assessment.json": assessment.to_json(),
        "bundle.fhir.json": fhir_bundle(assessment, now=now),
    }


def write_all(contents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """
    Write files into a folder so that a reader sees all of the old or all of the new.

    Everything is written and synced beside the folder first; only then are the files moved in, one rename each.

    Raises
    ------
    StorageFailed
        The disk is full or refuses; earlier files in the folder are untouched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".gennet-", dir=folder))
    except OSError as error:
        raise StorageFailed(
            f"cannot write ({error.strerror})", place=str(folder), remedy="choose another --out"
        ) from error
    try:
        for name, data in contents.items():
            _write_synced(staging / name, data)
        return tuple((staging / name).rename(folder / name) for name in contents)
    except OSError as error:
        raise StorageFailed(
            f"cannot write ({error.strerror}); earlier results are untouched",
            place=str(folder),
            remedy="free some space",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def findings_documents(findings: Findings) -> dict[str, bytes]:
    """Render what a study found: findings.json, a TSV of each table, an SVG and a PNG of each figure."""
    made = {"findings.json": to_json(findings)}
    made |= {f"{table.name}.tsv": tsv(table) for table in findings.tables}
    for figure in findings.figures:
        made |= {
            f"{figure.name}.svg": draw(findings, figure.name),
            f"{figure.name}.png": draw(findings, figure.name, form="png"),
        }
    return made
