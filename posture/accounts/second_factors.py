"""Second factors: authenticator apps, passkeys and recovery codes. Secrets are sealed, and a code works once."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.accounts.requirement import FACTORS, must_have_second_factor
from surveys.encryption.sealing import seal, unseal
from surveys.rate_limits import limits

SEALING_PLACE = "second factor"
ATTEMPT_RATE = limits.BackoffRate(5, 15 * 60, first=15, longest=120)
USED_CODE_RATE = limits.Rate(1, 5 * 60)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": lazy("The code is wrong or has been used. Wait for the next one."),
        "too_many_tries": lazy("Too many attempts. Wait %d seconds, then try again."),
        "cannot_delete_authenticator": lazy("You must have a second factor. Set up another one first."),
        "unverified_email": lazy("Confirm your new e-mail address first: open the link in the mail."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, None, place=SEALING_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, place=SEALING_PLACE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        other_factors = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(
            pk=authenticator.pk
        )
        return other_factors.exists() or not must_have_second_factor(authenticator.user)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Returns the configured address as relying party of passkeys, independent of the request."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": "Posture"}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def _get_site_name(self) -> str:
        return "Posture"


def activate_authenticator_app(user: Any) -> str:
    """Sets up an authenticator app for a person without confirmation, for demonstrations. Returns its key."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


class _LimitedAttempts(forms.BaseAuthenticateForm):
    """Limits the attempts of each person, and refuses a code that was already used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"placeholder": "", "maxlength": 20, "inputmode": "numeric"}

    def clean_code(self) -> str:
        now = timezone.now()
        adapter = SecondFactorAdapter()
        verdict = limits.allow("second factor", self.user.pk, rate=ATTEMPT_RATE, at=now)
        if not verdict:
            raise adapter.validation_error("too_many_tries", verdict.retry_after)
        code: str = super().clean_code()
        digits = "".join(code.split())
        if not limits.allow("second factor used", f"{self.user.pk}:{digits}", rate=USED_CODE_RATE, at=now):
            raise adapter.validation_error("incorrect_code")
        limits.reset("second factor", self.user.pk)
        return code


class AuthenticateForm(_LimitedAttempts, forms.AuthenticateForm):
    pass


class ReauthenticateForm(_LimitedAttempts, forms.ReauthenticateForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    """Lets each passkey sign in without a password if the device verified its user by finger, face or PIN."""

    passwordless = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = _("A name that tells you which device it is.")
        self.fields["name"].widget.attrs |= {"maxlength": 60, "autocomplete": "off"}
