"""Synthetic organisations and answers that show every state of every page.

The command `seed_demo` and the tests import it.
"""
