"""Gene networks: inferred from expression, and used in network medicine."""

from gennet.networks.network import EdgeScores, Network, network_of

__all__ = ["EdgeScores", "Network", "network_of"]
