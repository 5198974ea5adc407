"""Forms about users."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.models import Membership

MAX_PASSWORD_LENGTH = 128


class MemberForm(forms.Form):
    address = forms.EmailField(label=lazy("E-mail"), max_length=150)
    role = forms.ChoiceField(choices=Membership.Role.choices, label=lazy("May"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            ("viewer", _("read the report (viewer)")),
            ("coordinator", _("read, and see who has answered (coordinator)")),
            ("owner", _("do everything, also invite and remove people (owner)")),
        ]


class FirstPasswordForm(forms.Form):
    """The form for a user who follows an account invitation and has no password yet."""

    password = forms.CharField(
        label=lazy("Password"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=lazy("Password again"),
        strip=False,
        max_length=MAX_PASSWORD_LENGTH,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned and cleaned["password"] != cleaned.get("again"):
            raise ValidationError({"again": _("The two passwords differ.")})
        return cleaned
