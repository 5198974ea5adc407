"""Studio pages for fieldwork: waves, their returns, invitations, and closing a wave."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.audit.trail import note
from surveys.fieldwork import invitations, queries
from surveys.fieldwork.errors import FieldworkError, InvitationUnusable
from surveys.fieldwork.waves import close_wave, hold_wave, open_wave, state_wave
from surveys.mail import emails
from surveys.models import Invitation, Wave
from surveys.people.organizations import create_organization
from surveys.rate_limits import limits
from surveys.web.access import analyst
from surveys.web.studio_forms import InvitationForm, OrganizationForm, WaveForm, WaveStatementForm

INVITATIONS_PER_PAGE = 30
INVITATIONS = limits.Rate(200, 3600)


@analyst("GET", "POST")
def waves(request: HttpRequest) -> HttpResponse:
    form = WaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            wave = open_wave(**form.cleaned_data)
            note("set up a wave", by=request.user, about=wave.slug, at=timezone.now())
        messages.success(request, _("{wave} is set up. Now invite organisations.").format(wave=wave))
        return redirect("surveys:wave", wave.slug)
    status = 422 if form.errors else 200
    context = {"waves": queries.waves(), "form": form, "section": "studio"}
    return render(request, "surveys/waves.html", context, status=status)


@analyst("GET")
def wave(request: HttpRequest, slug: str) -> HttpResponse:
    return _wave_page(request, _wave(slug), InvitationForm(_wave(slug)), OrganizationForm())


@analyst("POST")
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Invites an informant. The link is shown once, for installations that send no mail."""
    wave = _wave(slug)
    form = InvitationForm(wave, request.POST)
    if not form.is_valid():
        return _wave_page(request, wave, form, OrganizationForm(), status=422)
    organization = form.cleaned_data["organization"]
    limits.enforce("invitations", organization.pk, rate=INVITATIONS, at=timezone.now())
    try:
        invitation, token = invitations.invite(
            wave=wave, by=request.user, at=timezone.now(), by_mail=True, **form.cleaned_data
        )
    except (FieldworkError, emails.NoBaseUrl) as error:
        form.add_error(None, str(error))
        return _wave_page(request, wave, form, OrganizationForm(), status=422)
    informant = f"{invitation.organization}, {invitation.role_label}"
    link = emails.invitation_url(token)
    messages.success(
        request,
        _("{who}, is invited: the mail will be sent. Link, shown only now: {link}").format(
            who=informant, link=link
        ),
    )
    return redirect("surveys:wave", slug)


@analyst("POST")
def add_organization(request: HttpRequest, slug: str) -> HttpResponse:
    form = OrganizationForm(request.POST)
    wave = _wave(slug)
    if not form.is_valid():
        return _wave_page(request, wave, InvitationForm(wave), form, status=422)
    with transaction.atomic():
        organization = create_organization(**form.cleaned_data)
        note("entered the organisation", organization=organization, by=request.user, at=timezone.now())
    messages.success(request, _("{organization} can now be invited.").format(organization=organization))
    return redirect("surveys:wave", slug)


@analyst("POST")
def revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk, wave__slug=slug, revoked_at=None)
    invitations.revoke(invitation, by=request.user, at=timezone.now())
    messages.success(
        request, _("The invitation of {invitation} no longer works.").format(invitation=invitation)
    )
    return redirect("surveys:wave", slug)


@analyst("POST")
def resend(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Mails a new link, and shows it once as well. The old link becomes invalid."""
    invitation = get_object_or_404(Invitation, pk=pk, wave__slug=slug, revoked_at=None)
    limits.enforce("invitations", invitation.organization_id, rate=INVITATIONS, at=timezone.now())
    try:
        token = invitations.resend(invitation, by=request.user, at=timezone.now(), by_mail=True)
    except (InvitationUnusable, emails.NoBaseUrl) as error:
        messages.error(
            request,
            str(error) or _("The invitation of {invitation} has expired.").format(invitation=invitation),
        )
        return redirect("surveys:wave", slug)
    link = emails.invitation_url(token)
    messages.success(
        request,
        _(
            "{invitation} has a new link, and the old one ended. The mail will be sent. Shown only "
            "now: {link}"
        ).format(invitation=invitation, link=link),
    )
    return redirect("surveys:wave", slug)


@analyst("POST")
def close(request: HttpRequest, slug: str) -> HttpResponse:
    wave = _wave(slug)
    close_wave(wave, by=request.user, at=timezone.now())
    messages.success(request, _("{wave} is closed. Nobody can answer any more.").format(wave=wave))
    return redirect("surveys:wave", slug)


@analyst("POST")
def hold(request: HttpRequest, slug: str) -> HttpResponse:
    wave = _wave(slug)
    is_on_hold = "on" in request.POST
    hold_wave(wave, is_on_hold=is_on_hold, by=request.user, at=timezone.now())
    text = (
        _("{wave} is on hold: retention removes none of its data.")
        if is_on_hold
        else _("{wave} is no longer on hold.")
    )
    messages.success(request, text.format(wave=wave))
    return redirect("surveys:wave", slug)


@analyst("GET", "POST")
def statement(request: HttpRequest, slug: str) -> HttpResponse:
    wave = _wave(slug)
    form = WaveStatementForm(request.POST if request.method == "POST" else None, instance=_wave(slug))
    if request.method == "POST" and form.is_valid():
        state_wave(wave, form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("Saved. The next release of this wave will say so."))
        return redirect("surveys:wave", slug)
    context = {"wave": wave, "form": form, "section": "studio"}
    return render(request, "surveys/wave_statement.html", context, status=422 if form.errors else 200)


def _wave(slug: str) -> Wave:
    return get_object_or_404(Wave.objects.select_related("questionnaire"), slug=slug)


def _wave_page(
    request: HttpRequest,
    wave: Wave,
    form: InvitationForm,
    organization_form: OrganizationForm,
    status: int = 200,
) -> HttpResponse:
    organization_filter = request.GET.get("organization", "").strip()
    rows = queries.invitations_of(wave, organization=organization_filter)
    page = Paginator(rows, INVITATIONS_PER_PAGE).get_page(request.GET.get("page"))
    mails = emails.mail_states(page)
    context = {
        "wave": wave,
        "is_open": wave.is_open(timezone.now()),
        "returns": queries.returns_by_role(wave),
        "page": page,
        "lines": [(invitation, mails.get(invitation.pk, "")) for invitation in page],
        "wanted": organization_filter,
        "form": form,
        "organization_form": organization_form,
        "section": "studio",
    }
    return render(request, "surveys/wave.html", context, status=status)
