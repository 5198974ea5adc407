"""Holds the answers of one wave as columns, and computes pairs and scores for each organisation.

Imports the definitions only; all other folders of the analysis import it.
"""
