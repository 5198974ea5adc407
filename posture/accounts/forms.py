"""The forms of django-allauth with the product's labels and rate limits."""

from datetime import datetime
from typing import Any

from allauth.account import forms as library
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from posture.accounts.password_resets import queue_reset_link
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network

RESETS_OF_ADDRESS = limits.Rate(3, 15 * 60)
MAX_PASSWORD_INPUT = 128
RESETS_OF_NETWORK = limits.Rate(20, 15 * 60)


def may_send_mail(request: HttpRequest, address: str, *, at: datetime) -> bool:
    """Returns whether the limits of network and address allow another mail. They keep anonymous visitors from
    harassing people with mails."""
    return bool(
        limits.allow("account mail of network", client_network(request), rate=RESETS_OF_NETWORK, at=at)
        and limits.allow("account mail", address.lower(), rate=RESETS_OF_ADDRESS, at=at)
    )


class _WithoutPlaceholders:
    """Removes placeholders that repeat the label; they disturb readers and screen readers."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
            if field.widget.attrs.get("autocomplete", "").endswith("password"):
                field.widget.attrs["maxlength"] = MAX_PASSWORD_INPUT


class LoginForm(_WithoutPlaceholders, library.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class ResetPasswordForm(_WithoutPlaceholders, library.ResetPasswordForm):
    """Responds in the same way to every address. Above the limit it sends no mail, with the same response."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        self.fields["email"].widget.attrs["autocomplete"] = "username"

    def clean_email(self) -> str:
        """Skips the library's lookup of the account that the address belongs to."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        address: str = self.cleaned_data["email"]
        now = timezone.now()
        if may_send_mail(request, address, at=now):
            queue_reset_link(address, at=now)
        return address


class AddEmailForm(_WithoutPlaceholders, library.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail address")


class ChangePasswordForm(_WithoutPlaceholders, library.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Current password")
        _label_new_passwords(self.fields)


class ResetPasswordKeyForm(_WithoutPlaceholders, library.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_new_passwords(self.fields)


class SetPasswordForm(_WithoutPlaceholders, library.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_new_passwords(self.fields)


class ReauthenticateForm(_WithoutPlaceholders, library.ReauthenticateForm):
    pass


def _label_new_passwords(fields: dict[str, Any]) -> None:
    fields["password1"].label = _("New password")
    fields["password2"].label = _("New password again")
