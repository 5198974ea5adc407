"""Builds chart specifications for plotly.js from rows, and converts numbers to text.

Pure: it imports `posture.methods` only. Reports, explorer and templates import it.
"""
