"""Computes numbers of two waves of a survey: changes, and breaks in series.

Imports `disclosure` and `estimates`; releases import it.
"""
