"""Benchmark of synthetic activations of language models."""
