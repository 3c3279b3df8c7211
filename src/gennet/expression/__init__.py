"""Expression profiles in, signatures out."""

from gennet.expression.gene_sets import Collection, place_sets, read_weighted_sets
from gennet.expression.matrix import ExpressionMatrix, Samples, read_matrix
from gennet.expression.profile import Expression, read_expression
from gennet.expression.regulators import (
    Activity,
    RegulatorActivity,
    Regulon,
    Regulons,
    is_regulons,
    read_regulons,
    regulator_activity,
)
from gennet.expression.scoring import Method, Scores, score
from gennet.expression.signatures import Signatures, SignatureScore, read_gene_sets, signatures, singscore

__all__ = [
    "Activity",
    "Collection",
    "Expression",
    "ExpressionMatrix",
    "Method",
    "RegulatorActivity",
    "Regulon",
    "Regulons",
    "Samples",
    "Scores",
    "SignatureScore",
    "Signatures",
    "is_regulons",
    "place_sets",
    "read_expression",
    "read_gene_sets",
    "read_matrix",
    "read_regulons",
    "read_weighted_sets",
    "regulator_activity",
    "score",
    "signatures",
    "singscore",
]
