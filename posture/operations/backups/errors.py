"""Errors of backups and restores; each message is a sentence for the operator."""


class BackupError(Exception):
    pass


class ArchiveRefused(BackupError):
    """The archive was changed, was sealed with another key, or was made by an incompatible version."""
