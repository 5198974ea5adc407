"""Finds mails that the file backend wrote by their recipient, and removes them."""

from collections.abc import Collection
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

SEPARATOR = b"\n" + b"-" * 79 + b"\n"


def remove_mails_to(addresses: Collection[str], *, is_rehearsal: bool = False) -> int:
    """Removes the mails to the addresses. Returns their number. Other mails in the same file stay."""
    recipients = {address.strip().lower() for address in addresses if address.strip()}
    if not recipients:
        return 0
    return sum(_removed(file, recipients, is_rehearsal) for file in sorted(_folder().glob("*.log")))


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _removed(file: Path, recipients: set[str], is_rehearsal: bool) -> int:
    mails = [mail for mail in file.read_bytes().split(SEPARATOR) if mail.strip()]
    remaining = [mail for mail in mails if not _is_for(mail, recipients)]
    if len(remaining) < len(mails) and not is_rehearsal:
        if remaining:
            file.write_bytes(b"".join(mail + SEPARATOR for mail in remaining))
        else:
            file.unlink()
    return len(mails) - len(remaining)


def _is_for(mail: bytes, recipients: set[str]) -> bool:
    headers = message_from_bytes(mail.lstrip())
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
    return any(address.lower() in recipients for _, address in getaddresses(fields))
