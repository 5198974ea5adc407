"""Faults that somebody might build in, as settings to start the product with: what a harness has to find."""
