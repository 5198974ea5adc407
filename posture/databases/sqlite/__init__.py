"""SQLite backend of Django without the column check that an untrusted schema must not use."""
