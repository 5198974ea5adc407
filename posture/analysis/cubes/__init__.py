"""Computes sums of answers by any cut, for the explorer.

Imports `estimates`; the explorer imports it.
"""
