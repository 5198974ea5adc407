"""Gives the access tests the world of canaries from outside: the callers, and the ids of each organisation."""

import contextlib
import hashlib
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

from posture.demo.canary_world import CanaryWorld, build
from posture.models import Estimate
from posture.web.routes import Route
from surveys.models import Job, Questionnaire, Response, Welcome
from tests.support.builders import NOW, admit, make_import_run

OF_AN_ORGANIZATION = (
    "respondent", "viewer", "coordinator", "owner", "pending", "suspended", "suspended person",
)  # fmt: skip
OF_NONE = ("anonymous", "analyst", "admin", "token", "broken token")
PRINCIPALS = (*OF_AN_ORGANIZATION, *OF_NONE)
SEES_ALL = ("analyst", "admin")
ABSENT_ROW = 987654321
ABSENT = {
    "slug": "cnry000000000000",
    "public_id": "00000000-0000-4000-8000-000000000000",
    "token": "0" * 32,
    "pk": str(ABSENT_ROW),
}
GAPS = "ai-agent-security"


@dataclass(frozen=True)
class Side:
    """The ids of one organisation, by the name of the URL parameter that takes them."""

    number: int
    slug: str
    ids: dict[str, str]
    rows: dict[str, str]
    words: tuple[str, ...]
    people: dict[str, int]
    welcome: str
    shared: str


class World:
    def __init__(self, built: CanaryWorld) -> None:
        document = built.document
        self.document = document
        self.sides = [self._side(entry) for entry in document["organizations"]]
        self.staff = {entry["state"]: entry["id"] for entry in document["staff"]}
        self.published = document["releases"]["published"]
        self.draft = document["releases"]["draft"]
        self.imported = make_import_run().pk
        self.questionnaire = Questionnaire.objects.values_list("pk", flat=True).first()
        self.job = Job.objects.values_list("pk", flat=True).first()
        self.numbers = list(Estimate.objects.filter(release__slug=self.published).values()[:2000])

    def _side(self, entry: dict[str, Any]) -> Side:
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
        people = {login["state"]: login["id"] for login in entry["logins"]}
        welcome = make_welcome(next(one for one in entry["logins"] if one["state"] == "pending"))
        shared = entry["share_link"]["token"]
        return Side(entry["id"], entry["slug"], ids, rows, words, people, welcome, shared)

    def client(self, principal: str, side: Side) -> Client:
        client = Client(raise_request_exception=False)
        person = self.staff.get(principal) or side.people.get(principal)
        if person is not None:
            sign_in(client, get_user_model().objects.get(pk=person))
        if principal == "respondent":
            admit(client, Response.objects.get(public_id=side.ids["public_id"]))
        token = self.document["api_token"]
        if principal.endswith("token"):
            shown = token if principal == "token" else f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {shown}"
        return client

    def address(self, route: Route, side: Side, **other: str) -> str:
        """Returns the address of a route with the ids of `side`, or with the given ids in their place."""
        values = self._values(route, side) | other
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], route.pattern)
        return address + (f"?release={self.published}" if route.access == "token" else "")

    def _values(self, route: Route, side: Side) -> dict[str, str]:
        number = self._number(with_option="<str:option>" in route.pattern)
        is_studio = route.pattern.startswith("/studio/")
        values = {
            "slug": self.draft if is_studio else self.published,
            "wave": self.document["waves"]["closed"],
            "code": {"respond": "profile", "targets": "demonstration"}.get(_first(route), "GRV1-INC-88"),
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
            values |= self._in_the_studio(route)
        if route.access == "token":
            values |= {"code": "GRV1-INC-88"}
        return values | {name: self.own(route, name, side) for name in route.tenant_parameters}

    def _in_the_studio(self, route: Route) -> dict[str, str]:
        place = route.pattern.split("/")[2]
        waves = self.document["waves"]
        return {
            "explorer": {"slug": GAPS},
            "waves": {"slug": waves["open"], "wave": waves["closed"]},
            "views": {"pk": str(self.document["view"])},
            "cuts": {"pk": str(self.document["cut"])},
            "people": {"pk": str(self.sides[0].people["viewer"])},
            "jobs": {"pk": str(self.job)},
            "imports": {"pk": str(self.imported)},
        }.get(place, {})

    def own(self, route: Route, name: str, side: Side) -> str:
        if name == "pk":
            return next((row for place, row in side.rows.items() if f"/{place}/" in route.pattern), "1")
        if route.pattern.startswith("/welcome/"):
            return side.welcome
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


def make_welcome(pending: dict[str, Any]) -> str:
    """Returns the link in the mail to an invited person."""
    token = secrets.token_urlsafe(24)
    Welcome.objects.create(
        user_id=pending["id"],
        membership_id=pending["membership"],
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    return token


def make_world() -> World:
    call_command("load_definitions", verbosity=0)
    return World(build(Random(1), tenants=2, at=NOW))


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    """Rolls back everything that is written inside of the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
