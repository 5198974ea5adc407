"""Operation of an installation: backups, doctor, worker, relay, readiness, retention.

Processes and management commands of the project import it; no other code of the product does.
"""
