"""The engine: paths through the model, exact and fast."""
