"""Password validators. Only the length counts; there is no rule about digits or signs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from posture.accounts.requirement import must_have_second_factor

MIN_LENGTH = 15
MIN_LENGTH_WITH_SECOND_FACTOR = 12
MAX_LENGTH = 128


class PasswordLengthValidator:
    """Accepts shorter passwords if a second factor is also required. The upper limit bounds the cost of hashing."""

    def validate(self, password: str, user: Any = None) -> None:
        min_length = (
            MIN_LENGTH_WITH_SECOND_FACTOR
            if must_have_second_factor(user, including_invited=True)
            else MIN_LENGTH
        )
        if len(password) < min_length:
            raise ValidationError(
                _("Use at least {least} characters. A few words in a row are good.").format(least=min_length)
            )
        if len(password) > MAX_LENGTH:
            raise ValidationError(_("Use at most {most} characters.").format(most=MAX_LENGTH))

    def get_help_text(self) -> str:
        return _(
            "At least {least} characters; {least_with_second_factor} for people who must have a "
            "second factor."
        ).format(least=MIN_LENGTH, least_with_second_factor=MIN_LENGTH_WITH_SECOND_FACTOR)
