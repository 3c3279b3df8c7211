"""Expression profiles in, signatures out."""

from gennet.expression.matrix import ExpressionMatrix, Samples, read_matrix
from gennet.expression.profile import Expression, read_expression
from gennet.expression.signatures import Signatures, SignatureScore, read_gene_sets, signatures, singscore

__all__ = [
    "Expression",
    "ExpressionMatrix",
    "Samples",
    "SignatureScore",
    "Signatures",
    "read_expression",
    "read_gene_sets",
    "read_matrix",
    "signatures",
    "singscore",
]
