"""
Our clinical equations against public packages, on the same random people.

Install the packages into an environment of their own, with GenNet on the path, and run::

    python -m venv peers
    peers/bin/pip install pyprevent==0.1.6 kfre==0.1.18 acribis-scores==0.4.0 numpy msgspec
    PYTHONPATH=src:. peers/bin/python validation/clinical/compare.py

Prints one row a comparison and writes ``validation/clinical/results.json`` beside this file.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

import numpy as np

from gennet.clinical.equations.charge_af import charge_af
from gennet.clinical.equations.kfre import kfre
from gennet.clinical.equations.prevent import prevent
from validation.agreement import Agreement, Skipped

PEOPLE = 2_000
BOUND = 1e-9
"""Largest difference in a risk that is rounding."""
PEERS = ("pyprevent", "kfre", "acribis_scores")
SEED = 20260101


def people(rng: np.random.Generator, horizon: int) -> dict[str, np.ndarray]:
    """Draw people over the whole published range of PREVENT, whole numbers as the peer wants them."""
    return {
        "sex": np.where(rng.random(PEOPLE) < 0.5, "female", "male"),
        "age": rng.integers(30, 60 if horizon == 30 else 80, PEOPLE).astype(float),
        "total_cholesterol": rng.integers(130, 321, PEOPLE).astype(float),
        "hdl_cholesterol": rng.integers(20, 101, PEOPLE).astype(float),
        "systolic": rng.integers(90, 201, PEOPLE).astype(float),
        "diabetes": rng.random(PEOPLE) < 0.3,
        "smoker": rng.random(PEOPLE) < 0.3,
        "egfr": rng.integers(15, 141, PEOPLE).astype(float),
        "bmi": rng.uniform(18.5, 39.9, PEOPLE).round(1),
        "bp_treated": rng.random(PEOPLE) < 0.4,
        "statin": rng.random(PEOPLE) < 0.3,
    }


def against_pyprevent() -> list[dict[str, object]]:
    """PREVENT: total CVD, ASCVD and heart failure in 10 and 30 years."""
    import pyprevent

    rows = []
    for horizon in (10, 30):
        cohort = people(np.random.default_rng(SEED), horizon)
        for outcome, theirs in (("total_cvd", "cvd"), ("ascvd", "ascvd"), ("heart_failure", "heart_failure")):
            calculate = getattr(pyprevent, f"calculate_{horizon}_yr_{theirs}_risk")
            peer = np.array(
                [
                    calculate(
                        sex=str(cohort["sex"][i]),
                        age=cohort["age"][i],
                        total_cholesterol=cohort["total_cholesterol"][i],
                        hdl_cholesterol=cohort["hdl_cholesterol"][i],
                        systolic_bp=cohort["systolic"][i],
                        has_diabetes=bool(cohort["diabetes"][i]),
                        current_smoker=bool(cohort["smoker"][i]),
                        bmi=cohort["bmi"][i],
                        egfr=cohort["egfr"][i],
                        on_htn_meds=bool(cohort["bp_treated"][i]),
                        on_cholesterol_meds=bool(cohort["statin"][i]),
                    )
                    for i in range(PEOPLE)
                ],
                dtype=float,
            )
            ours = np.asarray(prevent(outcome, horizon, **cohort))
            by_group = {
                f"{sex}, {'with' if diabetic else 'without'} diabetes": (cohort["sex"] == sex)
                & (cohort["diabetes"] == diabetic)
                for sex in ("female", "male")
                for diabetic in (False, True)
            }
            rows.append(
                row(
                    f"prevent {outcome} {horizon}",
                    f"pyprevent {metadata.version('pyprevent')}",
                    ours,
                    peer / 100,
                    by_group,
                )
            )
    return rows


def against_kfre() -> list[dict[str, object]]:
    """Kidney failure, four variables, both horizons and baselines."""
    from kfre import kfre_person

    rng = np.random.default_rng(SEED)
    age, egfr = rng.uniform(18, 95, PEOPLE), rng.uniform(10, 59.9, PEOPLE)
    uacr, male = np.exp(rng.uniform(np.log(3), np.log(5000), PEOPLE)), rng.random(PEOPLE) < 0.5
    rows = []
    for years in (2, 5):
        for region in ("north_america", "elsewhere"):
            peer = np.array(
                [
                    kfre_person(
                        age=age[i],
                        is_male=bool(male[i]),
                        eGFR=egfr[i],
                        uACR=uacr[i],
                        is_north_american=region == "north_america",
                        years=years,
                    )
                    for i in range(PEOPLE)
                ],
                dtype=float,
            )
            ours = np.asarray(kfre(years, sex=~male, age=age, egfr=egfr, uacr=uacr, region=region))
            rows.append(row(f"kfre {years} {region}", f"kfre {metadata.version('kfre')}", ours, peer))
    return rows


def against_acribis() -> list[dict[str, object]]:
    """CHARGE-AF."""
    from acribis_scores.charge_af import calc_charge_af_score

    rng = np.random.default_rng(SEED)
    cohort = {
        "age": rng.integers(46, 95, PEOPLE),
        "white": rng.random(PEOPLE) < 0.7,
        "height": rng.integers(140, 200, PEOPLE),
        "weight": rng.uniform(40, 180, PEOPLE),
        "systolic": rng.integers(80, 240, PEOPLE),
        "diastolic": rng.integers(40, 130, PEOPLE),
        **{
            name: rng.random(PEOPLE) < 0.3
            for name in ("smoker", "bp_treated", "diabetes", "heart_failure", "myocardial_infarction")
        },
    }
    names = (
        "Age",
        "Race (white)",
        "Height",
        "Weight",
        "Systolic Blood Pressure",
        "Diastolic Blood Pressure",
        "Smoking (current)",
        "Antihypertensive Medication Use (Yes)",
        "Diabetes (Yes)",
        "Heart failure (Yes)",
        "Myocardial infarction (Yes)",
    )
    peer = np.array(
        [
            calc_charge_af_score({theirs: cohort[ours][i].item() for theirs, ours in zip(names, cohort, strict=True)})
            for i in range(PEOPLE)
        ]
    )
    version = f"acribis-scores {metadata.version('acribis-scores')}"
    return [row("charge_af", version, np.asarray(charge_af(**cohort)), peer / 100)]


def row(
    name: str, peer_name: str, ours: np.ndarray, peer: np.ndarray, groups: dict[str, np.ndarray] | None = None
) -> dict[str, object]:
    """Compare two columns of risks."""
    gap = np.abs(ours - peer)
    found: dict[str, object] = {
        "equation": name,
        "peer": peer_name,
        "people": int(gap.size),
        "peer_gave_no_number": int(np.isnan(peer).sum()),
        "largest_difference": float(f"{np.nanmax(gap):.3g}"),
    }
    if groups:
        found["largest_difference_by_group"] = {
            group: float(f"{np.nanmax(gap[rows]):.3g}") for group, rows in groups.items()
        }
    return found


def agreements(mirror: Path, work: Path) -> Iterator[Agreement | Skipped]:
    """Yield a row for each equation with a Python peer."""
    _ = mirror, work
    if missing := [name for name in PEERS if util.find_spec(name) is None]:
        yield Skipped(
            "clinical equations", f"needs {', '.join(missing)}: validation/clinical/compare.py says how to install them"
        )
        return
    for found in (*against_pyprevent(), *against_kfre(), *against_acribis()):
        gap = float(str(found["largest_difference"]))
        words = f"largest difference in risk {gap:.3g} (bound {BOUND:g})"
        yield Agreement(str(found["equation"]), str(found["peer"]), PEOPLE, words, gap <= BOUND)


def main() -> None:
    """Run every comparison, print it and keep it."""
    rows = [*against_pyprevent(), *against_kfre(), *against_acribis()]
    for found in rows:
        print(f"{found['equation']:<28} {found['peer']:<22} {found['largest_difference']:.3g}")
    results = {"python": platform.python_version(), "numpy": np.__version__, "seed": SEED, "comparisons": rows}
    Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
