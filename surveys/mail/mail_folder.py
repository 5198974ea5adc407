"""Finds mails that the file backend wrote by their recipient, and removes them."""

from collections.abc import Collection
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

SEPARATOR = b"\n" + b"-" * 79 + b"\n"


def remove_mails_to(addresses: Collection[str], *, is_rehearsal: bool = False) -> int:
    """Removes the mails to the addresses. Returns their number. Other mails in the same file stay."""
    wanted = {address.strip().lower() for address in addresses if address.strip()}
    if not wanted:
        return 0
    return sum(_removed(file, wanted, is_rehearsal) for file in sorted(_folder().glob("*.log")))


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _removed(file: Path, wanted: set[str], is_rehearsal: bool) -> int:
    mails = [mail for mail in file.read_bytes().split(SEPARATOR) if mail.strip()]
    kept = [mail for mail in mails if not _is_for(mail, wanted)]
    if len(kept) < len(mails) and not is_rehearsal:
        if kept:
            file.write_bytes(b"".join(mail + SEPARATOR for mail in kept))
        else:
            file.unlink()
    return len(mails) - len(kept)


def _is_for(mail: bytes, wanted: set[str]) -> bool:
    headers = message_from_bytes(mail.lstrip())
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
    return any(address.lower() in wanted for _, address in getaddresses(fields))
