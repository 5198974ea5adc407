"""Rows out as CSV, with no cell that a spreadsheet would run.

Pure; everything may import it.
"""
