"""The PostgreSQL backend: it tells the database whose rows the running code may reach."""
