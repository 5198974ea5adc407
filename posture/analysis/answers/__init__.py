"""Answers of one wave as columns, and what follows organisation by organisation: pairs and scores.

Imports the definitions only; all other folders of the analysis import it.
"""
