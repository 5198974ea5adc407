"""Our methods against numbers that were computed elsewhere: one checker per file, found by the file's name."""
