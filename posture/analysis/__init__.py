"""The statistics: pure functions on frames and numbers. Nothing here reads a database or formats a number."""
