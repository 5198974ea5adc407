"""Writes rows as CSV, without cells that a spreadsheet would run as formulas.

This folder imports nothing of the project; everything may import it.
"""
