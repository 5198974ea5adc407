"""Formulas and nothing else: numbers in, numbers out. Each is held to figures that were computed elsewhere."""

VERSION = "1.1"
