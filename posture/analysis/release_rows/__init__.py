"""Computes all rows of a release of one wave, with disclosure control applied.

`estimates.compute` is the main function. Imports the other folders of the analysis; releases import it.
"""
