"""Edge scores and networks: order, signs, self-edges, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gennet.errors import InvalidContent
from gennet.networks import EdgeScores, network_of


def test_the_highest_edges_come_first_with_their_signs():
    scores = EdgeScores(("A", "B"), ("A", "B", "C"), np.array([[9.0, 0.1, -0.5], [0.3, 9.0, 0.0]]), "made up")
    assert scores.network(3).edges() == [("A", "C", 0.5, -1), ("B", "A", 0.3, 1), ("A", "B", 0.1, 1)]
    assert scores.network(1).size == 1
    assert scores.network(100).size == 3  # a score of 0 is no edge, nor is a gene with itself


def test_without_signs_none_are_told():
    scores = EdgeScores(("A",), ("B", "C"), np.array([[0.2, 0.1]]), "trees", signed=False)
    assert [sign for *_, sign in scores.network(2).edges()] == [0, 0]


def test_no_edge_asked_for_is_refused():
    with pytest.raises(InvalidContent, match="at least one"):
        EdgeScores(("A",), ("B",), np.ones((1, 1)), "x").network(0)


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("XYZ"), st.floats(0.01, 1), st.sampled_from([-1, 0, 1])),
        max_size=9,
        unique_by=lambda e: e[:2],
    )
)
def test_named_edges_come_back_in_the_order_of_their_weights(edges):
    made = network_of(edges).edges()
    assert sorted(made) == sorted(edges)
    assert [e[2] for e in made] == sorted((e[2] for e in edges), reverse=True)
