"""What is measured, as pytest: the cells of a board, and the speed of the engine."""
