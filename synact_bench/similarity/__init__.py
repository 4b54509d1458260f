"""Similarity: copying and collapse, looked for in activations alone."""
