"""Tests share links of organisation reports: making, opening and revoking one, and each reason for which one opens
nothing."""

import re
from datetime import UTC, datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from posture.charts import number_text
from posture.operations.log_lines import redact
from surveys.models import AuditEntry, Membership, Organization, ShareLink, Wave
from surveys.people import share_links
from surveys.people.memberships import change_role, remove_member, resume_member, suspend_member
from surveys.rate_limits.limits import Rate
from surveys.retention import erasure, retention_rules
from tests.access.world import sign_in
from tests.support.builders import NOW, chose, make_organization, make_response, make_user, make_wave, percent
from tests.support.response_comparison import content_without_random_values

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

LABEL = "Board of Globex"
PASSPHRASE = "a heron in the reeds"
MEMBERS_ONLY = ("/organizations/", "/studio/", "/account/", "/respond/")


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.BASE_URL = "https://posture.example"


@pytest.fixture
def acme() -> Organization:
    return make_organization()


@pytest.fixture
def wave(acme: Organization) -> Wave:
    wave = make_wave()
    make_response(wave, acme, "executive", {"A-C": percent(90), "I-C": chose("no")}, submit=True)
    make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(37)}, submit=True)
    return wave


@pytest.fixture
def owner(acme: Organization) -> Any:
    make_user("second", organization=acme, role="owner")
    return make_user("owner", organization=acme, role="owner")


def make_link(wave: Wave, owner: Any, **given: Any) -> tuple[ShareLink, str]:
    organization = owner.memberships.get().organization
    known: dict[str, Any] = {"label": LABEL, "expires_at": timezone.now() + timedelta(days=30)}
    return share_links.make_share_link(
        organization, wave=wave, **(known | given), by=owner, at=timezone.now() - timedelta(minutes=1)
    )


def opened(token: str, passphrase: str | None = None, **headers: str) -> Any:
    client = Client()
    if passphrase is None:
        return client.get(f"/shared/{token}/", **headers)
    return client.post(f"/shared/{token}/", {"passphrase": passphrase}, **headers)


def signed_in(person: Any) -> Client:
    client = Client()
    sign_in(client, person)
    return client


def is_gone(answer: Any) -> bool:
    """Compares an answer with that to a token that never existed."""
    unknown = opened("0" * 43)
    same_page = content_without_random_values(answer) == content_without_random_values(unknown)
    return same_page and answer.status_code == unknown.status_code == 404


def shown(number: int) -> str:
    return number_text.percent(number)


def actions(**about: str) -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(action__endswith="share link", **about).order_by("pk")
    return [(entry.action, entry.actor, entry.about.partition(", ")[2]) for entry in entries]


def test_an_owner_makes_a_link_and_sees_its_address_once(acme: Organization, wave: Wave, owner: Any) -> None:
    client, day = signed_in(owner), timezone.now().date() + timedelta(days=7)
    sent = {"wave": wave.slug, "label": LABEL, "last_day": day.isoformat(), "passphrase": ""}
    page = client.post(f"/organizations/{acme.slug}/shared/", sent).content.decode()
    link = ShareLink.objects.get()
    address = re.findall(r"https://posture\.example(/shared/[\w-]{43}/)", page)
    assert len(address) == 1
    assert (link.label, link.created_by, link.organization, link.wave) == (LABEL, owner, acme, wave)
    assert link.expires_at == datetime.combine(day, time.max, UTC)
    assert Client().get(address[0]).status_code == 200
    token = address[0].split("/")[2]
    assert token not in "".join(str(value) for value in ShareLink.objects.values_list().get())
    again = client.get(f"/organizations/{acme.slug}/shared/").content.decode()
    assert token not in again
    assert "Opened 1 time" in again
    assert actions() == [
        ("made a share link", f"person {owner.pk}", "wave"),
        ("opened a share link", "reader of a share link", "wave"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("last_day", ""),
        ("last_day", (NOW - timedelta(days=2)).date().isoformat()),
        ("last_day", (NOW + timedelta(days=92)).date().isoformat()),
        ("label", ""),
        ("label", "x" * 61),
        ("wave", "another-wave"),
        ("passphrase", "short"),
    ],
)
def test_a_wrong_form_makes_no_link(
    acme: Organization, wave: Wave, owner: Any, field: str, value: str
) -> None:
    day = (timezone.now() + timedelta(days=7)).date().isoformat()
    sent = {"wave": wave.slug, "label": LABEL, "last_day": day, "passphrase": PASSPHRASE, field: value}
    assert signed_in(owner).post(f"/organizations/{acme.slug}/shared/", sent).status_code == 422
    assert not ShareLink.objects.exists()


def test_a_link_lasts_ninety_days_at_most(wave: Wave, owner: Any) -> None:
    acme, day = owner.memberships.get().organization, timedelta(days=1)
    known: dict[str, Any] = {"wave": wave, "label": LABEL, "by": owner, "at": NOW}
    share_links.make_share_link(acme, **known, expires_at=NOW + 90 * day)
    with pytest.raises(share_links.LastsTooLong):
        share_links.make_share_link(acme, **known, expires_at=NOW + 90 * day + timedelta(microseconds=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        share_links.make_share_link(acme, **known, expires_at=NOW)


def test_without_a_base_url_no_link_is_made(
    acme: Organization, wave: Wave, owner: Any, settings: Any
) -> None:
    settings.BASE_URL = ""
    day = (timezone.now() + timedelta(days=7)).date().isoformat()
    sent = {"wave": wave.slug, "label": LABEL, "last_day": day}
    assert signed_in(owner).post(f"/organizations/{acme.slug}/shared/", sent).status_code == 422
    assert not ShareLink.objects.exists()


def test_a_report_that_cannot_be_read_yet_cannot_be_shared(acme: Organization, owner: Any) -> None:
    wave = make_wave(slug="begun")
    make_response(wave, acme, "executive", {"A-C": percent(90)})
    client, day = signed_in(owner), (timezone.now() + timedelta(days=7)).date().isoformat()
    page = client.get(f"/organizations/{acme.slug}/shared/").content.decode()
    assert "no report yet that can be read" in page
    sent = {"wave": wave.slug, "label": LABEL, "last_day": day}
    assert client.post(f"/organizations/{acme.slug}/shared/", sent).status_code == 422


@pytest.mark.parametrize("role", ["viewer", "coordinator"])
def test_only_owners_see_and_change_links(acme: Organization, wave: Wave, owner: Any, role: str) -> None:
    link, _ = make_link(wave, owner)
    other = make_organization("initech")
    for person in (
        make_user(role, organization=acme, role=role),
        make_user("stranger", organization=other, role="owner"),
    ):
        client = signed_in(person)
        assert client.get(f"/organizations/{acme.slug}/shared/").status_code == 404
        assert client.post(f"/organizations/{acme.slug}/shared/{link.pk}/revoke/").status_code == 404
    foreign = signed_in(get_user_model().objects.get(email="stranger@people.example"))
    assert foreign.post(f"/organizations/{other.slug}/shared/{link.pk}/revoke/").status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None


def test_the_shared_page_is_the_report_and_nothing_more(acme: Organization, wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner)
    answer = opened(token)
    page = answer.content.decode()
    assert shown(37) in page
    assert page.count(f'data-label="{LABEL}"') > 1
    assert f"Shared copy: {LABEL}." in page
    assert '<meta name="robots" content="noindex">' in page
    links = {unescape(link) for link in re.findall(r'(?:href|action)="([^"]*)"', page)}
    assert [link for link in links if link.startswith(MEMBERS_ONLY)] == []
    assert acme.slug not in " ".join(links)
    assert not re.search(r"<form|csv", page)
    for link in links:
        if link.startswith("/") and not link.startswith("/static/"):
            assert Client().get(link).status_code == 200, link
    assert not answer.cookies


def test_an_owner_who_opens_a_link_sees_what_every_reader_sees(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner)
    answer = signed_in(owner).get(f"/shared/{token}/")
    assert content_without_random_values(answer) == content_without_random_values(opened(token))


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_headers_keep_the_page_out_of_caches_indexes_and_referrers(
    wave: Wave, owner: Any, passphrase: str
) -> None:
    _, token = make_link(wave, owner, passphrase=passphrase)
    for answer in (opened(token), opened(token, passphrase), opened("0" * 43)):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_logs_hold_no_token(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner)
    assert token not in redact(f"GET /shared/{token}/ 200")


def test_head_is_no_opening(wave: Wave, owner: Any) -> None:
    link, token = make_link(wave, owner)
    assert Client().head(f"/shared/{token}/").status_code == 200
    link.refresh_from_db()
    assert (link.openings, link.last_opened_at) == (0, None)


def test_a_passphrase_is_asked_for_without_names(acme: Organization, wave: Wave, owner: Any) -> None:
    link, token = make_link(wave, owner, passphrase=PASSPHRASE)
    assert link.passphrase_hash.startswith("argon2")
    asked, wrong, right = opened(token), opened(token, "a heron in the river"), opened(token, PASSPHRASE)
    assert (asked.status_code, wrong.status_code, right.status_code) == (200, 422, 200)
    for answer in (asked, wrong):
        assert not any(word in answer.content.decode() for word in (acme.name, wave.title, LABEL, shown(37)))
    assert shown(37) in right.content.decode()
    assert not {"sessionid", "__Host-sessionid"} & set(right.cookies)
    assert shown(37) not in opened(token).content.decode()
    assert [action for action, *_ in actions()] == [
        "made a share link",
        "refused a share link",
        "opened a share link",
    ]


def test_wrong_passphrases_are_limited(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner, passphrase=PASSPHRASE)
    _, other = make_link(wave, owner, passphrase=PASSPHRASE)
    tried = [opened(token, "wrong wrong wrong").status_code for _ in range(8)]
    assert tried == [422] * 5 + [429] * 3
    assert opened(token, PASSPHRASE).status_code == 429
    assert opened(other, PASSPHRASE).status_code == 200


def test_the_right_passphrase_clears_the_count(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner, passphrase=PASSPHRASE)
    for _ in range(3):
        assert [opened(token, "wrong wrong wrong").status_code for _ in range(4)] == [422] * 4
        assert opened(token, PASSPHRASE).status_code == 200


def test_a_network_cannot_try_many_links(wave: Wave, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_links, "TRIES_OF_NETWORK", Rate(2, 3600))
    tokens = [make_link(wave, owner, passphrase=PASSPHRASE)[1] for _ in range(3)]
    assert [opened(token, "wrong wrong wrong").status_code for token in tokens] == [422, 422, 429]


def test_openings_are_limited(wave: Wave, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_links, "OPENINGS", Rate(2, 3600))
    _, token = make_link(wave, owner)
    assert [opened(token).status_code for _ in range(3)] == [200, 200, 429]


def test_unknown_links_are_limited() -> None:
    statuses = [opened(f"{number:043}").status_code for number in range(22)]
    assert statuses == [404] * 20 + [429] * 2


def test_a_revoked_link_opens_nothing(acme: Organization, wave: Wave, owner: Any) -> None:
    link, token = make_link(wave, owner)
    client = signed_in(owner)
    assert client.post(f"/organizations/{acme.slug}/shared/{link.pk}/revoke/").status_code == 302
    assert is_gone(opened(token))
    assert actions()[1:] == [
        ("revoked a share link", f"person {owner.pk}", "wave"),
        ("refused a share link", "reader of a share link", "wave, revoked"),
    ]
    client.post(f"/organizations/{acme.slug}/shared/{link.pk}/revoke/")
    assert len(actions()) == 3
    assert "revoked" in client.get(f"/organizations/{acme.slug}/shared/").content.decode()


def test_another_owner_may_revoke(acme: Organization, wave: Wave, owner: Any) -> None:
    link, token = make_link(wave, owner)
    second = get_user_model().objects.get(email="second@people.example")
    signed_in(second).post(f"/organizations/{acme.slug}/shared/{link.pk}/revoke/")
    assert is_gone(opened(token))


def test_an_expired_link_opens_nothing(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner, expires_at=timezone.now() - timedelta(seconds=1))
    _, locked = make_link(
        wave, owner, expires_at=timezone.now() - timedelta(seconds=1), passphrase=PASSPHRASE
    )
    assert is_gone(opened(token))
    assert is_gone(opened(locked))
    assert is_gone(opened(locked, PASSPHRASE))
    assert actions()[-1] == ("refused a share link", "reader of a share link", "wave, expired")


def test_a_link_works_only_while_its_maker_is_an_active_owner(
    acme: Organization, wave: Wave, owner: Any
) -> None:
    _, token = make_link(wave, owner)
    membership = Membership.objects.get(user=owner)
    second = get_user_model().objects.get(email="second@people.example")
    who: dict[str, Any] = {"by": second, "at": NOW}
    suspend_member(membership, **who)
    assert is_gone(opened(token))
    listed = signed_in(second).get(f"/organizations/{acme.slug}/shared/").content.decode()
    assert "paused" in listed
    resume_member(membership, **who)
    assert opened(token).status_code == 200
    change_role(membership, role="coordinator", **who)
    assert is_gone(opened(token))
    change_role(membership, role="owner", **who)
    get_user_model().objects.filter(pk=owner.pk).update(is_active=False)
    assert is_gone(opened(token))
    get_user_model().objects.filter(pk=owner.pk).update(is_active=True)
    remove_member(membership, **who)
    assert is_gone(opened(token))


def test_a_link_ends_with_the_account_of_its_maker(wave: Wave, owner: Any) -> None:
    _, token = make_link(wave, owner)
    owner.delete()
    assert is_gone(opened(token))
    assert not ShareLink.objects.exists()


def test_a_withdrawal_takes_the_answers_off_the_shared_page(
    acme: Organization, wave: Wave, owner: Any
) -> None:
    _, token = make_link(wave, owner)
    invitations = {one.role: one for one in acme.invitations.all()}
    erasure.withdraw(invitations["engineer"], at=NOW)
    assert shown(37) not in opened(token).content.decode()
    erasure.withdraw(invitations["executive"], at=NOW)
    assert is_gone(opened(token))
    assert actions()[-1][2] == "wave, no report"


def test_an_erased_organisation_leaves_no_link(acme: Organization, wave: Wave, owner: Any) -> None:
    link, token = make_link(wave, owner)
    erased = erasure.erase_organization(acme, by="operator", at=NOW)
    assert erased.counts["surveys.ShareLink"] == 1
    with pytest.raises(ObjectDoesNotExist):
        link.refresh_from_db()
    assert is_gone(opened(token))


def test_retention_removes_a_link_ninety_days_after_it_ended(wave: Wave, owner: Any) -> None:
    link, _ = make_link(wave, owner)
    removes = retention_rules.RULES["share_links"].remove
    assert removes(link.expires_at + timedelta(days=90), False) == 0
    assert removes(link.expires_at + timedelta(days=90, microseconds=1), False) == 1
    assert not ShareLink.objects.exists()


def test_another_organisation_is_never_shown(wave: Wave, owner: Any) -> None:
    other = make_organization("initech")
    make_response(wave, other, "executive", {"A-C": percent(81)}, submit=True)
    make_response(wave, other, "engineer", {"COUNT": percent(9), "A-R": percent(23)}, submit=True)
    stranger = make_user("stranger", organization=other, role="owner")
    pages = [opened(make_link(wave, person)[1]).content.decode() for person in (owner, stranger)]
    assert [(shown(90) in page, shown(81) in page) for page in pages] == [(True, False), (False, True)]
    assert "Initech" not in pages[0]
    assert "Acme" not in pages[1]
