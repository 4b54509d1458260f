"""Files of strangers: data, never code (docs/security.md)."""
