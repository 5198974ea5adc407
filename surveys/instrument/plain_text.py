"""Checks that a text can be stored, in the same way for both databases."""

import re

MAX_TEXT_LENGTH = 10_000
# Tabs and line ends are allowed. PostgreSQL refuses NUL, and no encoding accepts a lone surrogate.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def expected_of_text(text: str, *, longest: int = MAX_TEXT_LENGTH) -> str | None:
    """Returns the reason why a text cannot be stored, in words for its author, or None."""
    if len(text) > longest:
        return f"at most {longest:,} characters"
    if UNWRITABLE.search(text):
        return "a text without control characters, which often come along with what is copied from elsewhere"
    return None
