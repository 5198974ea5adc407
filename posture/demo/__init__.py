"""Synthetic organisations and answers that show every state of every page.

The commands `seed_demo` and the tests import it.
"""
