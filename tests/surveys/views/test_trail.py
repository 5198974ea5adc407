"""Tests the pages and exports of the audit trail for owners and admins."""

import csv
import io

import pytest
from django.test import Client

from surveys.audit.trail import note
from surveys.audit.trail_pages import INSTALLATION_STAFF
from surveys.models import AuditEntry, Organization
from tests.support.builders import NOW, make_organization, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def acme() -> Organization:
    organization = make_organization("acme")
    owner = make_user("owner", organization=organization, role="owner")
    analyst = make_user("analyst", is_staff=True)
    note("saved answers", organization=organization, by="respondent", about="INV-C1", at=NOW)
    note("changed a role", organization=organization, by=owner, about="=1+1", at=NOW)
    note("sent an invitation", organization=organization, by=analyst, at=NOW)
    note("published a release", by=analyst, about="spring-r1", at=NOW)
    return organization


def client(name: str, **options: object) -> Client:
    signed_in = Client()
    signed_in.force_login(make_user(name, **options))  # type: ignore[arg-type]
    return signed_in


def test_an_owner_reads_the_own_trail(acme: Organization) -> None:
    page = (
        client("second", organization=acme, role="owner").get("/organizations/acme/trail/").content.decode()
    )
    assert "owner@people.example" in page
    assert INSTALLATION_STAFF in page
    assert "analyst@people.example" not in page
    assert "INV-C1" in page
    assert "spring-r1" not in page


def test_an_export_is_whole_inert_and_noted(acme: Organization) -> None:
    response = client("second", organization=acme, role="owner").get("/organizations/acme/trail.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["what"] for row in rows] == [
        "exported the audit trail",
        "sent an invitation",
        "changed a role",
        "saved answers",
    ]
    assert rows[2]["about"] == "'=1+1"
    assert len({row["digest"] for row in rows}) == 4
    assert AuditEntry.objects.filter(organization=acme, action="exported the audit trail").count() == 1


def test_an_admin_reads_all_chains(acme: Organization) -> None:
    admin = client("admin", is_superuser=True)
    assert "spring-r1" in admin.get("/studio/trail/").content.decode()
    page = admin.get("/studio/trail/", {"organization": "acme"}).content.decode()
    assert "INV-C1" in page
    assert "analyst@people.example" in page
    assert admin.get("/studio/trail/", {"organization": "nobody"}).status_code == 404
    assert "published a release" in admin.get("/studio/trail.csv").content.decode()


def test_a_person_who_left_is_not_named(acme: Organization) -> None:
    admin = client("admin", is_superuser=True)
    note("changed a role", by="person 987654", at=NOW)
    assert "a former account" in admin.get("/studio/trail/").content.decode()


def test_long_trails_have_pages(acme: Organization) -> None:
    for number in range(120):
        note("saved answers", organization=acme, by="respondent", about=f"item {number}", at=NOW)
    owner = client("second", organization=acme, role="owner")
    assert "item 119" in owner.get("/organizations/acme/trail/").content.decode()
    assert "INV-C1" in owner.get("/organizations/acme/trail/", {"page": 2}).content.decode()
