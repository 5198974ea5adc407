"""Sets the project up and runs it: `python3 -m posture.launch run`.

It uses the standard library only, because it works before anything is installed. The Makefile calls it; tests import
it.
"""
