"""Writes mails into the outbox, in the transaction that causes them; a worker sends them.

Links are built from BASE_URL, never from the Host header of a request.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from smtplib import SMTPException, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.jobs import outbox
from surveys.models import Invitation, Job, Organization, RespondentSession, Response
from surveys.rate_limits import limits

MAIL = "mail"
# Without this limit, a user could flood another person's address with our mails.
RATE_PER_ADDRESS = limits.Rate(10, 60 * 60)


class NoBaseUrl(Exception):
    """BASE_URL is not set, so that no link can be written. No mail is sent then."""

    def __str__(self) -> str:
        return _("BASE_URL is not set, so that no link can be written: nothing was sent.")


def absolute_url(path: str) -> str:
    """Returns the complete address of a path. Raises NoBaseUrl."""
    if not settings.BASE_URL:
        raise NoBaseUrl
    return str(settings.BASE_URL) + path


def invitation_url(token: str) -> str:
    return absolute_url(reverse("surveys:invitation", args=[token]))


def queue_mail(
    *,
    to: str,
    subject: str,
    text: str,
    key: str,
    organization: Organization | None = None,
    rate: limits.Rate | None = RATE_PER_ADDRESS,
    at: datetime,
) -> Job:
    """Queues one mail for one key; recipient, subject and text are sealed in the row.

    `rate` limits the mails to this address for the organisation; None is for mails whose cause occurs only once.
    Raises NoBaseUrl and surveys.rate_limits.limits.RateLimitExceeded.
    """
    absolute_url("")
    if rate is not None:
        owner = organization.pk if organization else "installation"
        limits.enforce("mail to an address", f"{owner} {to.lower()}", rate=rate, at=at)
    message = {"to": to, "subject": _one_line(subject), "text": text.lstrip()}
    return outbox.queue(MAIL, {}, key=key, organization=organization, at=at, secret=json.dumps(message))


def queue_invitation(invitation: Invitation, token: str, *, at: datetime) -> Job:
    """Queues the mail with the personal link. Raises NoBaseUrl and RateLimitExceeded."""
    context = {
        "invitation": invitation,
        "wave": invitation.wave,
        "role": invitation.wave.questionnaire.definition.role(invitation.role),
        "url": invitation_url(token),
    }
    return queue_mail(
        to=invitation.address,
        subject=_("Your answers for {title}").format(title=invitation.wave.title),
        text=render_to_string("surveys/mail/invitation.txt", context),
        key=key_of_invitation(invitation),
        organization=invitation.organization,
        at=at,
    )


def mail_states(invitations: Iterable[Invitation]) -> dict[int, str]:
    """Returns the state of the mail of each invitation, in words. Mails sent more than a week ago are not listed."""
    keys = {key_of_invitation(invitation): invitation.pk for invitation in invitations}
    return {keys[job.key]: _state_text(job) for job in Job.objects.filter(key__in=keys)}


def _state_text(job: Job) -> str:
    match job.state:
        case Job.State.DONE:
            return _("mail sent")
        case Job.State.PARKED:
            return _("mail failed: {reason}").format(reason=job.reason)
    return (
        _("mail not sent yet: {reason}").format(reason=job.reason) if job.reason else _("mail will be sent")
    )


def queue_code(session: RespondentSession, code: str, *, key: str, at: datetime) -> Job:
    """Queues the mail with a code. Raises NoBaseUrl and RateLimitExceeded."""
    invitation = session.response.invitation
    return queue_mail(
        to=invitation.address,
        subject=_("The code for your answers"),
        text=render_to_string("surveys/mail/code.txt", {"code": code}),
        key=key,
        organization=invitation.organization,
        at=at,
    )


def queue_receipt(response: Response, *, at: datetime) -> Job:
    """Queues the mail with the receipt of a submission. Raises NoBaseUrl."""
    invitation = response.invitation
    return queue_mail(
        to=invitation.address,
        subject=_("Receipt for {title}").format(title=invitation.wave.title),
        text=render_to_string("surveys/mail/receipt.txt", {"response": response, "invitation": invitation}),
        key=f"receipt:{response.pk}",
        organization=invitation.organization,
        rate=None,
        at=at,
    )


def key_of_invitation(invitation: Invitation) -> str:
    """Returns the key of the job. It depends on the token, so that a new link is sent by another mail."""
    return f"invitation:{invitation.pk}:{invitation.token_hash[:16]}"


@outbox.handles(MAIL, label=lazy("Mail"), seconds=60)
def send(job: Job, *, at: datetime) -> None:
    if not settings.BASE_URL:
        raise outbox.JobFailed(str(NoBaseUrl()))
    message = json.loads(job.sealed)
    mail = EmailMessage(
        subject=message["subject"],
        body=message["text"],
        to=[message["to"]],
        headers={"Message-ID": message_id(job.key)},
    )
    try:
        mail.send()
    except SMTPResponseException as error:
        raise outbox.JobFailed(
            _("The mail server refused with code {code}.").format(code=error.smtp_code)
        ) from None
    except (SMTPException, OSError) as error:
        raise outbox.JobFailed(
            _("The mail server could not be used: {error}.").format(error=type(error).__name__)
        ) from None


def message_id(key: str) -> str:
    """Returns a Message-ID that is the same for every attempt, so that a receiver can drop repetitions."""
    host = urlsplit(settings.BASE_URL).hostname
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
