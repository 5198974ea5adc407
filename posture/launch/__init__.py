"""Installs and runs the project: `python3 -m posture.launch run`.

It uses only the standard library, because it runs before any package is installed. The Makefile calls it; tests
import it.
"""
