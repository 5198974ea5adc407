"""Reads reviewed definition files; each reader is beside its TOML.

Pure: benchmarks, indicators, scores, headlines, population targets, actions, readers,
frameworks. Everything of the answering side may import it.
"""
