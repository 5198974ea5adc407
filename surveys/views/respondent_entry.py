"""Views from the mailed link to a session: a neutral page, the exchange of the link, and the mailed code."""

import uuid
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.audit import security_events
from surveys.fieldwork import respondent_sessions
from surveys.fieldwork.errors import InvitationUnusable, WaveClosed
from surveys.fieldwork.invitations import invitation_for
from surveys.models import Invitation, RespondentSession
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network
from surveys.tenancy.organization_scope import across_organizations, organization_scope
from surveys.web.access import public, respondent, respondent_session, set_session_cookie
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.item_forms import CodeForm

BAD_LINKS = limits.Rate(20, 60)


@public("GET", "POST")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows an explanation on GET without names, because mail scanners follow links; POST starts the session."""
    try:
        with across_organizations():
            invitation = invitation_for(token, at=timezone.now())
        if request.method == "POST":
            with organization_scope(invitation.organization_id):
                return _exchange_link(request, invitation)
    except InvitationUnusable:
        now = timezone.now()
        security_events.record("bad link", at=now)
        limits.enforce("bad link", client_network(request), rate=BAD_LINKS, at=now)
        return render(request, "surveys/gone.html", status=404)
    except WaveClosed:
        return render(request, "surveys/closed.html", {"wave": invitation.wave}, status=410)
    context = {
        "wave": invitation.wave,
        "until": invitation.expires_at,
        "questionnaire": invitation.wave.questionnaire.definition,
    }
    return render(request, "surveys/invitation.html", context)


def _exchange_link(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    find_earlier_session = partial(respondent_session, request)
    session, secret = respondent_sessions.exchange_link(
        invitation, find_earlier_session=find_earlier_session, at=timezone.now()
    )
    url_name, public_id = (
        "surveys:overview" if session.confirmed_at else "surveys:code",
        session.response.public_id,
    )
    return set_session_cookie(redirect(url_name, public_id), public_id, secret)


@respondent("GET", "POST", confirmed=False)
def code(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    session: RespondentSession = request.respondent
    if session.confirmed_at is not None:
        return redirect("surveys:overview", public_id)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            secret = respondent_sessions.confirm_session(
                session, form.cleaned_data["code"], at=timezone.now()
            )
            return set_session_cookie(redirect("surveys:overview", public_id), public_id, secret)
        except respondent_sessions.WrongCode:
            security_events.record("code refused", at=timezone.now())
            form.add_error("code", _("This is not the code that was sent."))
        except respondent_sessions.CodeUnusable:
            form.add_error(
                None,
                _("This code no longer works: it was tried too often, or is too old. Ask for a new one."),
            )
    return _code_page(request, session, form, status=422 if form.errors else 200)


@respondent("POST", confirmed=False)
def send_code(request: AnnotatedRequest, public_id: uuid.UUID) -> HttpResponse:
    session: RespondentSession = request.respondent
    if session.confirmed_at is None and not respondent_sessions.send_code(session, at=timezone.now()):
        form = CodeForm()
        response = _code_page(request, session, form, too_many=True, status=429)
        response["Retry-After"] = str(int(respondent_sessions.CODES_PERIOD.total_seconds()))
        return response
    return redirect("surveys:code", public_id)


def _code_page(
    request: HttpRequest,
    session: RespondentSession,
    form: CodeForm,
    *,
    too_many: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "public_id": session.response.public_id,
        "form": form,
        "too_many": too_many,
        "is_awaited": respondent_sessions.code_is_awaited(session, at=timezone.now()),
        "minutes": int(respondent_sessions.CODES_PERIOD.total_seconds() // 60),
    }
    return render(request, "surveys/code.html", context, status=status)
