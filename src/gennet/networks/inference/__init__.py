"""Inferring networks from expression: a portfolio of methods behind one function, and how they are judged."""
