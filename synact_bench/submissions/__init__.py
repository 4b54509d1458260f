"""Submissions: one generator's cells and scores as two files, written, checked and read."""
