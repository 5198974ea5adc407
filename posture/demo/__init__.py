"""Synthetic organisations and answers, so that every state of every page can be seen."""
