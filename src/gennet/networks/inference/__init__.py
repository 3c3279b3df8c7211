"""Inferring networks from expression: a portfolio of methods behind one function, and how they are judged."""

from gennet.networks.inference.consensus import consensus
from gennet.networks.inference.design import Design, design, design_of
from gennet.networks.inference.dynamic import dynamic_ridge, dynamic_trees
from gennet.networks.inference.evaluation import Accuracy, Gold, dream_score, evaluate, gold_of
from gennet.networks.inference.knockout import knockout
from gennet.networks.inference.portfolio import Method, infer, method_for
from gennet.networks.inference.prior import with_prior

__all__ = [
    "Accuracy",
    "Design",
    "Gold",
    "Method",
    "consensus",
    "design",
    "design_of",
    "dream_score",
    "dynamic_ridge",
    "dynamic_trees",
    "evaluate",
    "gold_of",
    "infer",
    "knockout",
    "method_for",
    "with_prior",
]
