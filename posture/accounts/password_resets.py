"""Password reset links. The response is sent before the account is looked up, so neither its content nor its time
reveals whether an account exists. A worker looks up the account and sends the mail."""

import json
import logging
import secrets
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import filter_users_by_email, user_pk_to_url_str
from django.conf import settings

from posture.accounts.mail import send_account_mail
from surveys.jobs import outbox
from surveys.mail.emails import NoBaseUrl

log = logging.getLogger(__name__)

RESET_JOB = "account.reset"


def queue_reset_link(address: str, *, at: datetime) -> None:
    """Queues the lookup. Without a base address it only writes a log line, for every address alike."""
    if not settings.BASE_URL:
        log.error("A link for a new password: %s", NoBaseUrl())
        return
    key = f"{RESET_JOB}:{secrets.token_hex(16)}"
    outbox.queue(RESET_JOB, {}, key=key, at=at, secret=json.dumps({"to": address}))


@outbox.handles(RESET_JOB, label="Mailing a link for a new password")
def mail_reset_link(job: outbox.Job, *, at: datetime) -> outbox.Effect | None:
    address = json.loads(job.sealed)["to"]
    people = filter_users_by_email(address, is_active=True, prefer_verified=True)

    def mail() -> None:
        for person in people:
            link = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
            context = {
                "user": person,
                "password_reset_url": get_adapter().get_reset_password_from_key_url(link),
            }
            send_account_mail("account/email/password_reset_key", address, context, at=at)

    return mail
