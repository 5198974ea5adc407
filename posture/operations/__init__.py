"""Running an installation: backups, doctor, worker, relay, readiness, retention.

The project's processes and management commands import it; nothing of the product below does.
"""
