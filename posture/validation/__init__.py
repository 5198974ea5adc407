"""Compares the methods with reference numbers: one checker for each file, selected by the name of the file.

The commands `validate_methods` and `simulate_coverage` import it.
"""
