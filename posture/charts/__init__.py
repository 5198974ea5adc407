"""Rows in, chart specifications for plotly.js out; and the one place that turns a number into text.

Pure: it imports `posture.methods` only. Reports, explorer and templates import it.
"""
