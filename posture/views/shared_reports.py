"""Share links of organisation reports: the page of owners, and the page that a link opens."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.reports.organization import organization_report
from posture.reports.organization_actions import organization_actions
from surveys.audit import security_events
from surveys.fieldwork.queries import Participation, participation_of, participations_of
from surveys.mail.emails import NoBaseUrl, absolute_url
from surveys.people import share_links
from surveys.people.share_links import LinkGone, WrongPassphrase
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network
from surveys.tenancy.organization_scope import organization_scope
from surveys.web.access import member, public, requires_reauthentication
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.costly_requests import costly

if TYPE_CHECKING:
    from surveys.models import ShareLink

SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 12, 128
USUAL_DAYS = 30
NOT_FOUND, UNPROCESSABLE = 404, 422
BAD_LINKS = limits.Rate(20, 60)
COPIES_OF_WATERMARK = range(12)


def shared_report_url(token: str) -> str:
    """Returns the complete address of a share link. Raises NoBaseUrl."""
    return absolute_url(reverse("posture:shared-report", args=[token]))


class ShareLinkForm(forms.Form):
    wave = forms.ChoiceField(label=lazy("Report"))
    label = forms.CharField(
        label=lazy("Label"),
        max_length=60,
        help_text=lazy("Printed across the shared report, for example the name of the reader."),
    )
    last_day = forms.DateField(
        label=lazy("Last day"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=lazy("The link ends at the end of this day, UTC. At most 90 days from today."),
    )
    passphrase = forms.CharField(
        label=lazy("Passphrase (optional)"),
        required=False,
        strip=False,
        min_length=SHORTEST_PASSPHRASE,
        max_length=LONGEST_PASSPHRASE,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=lazy("At least 12 characters. Send it by another way than the link."),
    )

    def __init__(self, *args: Any, participations: list[Participation], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.waves = {participation.wave.slug: participation.wave for participation in participations}
        self.fields["wave"].choices = [  # type: ignore[attr-defined]
            (slug, wave.title) for slug, wave in self.waves.items()
        ]
        today, last = now.date(), (now + share_links.LONGEST).date()
        self.fields["last_day"].initial = today + timedelta(days=USUAL_DAYS)
        self.fields["last_day"].widget.attrs |= {"min": today.isoformat(), "max": last.isoformat()}

    def clean_last_day(self) -> datetime:
        """Returns the moment when the link ends: the end of the day, but no later than 90 days from now."""
        day, latest = self.cleaned_data["last_day"], self.now + share_links.LONGEST
        if not self.now.date() <= day <= latest.date():
            raise ValidationError(_("Enter a day between today and 90 days from today."))
        return min(datetime.combine(day, time.max, UTC), latest)


@member("GET", "POST", role="owner")
@requires_reauthentication
def links(request: AnnotatedRequest, slug: str) -> HttpResponse:
    """Lists the links. POST makes one; only the response to this POST contains its address."""
    now, organization, url = timezone.now(), request.organization, ""
    readable = [
        participation for participation in participations_of(organization, at=now) if participation.may_read
    ]
    known: dict[str, Any] = {"participations": readable, "now": now}
    form = ShareLinkForm(request.POST or None, **known)
    if request.method == "POST" and form.is_valid():
        try:
            url = _made(request, form, now)
            form = ShareLinkForm(**known)
        except NoBaseUrl as refused:
            form.add_error(None, str(refused))
    context = {
        "organization": organization,
        "links": share_links.listed_links(organization, at=now),
        "can_share": bool(readable),
        "form": form,
        "url": url,
        "section": "account",
    }
    return render(request, "posture/share_links.html", context, status=UNPROCESSABLE if form.errors else 200)


def _made(request: AnnotatedRequest, form: ShareLinkForm, now: datetime) -> str:
    """Makes a link. Returns its address. Raises NoBaseUrl before anything is written."""
    absolute_url("")
    _, token = share_links.make_share_link(
        request.organization,
        wave=form.waves[form.cleaned_data["wave"]],
        label=form.cleaned_data["label"],
        expires_at=form.cleaned_data["last_day"],
        passphrase=form.cleaned_data["passphrase"],
        by=request.user,
        at=now,
    )
    return shared_report_url(token)


@member("POST", role="owner")
def revoke(request: AnnotatedRequest, slug: str, pk: int) -> HttpResponse:
    link = get_object_or_404(share_links.links_of(request.organization), pk=pk)
    if share_links.revoke_share_link(link, by=request.user, at=timezone.now()):
        messages.success(request, _("The link is revoked. It no longer opens the report."))
    return redirect("posture:share-links", slug)


class PassphraseForm(forms.Form):
    passphrase = forms.CharField(
        label=lazy("Passphrase"),
        strip=False,
        max_length=LONGEST_PASSPHRASE,
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )


@public("GET", "POST")
@costly("GET", "HEAD", "POST")
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the report of a link, or asks for its passphrase first. POST carries the passphrase; no cookie remembers
    it. A link that opens nothing answers always with the same page."""
    now = timezone.now()
    try:
        link = share_links.share_link_for(token, at=now)
        with organization_scope(link.organization_id):
            form = _passphrase_form(request, link, now)
            return _report(request, link, now) if form is None else _passphrase_page(request, form)
    except LinkGone:
        security_events.record("bad link", at=now)
        limits.enforce("bad link", client_network(request), rate=BAD_LINKS, at=now)
        return render(request, "posture/shared_report_gone.html", status=NOT_FOUND)


def _passphrase_form(request: HttpRequest, link: ShareLink, now: datetime) -> PassphraseForm | None:
    """Returns the form that asks for the passphrase; None if the link has none or the right one was sent."""
    if not link.passphrase_hash:
        return None
    form = PassphraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            share_links.check_passphrase(
                link, form.cleaned_data["passphrase"], network=client_network(request), at=now
            )
        except WrongPassphrase:
            form.add_error("passphrase", _("This is not the passphrase of this link."))
        else:
            return None
    return form


def _passphrase_page(request: HttpRequest, form: PassphraseForm) -> HttpResponse:
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "posture/shared_report_locked.html", {"form": form}, status=status)


def _report(request: HttpRequest, link: ShareLink, now: datetime) -> HttpResponse:
    """Renders the report and counts the opening. Raises LinkGone if the report cannot be read, for example because
    the respondents withdrew."""
    participation = participation_of(link.organization, link.wave.slug, at=now)
    report = organization_report(participation, at=now) if participation and participation.may_read else None
    if report is None:
        share_links.note_refusal(link, "no report", at=now)
        raise LinkGone
    context = {
        "link": link,
        "participation": participation,
        "report": report,
        "actions": organization_actions(report),
        "copies": COPIES_OF_WATERMARK,
    }
    response = render(request, "posture/shared_report.html", context)
    if request.method != "HEAD" and not share_links.note_opening(link, at=now):
        raise LinkGone
    return response
