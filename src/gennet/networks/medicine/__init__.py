"""Network medicine: interactomes, distances, proximity of drugs and diseases, disease modules."""

from gennet.networks.medicine.interactome import Interactome, interactome_of, read_interactome
from gennet.networks.medicine.proximity import (
    DegreeBins,
    Proximity,
    all_distances,
    proximity,
    screen,
    separation,
)

__all__ = [
    "DegreeBins",
    "Interactome",
    "Proximity",
    "all_distances",
    "interactome_of",
    "proximity",
    "read_interactome",
    "screen",
    "separation",
]
