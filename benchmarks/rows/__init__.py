"""Candidates that need a database with rows of answers. Processes that have configured Django import them."""
