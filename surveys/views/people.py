"""Pages for the members of an organisation, for its owners, and for account invitations."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from surveys.mail.emails import NoBaseUrl
from surveys.models import Membership, Organization
from surveys.people import memberships
from surveys.people.account_invitations import AccountInvitationUnusable, accept, account_invitation_for
from surveys.people.membership_states import MembershipError
from surveys.people.memberships import UnknownRole
from surveys.web.access import member, public, requires_reauthentication
from surveys.web.annotated_request import AnnotatedRequest
from surveys.web.people_forms import FirstPasswordForm, MemberForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNPROCESSABLE = 422


@member("GET", "POST", role="owner")
@requires_reauthentication
def people(request: AnnotatedRequest, slug: str) -> HttpResponse:
    organization: Organization = request.organization
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            memberships.invite_member(organization, **form.cleaned_data, by=request.user, at=timezone.now())
        except (MembershipError, NoBaseUrl) as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, _("Invited. The mail holds a link that works once, for seven days."))
            return redirect("surveys:people", slug)
    context = {
        "organization": organization,
        "members": memberships.members_of(organization),
        "roles": Membership.Role.choices,
        "form": form,
        "section": "people",
    }
    return render(request, "surveys/people.html", context)


def _change_role(membership: Membership, request: HttpRequest, **by: Any) -> None:
    role = request.POST.get("role", "")
    if role not in Membership.Role.values:
        raise UnknownRole
    memberships.change_role(membership, role=role, **by)


ACTIONS: dict[str, tuple[Callable[..., None], "StrOrPromise"]] = {
    "role": (_change_role, lazy("The role is changed.")),
    "suspend": (
        lambda membership, _, **by: memberships.suspend_member(membership, **by),
        lazy("Suspended, at once."),
    ),
    "resume": (
        lambda membership, _, **by: memberships.resume_member(membership, **by),
        lazy("Reactivated."),
    ),
    "remove": (
        lambda membership, _, **by: memberships.remove_member(membership, **by),
        lazy("Removed, at once."),
    ),
    "resend": (
        lambda membership, _, **by: memberships.resend_invitation(membership, **by),
        lazy("A new link is on its way; the old one no longer works."),
    ),
}


@member("POST", role="owner")
@requires_reauthentication
def change_member(request: AnnotatedRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_object_or_404(memberships.members_of(request.organization), pk=pk)
    action, message = ACTIONS.get(request.POST.get("action", ""), (None, ""))
    if action is None:
        return HttpResponse(_("Unknown action."), status=UNPROCESSABLE, content_type="text/plain")
    try:
        action(membership, request, by=request.user, at=timezone.now())
        messages.success(request, message)
    except (MembershipError, NoBaseUrl) as error:
        messages.error(request, str(error))
    return redirect("surveys:people", slug)


@public("GET", "POST")
def account_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accepts an account invitation. GET changes nothing, because mail scanners follow links."""
    response = _account_invitation_page(request, token)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _account_invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = account_invitation_for(token, at=timezone.now())
    except AccountInvitationUnusable:
        return render(request, "surveys/welcome_gone.html", status=410)
    needs_password = not invitation.user.has_usable_password()
    form = FirstPasswordForm(request.POST or None, user=invitation.user) if needs_password else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            accept(invitation, password=form.cleaned_data["password"] if form else "", at=timezone.now())
        except AccountInvitationUnusable:
            return render(request, "surveys/welcome_gone.html", status=410)
        messages.success(request, _("Your account is ready. Sign in with your address and password."))
        return redirect("account_login")
    organization = invitation.membership.organization if invitation.membership else None
    context = {"invitation": invitation, "organization": organization, "form": form}
    return render(request, "surveys/welcome.html", context)
