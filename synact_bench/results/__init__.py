"""Stored cells: record schema, tables, identity, provenance."""
