"""What a text may hold before it goes anywhere near a database, so that both databases have the same opinion of it."""

import re

LONGEST_FREE_TEXT = 10_000
# Tabs and line ends are what people type. PostgreSQL takes no NUL, and no encoding takes half of a surrogate pair.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def expected_of_text(text: str, *, longest: int = LONGEST_FREE_TEXT) -> str | None:
    """What is expected instead, in words for whoever wrote it; None when it can be stored as it is."""
    if len(text) > longest:
        return f"at most {longest:,} characters"
    if UNWRITABLE.search(text):
        return "a text without control characters, which often come along with what is copied from elsewhere"
    return None
