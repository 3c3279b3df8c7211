"""Splicing: junctions, clusters of introns, shares, differences between groups."""

from gennet.expression.splicing.clusters import Cluster, ClusterRules, clusters
from gennet.expression.splicing.differential import ClusterTest, differential_splicing
from gennet.expression.splicing.junctions import (
    Intron,
    JunctionCounts,
    count_junctions,
    joined,
    read_junctions,
    read_leafcutter,
)

__all__ = [
    "Cluster",
    "ClusterRules",
    "ClusterTest",
    "Intron",
    "JunctionCounts",
    "clusters",
    "count_junctions",
    "differential_splicing",
    "joined",
    "read_junctions",
    "read_leafcutter",
]
