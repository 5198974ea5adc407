"""Django's SQLite, without the one check of a column that an untrusted schema may not use."""
