"""Core: what every other room speaks of: activations, dictionaries, curves, experiments, errors."""
