"""Studies of network medicine: proximity of drugs to a disease, and disease modules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from gennet.core.files import read_text
from gennet.core.findings import Drawing, Figure, Findings, table
from gennet.core.study import Doc, Study
from gennet.errors import BadInput, InvalidContent
from gennet.networks.medicine.interactome import Interactome, read_interactome
from gennet.networks.medicine.modules import diamond, largest_part, walk
from gennet.networks.medicine.proximity import DegreeBins, screen

if TYPE_CHECKING:
    from gennet.core.study import Watch

NETWORK = "Interactome: pairs of genes, two columns or SIF; its largest component is used."
GENES = "Disease genes, one a line, by the interactome's identifiers."


@dataclass(frozen=True, slots=True)
class ProximityOptions:
    """What `gennet network proximity` asks for."""

    interactome: Annotated[Path, Doc(NETWORK)]
    genes: Annotated[Path, Doc(GENES)]
    targets: Annotated[Path, Doc("Targets of drugs: two columns, drug and gene, with a header.")]
    draws: Annotated[int, Doc("Random sets that make the null distribution.")] = 1000
    seed: Annotated[int, Doc("Seed of the random sets.")] = 1


def run_proximity(options: ProximityOptions, watch: Watch, folder: Path | None) -> Findings:
    """Rank drugs by how near their targets are to the disease genes."""
    _ = folder
    if options.draws < 100:
        raise InvalidContent("fewer than 100 draws tell no tail", place="draws", remedy="ask for 1000")
    network, disease, lost = _read(options.interactome, options.genes)
    targets = read_targets(options.targets)
    drugs = {name: network.rows(genes) for name, genes in targets.items()}
    missing = list[str]()
    found = screen(
        network, drugs, network.rows(disease), np.random.default_rng(options.seed), draws=options.draws, watch=watch,
        refused=missing.append,
    )  # fmt: skip
    if not found:
        raise BadInput(
            "no drug has a target in the network", place=options.targets.name, remedy="check the identifiers"
        )
    own = set(network.rows(disease).tolist())
    rows = [
        (name, r.z, r.p, r.distance, r.expected, r.spread, r.targets, int(sum(t in own for t in drugs[name].tolist())))
        for name, r in found
    ]
    z = [(name, None if np.isnan(value) else value, *rest) for name, value, *rest in rows]
    columns = ("drug: Drug", "z: Proximity z", "p: p", "distance: Mean steps to the nearest disease gene",
               "expected: Expected", "spread: Standard deviation", "targets: Targets", "hits: Disease genes among them")  # fmt: skip
    return Findings(
        "proximity",
        f"{len(rows):,} drugs against {len(own):,} disease genes in {network.size:,} genes; nearest: {rows[0][0]} "
        f"(z {rows[0][1]:.2f}).",
        (table("drugs", "Drugs, the nearest first", columns, z),),
        (Figure("drugs", "How much nearer than chance", Drawing.BARS, "drugs", x="z", label="drug", lines=(-2.0, 0.0)),),
        (
            *lost,
            *([f"Left out, no target in the network: {', '.join(missing[:5])} ({len(missing):,} drugs)."] if missing else []),
            "Near is not yet helpful: the sign of the effect is not in the network, and a near drug may harm.",
            "z and p compare with random sets of genes of the same degrees; p is not corrected for the number of drugs.",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModuleOptions:
    """What `gennet network module` asks for."""

    interactome: Annotated[Path, Doc(NETWORK)]
    genes: Annotated[Path, Doc(GENES)]
    number: Annotated[int, Doc("Genes that the module takes in.")] = 100
    draws: Annotated[int, Doc("Random sets that make the null distribution.")] = 1000
    seed: Annotated[int, Doc("Seed of the random sets.")] = 1


def run_module(options: ModuleOptions, watch: Watch, folder: Path | None) -> Findings:
    """Test whether the genes lie together, and rank the genes around them."""
    _ = folder
    network, disease, lost = _read(options.interactome, options.genes)
    seeds = network.rows(disease)
    part = largest_part(
        network, DegreeBins(network.degree), seeds, np.random.default_rng(options.seed), draws=options.draws
    )
    chance = walk(network, seeds)
    # What a gene would get if the walk began everywhere: hubs are visited whatever the disease.
    share = network.degree / network.degree.sum()
    grown = diamond(network, seeds, options.number, watch=watch)
    rows = [
        (
            network.genes[j.gene],
            step,
            j.links,
            j.degree,
            j.p,
            float(chance[j.gene]),
            float(chance[j.gene] / share[j.gene]),
        )
        for step, j in enumerate(grown, start=1)
    ]
    return Findings(
        "module",
        f"{part.size:,} of {part.genes:,} disease genes hang together (expected {part.expected:.1f}, z {part.z:.1f}, "
        f"p {part.p:.3g}); {len(rows):,} genes join the module.",
        (
            table("module", "Genes that join the module",
                  ("gene: Gene", "step: Step", "links: Links into the module", "degree: Links in all", "p: p (DIAMOnD)",
                   "walk: Random walk with restart", "lift: Walk against a gene of its degree"), rows),
            table("part", "Largest connected part",
                  ("size: Genes together", "genes: Disease genes", "expected: Expected", "spread: Standard deviation",
                   "z: z", "p: p"), [(part.size, part.genes, part.expected, part.spread, part.z, part.p)]),
        ),
        (Figure("module", "Random walk of the genes that join", Drawing.POINTS, "module", x="step", y="lift", label="gene"),),
        (*lost, "A module is a hypothesis about genes, made from known interactions: well-studied genes have more."),
    )  # fmt: skip


def _read(interactome: Path, genes: Path) -> tuple[Interactome, list[str], tuple[str, ...]]:
    whole = read_interactome(interactome)
    network = whole.largest_component()
    named = list(dict.fromkeys(line.split("\t")[0].strip() for line in read_text(genes).splitlines() if line.strip()))
    inside = len(network.rows(named))
    if not inside:
        raise BadInput(
            "no disease gene is in the network", place=genes.name, remedy="give the identifiers the interactome uses"
        )
    notes = [f"{whole.size - network.size:,} genes outside the largest component were left out."] if whole.size > network.size else []  # fmt: skip
    if inside < len(named):
        notes.append(f"{len(named) - inside:,} of {len(named):,} disease genes are not in the network.")
    return network, named, tuple(notes)


def read_targets(path: Path) -> dict[str, list[str]]:
    """
    Read targets of drugs: two columns, drug and gene, with a header; tabs or commas.

    Raises
    ------
    InvalidContent
        A line has fewer than two columns.
    """
    targets: dict[str, list[str]] = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        fields = line.split("\t") if "\t" in line else line.split(",")
        if len(fields) < 2 or not fields[0].strip() or not fields[1].strip():
            raise InvalidContent(
                "not a drug and a gene", place=f"{path.name}: line {number}", remedy="give two columns"
            )
        targets.setdefault(fields[0].strip(), []).append(fields[1].strip())
    if not targets:
        raise BadInput("there is no drug", place=path.name, remedy="give drug and gene, with a header")
    return targets


STUDIES: tuple[Study, ...] = (
    Study(
        "network", "proximity", "Rank drugs by how near their targets are to disease genes", ProximityOptions,
        run_proximity, "10.1038/ncomms10331",
    ),
    Study(
        "network", "module", "Test whether disease genes hang together, and find the genes around them", ModuleOptions,
        run_module, "10.1371/journal.pcbi.1004120",
    ),
)  # fmt: skip
