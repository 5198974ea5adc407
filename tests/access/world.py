"""Gives the access tests the world of canaries from outside: the callers, and the ids of each organisation."""

import contextlib
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from posture.demo.canary_world import build_canary_data
from posture.models import Estimate
from posture.web.routes import Route
from surveys.encryption.tokens import hash_of
from surveys.models import AccountInvitation, Job, Questionnaire, Response
from tests.support.builders import NOW, admit, make_import_run
from tests.support.prepared_database import fill_database

CALLERS_OF_AN_ORGANIZATION = (
    "respondent", "viewer", "coordinator", "owner", "pending", "suspended", "suspended person",
)  # fmt: skip
OTHER_CALLERS = ("anonymous", "analyst", "admin", "token", "broken token")
CALLERS = (*CALLERS_OF_AN_ORGANIZATION, *OTHER_CALLERS)
SEES_ALL = ("analyst", "admin")
ABSENT_ROW = 987654321
ABSENT = {
    "slug": "cnry000000000000",
    "public_id": "00000000-0000-4000-8000-000000000000",
    "token": "0" * 32,
    "pk": str(ABSENT_ROW),
}
GAPS = "ai-agent-security"
# Codes in addresses, by the first part of the address; other addresses take the code of a benchmark.
CODES = {"respond": "profile", "targets": "demonstration", "frameworks": "nist-csf-2.0"}


@dataclass(frozen=True)
class OrganizationIds:
    """The ids of one organisation, by the name of the URL parameter that takes them."""

    number: int
    slug: str
    ids: dict[str, str]
    rows: dict[str, str]
    words: tuple[str, ...]
    people: dict[str, int]
    account_invitation: str
    shared: str


class World:
    """`document` is the file that `seed_demo --canary` writes."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.sides = [self._organization(entry) for entry in document["organizations"]]
        self.staff = {entry["state"]: entry["id"] for entry in document["staff"]}
        self.published = document["releases"]["published"]
        self.draft = document["releases"]["draft"]
        self.imported = make_import_run().pk
        self.questionnaire = Questionnaire.objects.values_list("pk", flat=True).first()
        self.job = Job.objects.values_list("pk", flat=True).first()
        self.numbers = list(Estimate.objects.filter(release__slug=self.published).values()[:2000])

    def _organization(self, entry: dict[str, Any]) -> OrganizationIds:
        words = tuple(self.document["canaries"][entry["slug"]])
        rows = {
            "invitations": str(entry["invitations"]["unopened"]),
            "people": str(entry["logins"][0]["membership"]),
            "shared": str(entry["share_link"]["pk"]),
        }
        ids = {
            "slug": entry["slug"],
            "public_id": entry["responses"]["begun"],
            "token": entry["links"]["unopened"],
        }
        people = {state_login["state"]: state_login["id"] for state_login in entry["logins"]}
        welcome = make_account_invitation(
            next(person for person in entry["logins"] if person["state"] == "pending")
        )
        shared = entry["share_link"]["token"]
        return OrganizationIds(entry["id"], entry["slug"], ids, rows, words, people, welcome, shared)

    def client(self, principal: str, side: OrganizationIds) -> Client:
        client = Client(raise_request_exception=False)
        person = self.staff.get(principal) or side.people.get(principal)
        if person is not None:
            sign_in(client, get_user_model().objects.get(pk=person))
        if principal == "respondent":
            admit(client, Response.objects.get(public_id=side.ids["public_id"]))
        token = self.document["api_token"]
        if principal.endswith("token"):
            sent_token = token if principal == "token" else f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {sent_token}"
        return client

    def address(self, route: Route, side: OrganizationIds, **replacements: str) -> str:
        """Returns the address of a route with the ids of `side`, or with the given ids in their place."""
        values = self._values(route, side) | replacements
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], route.pattern)
        return address + (f"?release={self.published}" if route.access == "token" else "")

    def _values(self, route: Route, side: OrganizationIds) -> dict[str, str]:
        number = self._number(with_option="<str:option>" in route.pattern)
        is_studio = route.pattern.startswith("/studio/")
        values = {
            "slug": self.draft if is_studio else self.published,
            "wave": self.document["waves"]["closed"],
            "code": CODES.get(_first(route), "GRV1-INC-88"),
            "key": f"{GAPS}-2026.1",
            "pk": "1",
            "uidb36": "1",
            "item": "INV-C1",
            "cohort": number["cohort"],
            "kind": number["subject_kind"],
            "subject": number["subject"],
            "statistic": number["statistic"],
            "option": number["option"],
        }
        if is_studio:
            values |= self._studio_values(route)
        if route.access == "token":
            values |= {"code": "GRV1-INC-88"}
        if "/readers/<" in route.pattern:
            values |= {"code": "boards"}
        return values | {name: self.id_for(route, name, side) for name in route.tenant_parameters}

    def _studio_values(self, route: Route) -> dict[str, str]:
        section = route.pattern.split("/")[2]
        waves = self.document["waves"]
        return {
            "explorer": {"slug": GAPS},
            "waves": {"slug": waves["open"], "wave": waves["closed"]},
            "views": {"pk": str(self.document["view"])},
            "cuts": {"pk": str(self.document["cut"])},
            "people": {"pk": str(self.sides[0].people["viewer"])},
            "jobs": {"pk": str(self.job)},
            "imports": {"pk": str(self.imported)},
        }.get(section, {})

    def id_for(self, route: Route, name: str, side: OrganizationIds) -> str:
        if name == "pk":
            return next((row for section, row in side.rows.items() if f"/{section}/" in route.pattern), "1")
        if route.pattern.startswith("/welcome/"):
            return side.account_invitation
        if route.pattern.startswith("/shared/"):
            return side.shared
        return side.ids[name]

    def _number(self, *, with_option: bool) -> dict[str, Any]:
        return next(row for row in self.numbers if bool(row["option"]) is with_option)


def _first(route: Route) -> str:
    return route.pattern.split("/")[1]


def sign_in(client: Client, person: Any) -> None:
    """Signs a person in with a recent password check, which sensitive pages require again after a while."""
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "email": person.email}
    ]
    session.save()


def make_account_invitation(pending: dict[str, Any]) -> str:
    """Returns the link in the mail to an invited person."""
    token = secrets.token_urlsafe(24)
    AccountInvitation.objects.create(
        user_id=pending["id"],
        membership_id=pending["membership"],
        token_hash=hash_of(token),
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    return token


def make_canaries() -> dict[str, Any]:
    call_command("load_definitions", verbosity=0)
    return build_canary_data(Random(1), tenants=2, at=NOW).document


def make_world() -> World:
    """Fills the empty database of a test, which commits."""
    return World(fill_database("canaries", make_canaries))


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """Rolls back everything that is written inside of the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
