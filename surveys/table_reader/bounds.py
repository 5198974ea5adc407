"""How large a file and its parts may be."""

LARGEST_FILE = 10_000_000
MOST_UNPACKED = 40_000_000
MOST_RATIO = 100
MOST_ENTRIES = 200
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 32_767
MOST_WRITTEN = 40_000_000


class Refused(ValueError):
    """Plain words for whoever sent the file; nothing of the file is quoted."""
