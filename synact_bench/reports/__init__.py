"""Boards made from stored records alone."""
