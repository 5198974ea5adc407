"""Computes rows of a release: values, bases, intervals, tests and weights of one cell.

Imports `answers`; disclosure, waves, cubes and release_rows import it.
"""
