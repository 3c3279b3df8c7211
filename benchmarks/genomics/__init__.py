"""Benchmarks of genomic analyses, one file per part."""
