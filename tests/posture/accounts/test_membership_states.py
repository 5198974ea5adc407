"""Tests each action in each state of a membership, through the page of the owner: a table written by hand."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from surveys.database.row_locks import ConcurrentChange
from surveys.models import AccountInvitation, Job, Membership, Organization
from surveys.people import memberships
from surveys.people.account_invitations import AccountInvitationUnusable, accept
from surveys.people.membership_states import REFUSAL_REASONS, TRANSITIONS
from surveys.people.memberships import AlreadyMember, invite_member
from tests.support.builders import make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

# Action, state before, state afterwards, mails.
CELLS = [
    ("resend", "pending", "pending", 1),
    ("resend", "active", "active", 0),
    ("resend", "suspended", "suspended", 0),
    ("suspend", "pending", "pending", 0),
    ("suspend", "active", "suspended", 0),
    ("suspend", "suspended", "suspended", 0),
    ("resume", "pending", "pending", 0),
    ("resume", "active", "active", 0),
    ("resume", "suspended", "active", 0),
    ("role", "pending", "pending", 0),
    ("role", "active", "active", 0),
    ("role", "suspended", "suspended", 0),
    ("remove", "pending", None, 0),
    ("remove", "active", None, 0),
    ("remove", "suspended", None, 0),
]
CHANGES = {("resend", "pending"), ("suspend", "active"), ("resume", "suspended")}


@pytest.fixture
def acme() -> Organization:
    return make_organization()


@pytest.fixture
def owner(acme: Organization) -> Client:
    client = Client()
    client.force_login(make_user("owner", organization=acme, role="owner"))
    return client


def member(acme: Organization, status: str) -> Membership:
    user = make_user("somebody", organization=acme)
    Membership.objects.filter(user=user).update(status=status)
    return Membership.objects.get(user=user)


@pytest.mark.parametrize(("verb", "before", "afterwards", "mails"), CELLS)
def test_what_a_verb_makes_of_a_state(
    verb: str, before: str, afterwards: str | None, mails: int, acme: Organization, owner: Client
) -> None:
    one, waiting = member(acme, before), Job.objects.count()
    given = {"action": verb, "role": "coordinator"}
    page = owner.post(f"/organizations/acme/people/{one.pk}/", given, follow=True).content.decode()
    found = Membership.objects.filter(pk=one.pk).first()
    assert (found.status if found else None) == afterwards
    assert Job.objects.count() - waiting == mails
    is_told = any(words in page for words in ("not accepted yet", "a member already", "is suspended"))
    assert is_told is (verb not in ("role", "remove") and (verb, before) not in CHANGES)


def test_every_cell_of_the_table_moves_or_says_why_not() -> None:
    cells = {(verb, state) for verb in TRANSITIONS for state in Membership.Status.values}
    moved = {(verb, state) for verb, states in TRANSITIONS.items() for state in states}
    assert moved | REFUSAL_REASONS.keys() == cells
    assert not moved & REFUSAL_REASONS.keys()


def test_nobody_comes_in_by_being_suspended_and_let_in_again(acme: Organization, owner: Client) -> None:
    """A viewer of another organisation who is invited as an owner stays out, keeps the own report, and may still
    accept."""
    other = make_organization("initech")
    viewer = make_user("viewer", organization=other)
    inviter = Membership.objects.get(organization=acme).user
    one = invite_member(acme, address=viewer.email, role="owner", by=inviter, at=timezone.now())
    for action in ("suspend", "resume"):
        owner.post(f"/organizations/acme/people/{one.pk}/", {"action": action})
    one.refresh_from_db()
    assert one.status == "pending"
    own = Client()
    own.force_login(viewer)
    assert own.get("/account/").status_code == 200, "no second factor is asked of a viewer"
    assert [found.organization for found in memberships.memberships_of(viewer)] == [other]


def test_a_removed_or_suspended_member_does_not_come_in_by_an_old_link(acme: Organization) -> None:
    by = make_user("owner", organization=acme, role="owner")
    one = invite_member(acme, address="new@people.example", role="viewer", by=by, at=timezone.now())
    welcome = AccountInvitation.objects.get(membership=one)
    Membership.objects.filter(pk=one.pk).update(status="suspended")
    with pytest.raises(AccountInvitationUnusable):
        accept(welcome, password="a long enough password", at=timezone.now())
    memberships.remove_member(one, by=by, at=timezone.now())
    with pytest.raises(ConcurrentChange):
        memberships.suspend_member(one, by=by, at=timezone.now())


def test_an_invitation_of_who_accepted_meanwhile_is_refused(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulates waiting for the accepting request: the state is read after the lock."""
    by = make_user("owner", organization=acme, role="owner")
    one = invite_member(acme, address="new@people.example", role="owner", by=by, at=timezone.now())
    lock = memberships.lock

    def accept_meanwhile(row: Membership) -> None:
        Membership.objects.filter(pk=one.pk).update(status="active")
        lock(row)

    monkeypatch.setattr(memberships, "lock", accept_meanwhile)
    with pytest.raises(AlreadyMember):
        invite_member(acme, address="new@people.example", role="viewer", by=by, at=timezone.now())


def test_who_was_suspended_meanwhile_does_not_come_in(acme: Organization) -> None:
    by = make_user("owner", organization=acme, role="owner")
    one = invite_member(acme, address="new@people.example", role="viewer", by=by, at=timezone.now())
    welcome = AccountInvitation.objects.select_related("user").get(membership=one)
    get_user_model().objects.filter(pk=one.user_id).update(is_active=False)
    with pytest.raises(AccountInvitationUnusable):
        accept(welcome, password="a long enough password", at=timezone.now())
    one.refresh_from_db()
    assert (one.status, one.user.has_usable_password()) == ("pending", False)
    assert AccountInvitation.objects.get(pk=welcome.pk).used_at is None
