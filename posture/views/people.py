"""Account administration for admins, and the setup page for the first admin."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from posture.accounts import first_run
from posture.accounts import people as accounts
from surveys.mail.emails import NoBaseUrl
from surveys.rate_limits import limits
from surveys.rate_limits.client_address import client_network
from surveys.web.access import admin, public, requires_reauthentication
from surveys.web.people_forms import FirstPasswordForm

UNPROCESSABLE = 422
CODE_TRIES = limits.BackoffRate(5, 15 * 60, first=15, longest=120)


class PersonForm(forms.Form):
    address = forms.EmailField(label=lazy("E-mail"), max_length=150)
    is_admin = forms.BooleanField(label=lazy("Looks after the installation too (admin)"), required=False)


@admin("GET", "POST")
@requires_reauthentication
def people(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.invite_person(
                form.cleaned_data["address"],
                is_admin=form.cleaned_data["is_admin"],
                by=request.user,
                at=timezone.now(),
            )
        except NoBaseUrl as error:
            form.add_error("address", str(error))
        else:
            messages.success(
                request,
                _("Done. A person without an account gets an e-mail with a link that works for seven days."),
            )
            return redirect("posture:people")
    context = {"people": accounts.all_people(), "form": form, "section": "studio"}
    return render(request, "posture/people.html", context)


def _rights(is_staff: bool, is_superuser: bool) -> Any:
    return lambda person, **options: accounts.change_rights(
        person, is_staff=is_staff, is_superuser=is_superuser, **options
    )


ACTIONS = {
    "analyst": (_rights(True, False), lazy("Runs surveys from now on.")),
    "admin": (_rights(True, True), lazy("Looks after the installation from now on.")),
    "none": (_rights(False, False), lazy("Has no rights of the installation any more.")),
    "suspend": (accounts.suspend_person, lazy("Suspended. All sessions and tokens have ended.")),
    "resume": (accounts.resume_person, lazy("Can sign in again.")),
    "reset": (
        accounts.reset_second_factors,
        lazy("The second factor is removed. All sessions and tokens have ended."),
    ),
    "resend": (accounts.resend_welcome, lazy("A new link was sent.")),
}


@admin("POST")
@requires_reauthentication
def change_person(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(accounts.all_people(), pk=pk)
    action, message = ACTIONS.get(request.POST.get("action", ""), (None, ""))
    if action is None:
        return HttpResponse(_("Unknown action."), status=UNPROCESSABLE, content_type="text/plain")
    try:
        action(person, by=request.user, at=timezone.now())
        messages.success(request, message)
    except (accounts.LastAdmin, NoBaseUrl) as error:
        messages.error(request, str(error))
    return redirect("posture:people")


class SetupForm(FirstPasswordForm):
    code = forms.CharField(
        label=lazy("Setup code"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    address = forms.EmailField(
        label=lazy("E-mail"), max_length=150, widget=forms.EmailInput({"autocomplete": "username"})
    )
    field_order = ["code", "address", "password", "again"]


@public("GET", "POST")
def first_admin(request: HttpRequest) -> HttpResponse:
    """Creates the first admin. The page responds with 404 as soon as an admin exists."""
    if first_run.has_admin():
        raise Http404
    now, form = timezone.now(), SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if not limits.allow("setup code", client_network(request), rate=CODE_TRIES, at=now):
            form.add_error("code", _("Too many attempts. Wait a minute."))
        else:
            try:
                first_run.create_first_admin(
                    data["code"], address=data["address"], password=data["password"], at=now
                )
                messages.success(request, _("You are the admin. Sign in; then you set up a second factor."))
                return redirect("account_login")
            except first_run.SetupRefused:
                form.add_error(
                    "code", _("This is not the code that was given out last, or it is older than 30 minutes.")
                )
    return render(request, "posture/first_admin.html", {"form": form})
