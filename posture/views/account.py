"""Sign-in, sign-out and the account pages: views of django-allauth, each with an access policy. Views that are not
listed here are not mounted."""

from functools import wraps
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _

from posture.accounts.one_at_a_time import serialise_account_changes
from posture.accounts.requirement import has_second_factor, must_have_second_factor
from posture.accounts.sessions import end_sessions
from posture.accounts.single_sign_on import sign_in_buttons
from surveys.fieldwork.queries import participations
from surveys.rate_limits import limits
from surveys.web.access import View, public, signed_in

TOO_MANY_REQUESTS = 429
MAX_DIGITS = 18
SECURITY_PAGE = reverse_lazy("mfa_index")
ADDRESS_MAILS = limits.Rate(5, 60 * 60)


def limit_address_mails(view: View) -> View:
    """Limits mails to addresses whose owner is not verified yet. Above the limit the person gets status 429."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            limits.enforce("address mails", request.user.pk, rate=ADDRESS_MAILS, at=timezone.now())
        return view(request, *args, **kwargs)

    return limited


def own_account_view(view: View) -> View:
    return signed_in("GET", "POST")(serialise_account_changes(view))


change_address = own_account_view(limit_address_mails(account_views.email))
address_sent = public("GET")(account_views.email_verification_sent)
confirm_address = public("GET", "POST")(account_views.confirm_email)
change_password = own_account_view(account_views.password_change)
set_password = own_account_view(account_views.password_set)
reset = public("GET", "POST")(account_views.password_reset)
reset_sent = public("GET")(account_views.password_reset_done)
reset_from_key = public("GET", "POST")(account_views.password_reset_from_key)
reset_done = public("GET")(account_views.password_reset_from_key_done)

authenticate = public("GET", "POST")(mfa_views.authenticate)
confirm_by_code = signed_in("GET", "POST")(mfa_views.reauthenticate)
activate_app = own_account_view(totp_views.activate_totp)
deactivate_app = own_account_view(totp_views.deactivate_totp)
recovery_codes = signed_in("GET")(recovery_views.view_recovery_codes)
new_recovery_codes = own_account_view(recovery_views.generate_recovery_codes)
add_passkey = own_account_view(passkey_views.add_webauthn)
rename_passkey = own_account_view(passkey_views.EditWebAuthnView.as_view(success_url=SECURITY_PAGE))
remove_passkey = own_account_view(passkey_views.RemoveWebAuthnView.as_view(success_url=SECURITY_PAGE))
sign_in_by_passkey = public("GET", "POST")(passkey_views.login_webauthn)
confirm_by_passkey = signed_in("GET", "POST")(passkey_views.reauthenticate_webauthn)


@public("GET", "POST")
def login(request: HttpRequest) -> HttpResponseBase:
    view = account_views.LoginView.as_view(extra_context={"sign_in_providers": sign_in_buttons(request)})
    return _with_refusal(view(request), request)


@signed_in("GET", "POST")
def reauthenticate(request: HttpRequest) -> HttpResponseBase:
    return _with_refusal(account_views.reauthenticate(request), request)


def _with_refusal(response: HttpResponseBase, request: HttpRequest) -> HttpResponseBase:
    seconds = getattr(request, "refused_for", 0)
    if seconds:
        response.status_code = TOO_MANY_REQUESTS
        response["Retry-After"] = str(seconds)
    return response


@public("POST")
def logout(request: HttpRequest) -> HttpResponseBase:
    """Signs out, and clears the data of the site in the browser, which may be shared."""
    response = account_views.logout(request)
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@signed_in("GET")
def start(request: HttpRequest) -> HttpResponse:
    context = {"participations": participations(request.user, at=timezone.now()), "section": "reports"}
    return render(request, "account/start.html", context)


@signed_in("GET")
def security(request: HttpRequest) -> HttpResponse:
    """Page with the password, address, second factors, sessions and tokens of the own account."""
    user: Any = request.user
    authenticators = Authenticator.objects.filter(user=user).order_by("created_at")
    codes = authenticators.filter(type=Authenticator.Type.RECOVERY_CODES).first()
    context = {
        "apps": authenticators.filter(type=Authenticator.Type.TOTP),
        "passkeys": authenticators.filter(type=Authenticator.Type.WEBAUTHN),
        "unused_codes": len(codes.wrap().get_unused_codes()) if codes else None,
        "must_have": must_have_second_factor(user),
        "has_factor": has_second_factor(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "section": "account",
    }
    return render(request, "account/security.html", context)


@signed_in("GET", "POST")
def sessions(request: HttpRequest) -> HttpResponse:
    """Lists the sessions of the person. POST ends one session, or all others."""
    own_sessions = UserSession.objects.filter(user=request.user)
    if request.method == "POST":
        choice = request.POST.get("session", "")
        if choice.isdecimal() and len(choice) <= MAX_DIGITS:
            for session in own_sessions.filter(pk=choice).exclude(session_key=request.session.session_key):
                session.end()
            messages.success(request, _("That session is ended."))
        elif choice == "others":
            end_sessions(request.user, except_key=request.session.session_key)
            messages.success(request, _("All other sessions are ended."))
        return redirect("account:sessions")
    active_sessions = sorted(
        UserSession.objects.purge_and_list(request.user),
        key=lambda session: session.last_seen_at,
        reverse=True,
    )
    return render(request, "account/sessions.html", {"sessions": active_sessions, "section": "account"})
