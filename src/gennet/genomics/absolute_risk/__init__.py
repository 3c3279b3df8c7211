"""Absolute risk of a disease from a score: relative risk, incidence by age and sex, and death from other causes."""

from gennet.genomics.absolute_risk.hazards import Baseline, Risk, absolute_risk, baseline_hazard, risk_with_interval
from gennet.genomics.absolute_risk.rates import Rates, read_rates

__all__ = [
    "Baseline",
    "Rates",
    "Risk",
    "absolute_risk",
    "baseline_hazard",
    "read_rates",
    "risk_with_interval",
]
