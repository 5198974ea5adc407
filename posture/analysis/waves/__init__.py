"""Computes numbers of two waves of a survey: changes, breaks in series, and forecasts against outcomes.

Imports `disclosure` and `estimates`; releases import it.
"""
