"""
Hold our numbers against the field's reference tools: ``python -m validation [PART ...]``.

Prints one table: analysis, reference tool and version, cases, agreement. What this machine lacks a tool or the mirror
for is named below it with the way to get it; a comparison that disagrees makes the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from validation.agreement import Agreement, Skipped, table
from validation.clinical import compare as equations
from validation.expression import bulk, splicing
from validation.genomics import (
    accessibility,
    ancestry,
    cohorts,
    consequences,
    copy_number,
    meaning,
    methylation,
    pharmacogenes,
    plink2_scores,
    rare,
    reading,
    scores,
    structural,
    structural_calling,
)
from validation.networks import inference as networks
from validation.networks import medicine
from validation.omics import eqtl

COMPARISONS: dict[str, Callable[[Path, Path], Iterator[Agreement | Skipped]]] = {
    "reading": reading.agreements,
    "polygenic": plink2_scores.agreements,
    "cohorts": cohorts.agreements,
    "ancestry": ancestry.agreements,
    "pharmacogenes": pharmacogenes.agreements,
    "rare": rare.agreements,
    "scores": scores.agreements,
    "methylation": methylation.agreements,
    "expression": bulk.agreements,
    "network-medicine": medicine.agreements,
    "eqtl": eqtl.agreements,
    "splicing": splicing.agreements,
    "equations": equations.agreements,
    "consequences": consequences.agreements,
    "copy-number": copy_number.agreements,
    "accessibility": accessibility.agreements,
    "meaning": meaning.agreements,
    "structural": structural.agreements,
    "structural-calling": structural_calling.agreements,
    "networks": networks.agreements,
}
"""Each takes the mirror of public data and a scratch folder."""


def main() -> int:
    """Run the comparisons; return 1 when one disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(COMPARISONS)}; all when left out")
    parts = parser.parse_args().parts or list(COMPARISONS)
    if unknown := set(parts) - set(COMPARISONS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    mirror = Path(os.environ.get("GENNET_RESOURCES", "nowhere"))
    rows = list[Agreement | Skipped]()
    for part in parts:
        print(f"{part} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory() as work:
            rows += COMPARISONS[part](mirror, Path(work))
    print(table(rows))
    return int(any(isinstance(row, Agreement) and not row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
