"""Version 1 of realism: distances of named metrics, between the noise floor and the Gaussian.

Kept for the page that shows both versions of the score of the same cells; boards do not use it.
"""
