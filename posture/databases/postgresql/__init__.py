"""PostgreSQL backend that sends the organisation scope of the running code to the database."""
