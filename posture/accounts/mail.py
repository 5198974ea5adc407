"""Account mails: plain text, rendered from templates/account/email and templates/mfa/email."""

import logging
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from surveys.mail.emails import NoBaseUrl, queue_mail
from surveys.rate_limits.limits import RateLimitExceeded

log = logging.getLogger(__name__)


def send_account_mail(template_prefix: str, address: str, context: dict[str, Any], *, at: datetime) -> None:
    """Queues an account mail. Skips it, with a log line, if no base address is configured or the address got many
    mails recently. The response to an anonymous visitor is the same in all cases."""
    context = {**context, "base_url": settings.BASE_URL}
    subject = render_to_string(f"{template_prefix}_subject.txt", context)
    text = render_to_string(f"{template_prefix}_message.txt", context)
    try:
        queue_mail(
            to=address,
            subject=f"Posture: {subject}",
            text=text,
            key=f"account:{secrets.token_hex(16)}",
            at=at,
        )
    except (NoBaseUrl, RateLimitExceeded) as error:
        log.error("A mail about an account: %s", error)
