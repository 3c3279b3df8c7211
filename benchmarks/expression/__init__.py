"""Benchmarks of expression."""
