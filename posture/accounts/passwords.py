"""What a new password must be. Length is all that counts: no rule about digits or signs."""

from typing import Any

from django.core.exceptions import ValidationError

from posture.accounts.requirement import must_have_second_factor

LEAST = 15
LEAST_WITH_SECOND_FACTOR = 12
MOST = 128


class Length:
    """Shorter where a second factor is asked for as well. The upper limit keeps hashing cheap."""

    def validate(self, password: str, user: Any = None) -> None:
        least = LEAST_WITH_SECOND_FACTOR if must_have_second_factor(user, or_will=True) else LEAST
        if len(password) < least:
            raise ValidationError(f"Use at least {least} characters. A few words in a row are good.")
        if len(password) > MOST:
            raise ValidationError(f"Use at most {MOST} characters.")

    def get_help_text(self) -> str:
        return f"At least {LEAST} characters; {LEAST_WITH_SECOND_FACTOR} for people who must have a second factor."
