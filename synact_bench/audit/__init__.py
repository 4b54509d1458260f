"""The audit of a board: halves, ladder, robustness, and what bare geometry explains."""
