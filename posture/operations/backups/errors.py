"""Why an archive cannot be made or used, in a sentence for the person at the keyboard."""


class BackupError(Exception):
    pass


class ArchiveRefused(BackupError):
    """The archive is not what was written, not for this key, or not for this version."""
