"""Readers of reviewed definition files, each beside its TOML.

Pure: benchmarks, indicators, scores, headlines, forecasts, population targets. Everything of the answering side may
import it.
"""
