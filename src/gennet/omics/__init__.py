"""Several kinds of measurements of the same people, together."""

from gennet.omics.acceleration import ClockDifference, EpigeneticAcceleration, epigenetic_acceleration

__all__ = ["ClockDifference", "EpigeneticAcceleration", "epigenetic_acceleration"]
