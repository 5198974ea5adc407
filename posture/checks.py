"""System checks for `manage.py check`: routes without a declared access policy, and settings that break a documented
guarantee."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from posture.web.routes import routes
from surveys.encryption import sealing
from surveys.encryption.installation_key import InstallationKeyError, installation_keys

MIN_THRESHOLD = 5
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@register()
def every_route_declares_access(**_: Any) -> list[Error]:
    return [
        Error(
            f"{route.pattern} ({route.view}) declares no access policy.",
            hint="Put one decorator of surveys.web.access on the view, or `access` on the REST view class.",
            id="posture.E001",
        )
        for route in routes()
        if not route.is_declared
    ]


@register()
def threshold_is_high_enough(**_: Any) -> list[Error]:
    if settings.SUPPRESSION_THRESHOLD >= MIN_THRESHOLD:
        return []
    message = (
        f"SUPPRESSION_THRESHOLD is {settings.SUPPRESSION_THRESHOLD}; it must be at least {MIN_THRESHOLD}."
    )
    return [Error(message, id="posture.E002")]


@register()
def production_has_an_address(**_: Any) -> list[Error]:
    if settings.EMBEDDED or settings.BASE_URL.startswith("https://"):
        return []
    return [Error("BASE_URL must be the https address of this installation.", id="posture.E003")]


@register(deploy=True)
def mail_is_encrypted(**_: Any) -> list[Error]:
    is_smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    if not is_smtp or settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.EMAIL_HOST in LOCAL_HOSTS:
        return []
    return [Error("Mails would be sent in clear: set EMAIL_USE_TLS or EMAIL_USE_SSL.", id="posture.E010")]


@register(deploy=True)
def installation_key_is_usable(**_: Any) -> list[Error]:
    if sealing.creates_own_installation_key():
        return []
    try:
        installation_keys()
    except InstallationKeyError as error:
        return [Error(str(error), id="posture.E011")]
    return []
