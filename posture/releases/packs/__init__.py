"""Packs: files with which a reader derives the derived numbers of a release again."""
