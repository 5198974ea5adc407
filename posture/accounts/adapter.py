"""The django-allauth account adapter: invitation-only accounts, limited sign-in attempts, and mail links to the
configured address."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationHMAC
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as lazy

from posture.accounts.mail import send_account_mail
from posture.accounts.single_sign_on import refused_response
from surveys.audit import security_events, trail
from surveys.people.user_accounts import user_with_address
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_address, client_network
from surveys.web.annotated_request import AnnotatedRequest

ACCOUNT_RATE = limits.BackoffRate(5, 15 * 60, first=15, longest=120)
NETWORK_RATE = limits.BackoffRate(30, 15 * 60, first=5, longest=120)
REAUTHENTICATION_SECONDS = 5 * 60


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": lazy("E-mail and password do not match. Both must be exact."),
        "incorrect_password": lazy("The password is wrong."),
        "enter_current_password": lazy("The password is wrong."),
        "too_many_login_attempts": lazy("Too many attempts. Wait %d seconds, then try again."),
        "same_as_current": lazy("This is your address already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Allows only paths of this site as redirect targets. Any other URL could be an open-redirect attack."""
        is_path = url.startswith("/") and url.isprintable() and "\\" not in url
        return is_path and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"

    def pre_authenticate(self, request: AnnotatedRequest, **credentials: Any) -> None:
        """Counts the attempt before the password is checked. Addresses without an account are counted in the same
        way."""
        now, address = timezone.now(), credentials.get("email", "").lower()
        refusals = [
            verdict
            for verdict in (
                limits.allow("sign-in of network", client_network(request), rate=NETWORK_RATE, at=now),
                limits.allow("sign-in", address, rate=ACCOUNT_RATE, at=now),
            )
            if not verdict
        ]
        if refusals:
            seconds = max(verdict.retry_after for verdict in refusals)
            request.refused_for = seconds
            raise self.validation_error("too_many_login_attempts", seconds)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Treats a suspended person like a wrong password."""
        user = super().authenticate(request, **credentials)
        if user is None:
            return None
        if not user.is_active:
            self.authentication_failed(request, **credentials)
            return None
        limits.reset("sign-in", credentials.get("email", "").lower())
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        now, person = timezone.now(), user_with_address(credentials.get("email", ""))
        security_events.record("login refused", at=now)
        if person is not None:
            trail.note("failed to sign in", by=person, at=now)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Requires no reauthentication within five minutes after a sign-in."""
        signed_in_at = self.request.session.get("signed_in_at", 0)
        return not 0 <= timezone.now().timestamp() - signed_in_at < REAUTHENTICATION_SECONDS

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return refused_response(request)

    def format_email_subject(self, subject: str) -> str:
        return f"Posture: {subject}"

    def set_password(self, user: Any, password: str) -> None:
        """Saves only the password field, so that rights removed by a concurrent request are not restored."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        send_account_mail(template_prefix, email, context, at=timezone.now())

    def send_account_already_exists_mail(self, email: str) -> None:
        """Informs the owner of this address that another person tried to move an account to it."""
        self.send_mail("account/email/account_already_exists", email, {})

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, secret = key.partition("-")
        return f"{settings.BASE_URL}{reverse('account_reset_password_from_key', args=[uid, secret])}"

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        return f"{settings.BASE_URL}{reverse('account_confirm_email', args=[emailconfirmation.key])}"
