"""What goes out by mail. Links are built from BASE_URL, never from a request's Host header."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from surveys.models import Invitation

log = logging.getLogger(__name__)


def invitation_url(token: str) -> str:
    return settings.BASE_URL + reverse("surveys:invitation", args=[token])


def send_invitation(invitation: Invitation, token: str) -> bool:
    """False when the mail server refused; the invitation stands and its link can be given by hand."""
    context = {
        "invitation": invitation,
        "wave": invitation.wave,
        "role": invitation.wave.questionnaire.definition.role(invitation.role),
        "url": invitation_url(token),
    }
    text = render_to_string("surveys/mail/invitation.txt", context)
    try:
        send_mail(f"Your answers for {invitation.wave.title}", text, None, [invitation.address])
    except (SMTPException, OSError):
        log.exception("An invitation could not be sent.")
        return False
    return True
