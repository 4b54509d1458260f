"""Models: what is opened: language models and SAEs, checked against their declarations."""
