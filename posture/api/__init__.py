"""The REST API: what is published, for machines, read only."""
