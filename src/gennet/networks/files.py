"""Reading lists of genes and tables of edges, writing networks as TSV and GraphML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gennet.core.files import read_text
from gennet.errors import InvalidContent, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gennet.networks.network import Network

_REGULATOR = {"regulator", "source", "tf", "from", "gene1"}
_TARGET = {"target", "gene_id", "to", "gene2"}


def read_genes(path: Path) -> tuple[str, ...]:
    """
    Read the first word of each line; lines that start with # and repeated names are left out.

    Raises
    ------
    InvalidContent
        There is none.
    """
    named = (line.split("\t")[0].split(",")[0].strip() for line in read_text(path).splitlines())
    genes = tuple(dict.fromkeys(name for name in named if name and not name.startswith("#")))
    if not genes:
        raise InvalidContent("it names no gene", place=path.name, remedy="write one gene per line")
    return genes


def read_edges(path: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]] | None]:
    """
    Read edges, and the pairs known to be none where a third column of 1 and 0 tells them apart.

    Columns are regulator, target and perhaps more, by tabs or commas; a header may name them otherwise placed. A third
    column that holds anything but 0 and 1 (a weight, an effect) is left alone, and every row is an edge.

    Raises
    ------
    InvalidContent
        A row without two names, or no rows.
    """
    rows = list(_rows(path))
    regulator, target = 0, 1
    if rows:
        header = [name.strip().lower() for name in rows[0][1]]
        ours = next((i for i, name in enumerate(header) if name in _REGULATOR), None)
        theirs = next((i for i, name in enumerate(header) if name in _TARGET), None)
        if ours is not None and theirs is not None:
            regulator, target, rows = ours, theirs, rows[1:]
    pairs = list[tuple[str, str]]()
    for number, row in rows:
        if len(row) <= max(regulator, target) or not row[regulator] or not row[target]:
            raise InvalidContent(f"line {number} does not name two genes", place=path.name, remedy="write both")
        pairs.append((row[regulator], row[target]))
    if not pairs:
        raise InvalidContent("it holds no edge", place=path.name, remedy="write regulator and target, one edge a line")
    told = [row[2] if len(row) == 3 else "" for _, row in rows]
    if (regulator, target) != (0, 1) or set(told) != {"0", "1"}:
        return pairs, None
    return (
        [pair for pair, one in zip(pairs, told, strict=True) if one == "1"],
        [pair for pair, one in zip(pairs, told, strict=True) if one == "0"],
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = read_text(path)
    separator = "\t" if "\t" in text.partition("\n")[0] else ","
    if separator not in text.partition("\n")[0]:
        raise UnreadableFile("its first line has one column", place=path.name, remedy="use TSV or CSV")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, [cell.strip().strip('"') for cell in line.split(separator)]


def write_graphml(network: Network, path: Path) -> None:
    """Write a network as GraphML: nodes by name, edges with weight and sign; written beside and renamed."""
    nodes = dict.fromkeys(
        (*(network.regulators[i] for i in network.regulator), *(network.targets[i] for i in network.target))
    )
    at = {gene: f"n{i}" for i, gene in enumerate(nodes)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        '<key id="name" for="node" attr.name="name" attr.type="string"/>',
        '<key id="weight" for="edge" attr.name="weight" attr.type="double"/>',
        '<key id="sign" for="edge" attr.name="sign" attr.type="int"/>',
        f'<graph edgedefault="directed" id="{escape(network.method or "network")}">',
        *(f'<node id="{i}"><data key="name">{escape(gene)}</data></node>' for gene, i in at.items()),
        *(
            f'<edge source="{at[r]}" target="{at[t]}"><data key="weight">{w!r}</data><data key="sign">{s}</data></edge>'
            for r, t, w, s in network.edges()
        ),
        "</graph>",
        "</graphml>\n",
    ]
    _put(path, "\n".join(lines))


def write_tsv(network: Network, path: Path) -> None:
    """Write regulator, target, weight and sign of each edge, the strongest first; written beside and renamed."""
    lines = ["regulator\ttarget\tweight\tsign", *(f"{r}\t{t}\t{w!r}\t{s}" for r, t, w, s in network.edges())]
    _put(path, "\n".join(lines) + "\n")


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
