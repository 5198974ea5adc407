"""Password validators. Only the length counts; there is no rule about digits or signs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from posture.accounts.requirement import must_have_second_factor

LEAST = 15
LEAST_WITH_SECOND_FACTOR = 12
MOST = 128


class Length:
    """Accepts shorter passwords if a second factor is also required. The upper limit bounds the cost of hashing."""

    def validate(self, password: str, user: Any = None) -> None:
        least = LEAST_WITH_SECOND_FACTOR if must_have_second_factor(user, or_will=True) else LEAST
        if len(password) < least:
            raise ValidationError(
                _("Use at least {least} characters. A few words in a row are good.").format(least=least)
            )
        if len(password) > MOST:
            raise ValidationError(_("Use at most {most} characters.").format(most=MOST))

    def get_help_text(self) -> str:
        return _(
            "At least {least} characters; {least_with_second_factor} for people who must have a "
            "second factor."
        ).format(least=LEAST, least_with_second_factor=LEAST_WITH_SECOND_FACTOR)
