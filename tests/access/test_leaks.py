"""T02 and T18: a response for one organisation holds no word of another one, for every route and after any other
caller."""

import base64
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from posture.urls import urlpatterns
from posture.views import organization
from posture.web.routes import Route, routes
from surveys.jobs import job_queue
from surveys.models import Job, Organization
from surveys.tenancy.organization_scope import across_organizations
from surveys.web.access import public
from tests.access.bodies import body_of, sent
from tests.access.test_matrix import ask
from tests.access.text_search import content_of, found
from tests.access.world import OF_AN_ORGANIZATION, Side, World, taken_back

pytestmark = [pytest.mark.django_db, pytest.mark.long]

READERS = (*OF_AN_ORGANIZATION, "anonymous", "token", "broken token")
# A few of the thousands of receipts, so that the crawl reaches the pages behind other links.
MOST_PAGES, MOST_RECEIPTS = 200, 10
# The belief and evidence of an organisation, and the content of the respondent's form.
OWN_CELL = re.compile(r'<td class="(?:belief|evidence)"[^>]*>(.*?)</td>', re.DOTALL)
TYPED = re.compile(r'<input[^>]*\bname="[^"]+\.number"[^>]*\bvalue="(\d+)"')
PERCENT = re.compile(r"(\d+)\s*%")
FEWEST_NUMBERS = 3
LINK = re.compile(rb'(?:href|src|action)="([^"#]+)')
DISGUISES: tuple[dict[str, str], ...] = (
    {},
    {"HTTP_ACCEPT_LANGUAGE": "de", "HTTP_AUTHORIZATION": ""},
    {"HTTP_X_FORWARDED_HOST": "other.example", "HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_COOKIE": "sessionid=another; csrftoken=another"},
)
SUFFIXES = ("", "x.css", "?x.css")


@dataclass
class Crawl:
    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)

    def look(self, place: str, answer: Any, words: tuple[str, ...]) -> None:
        self.asked += 1
        hits = found(content_of(answer), words)
        if hits:
            self.leaks.append(f"{place}: {answer.status_code} holds {sorted(hits)}")
        kept = answer.get("Cache-Control", "")
        if "no-store" not in kept and "private" not in kept:
            self.cached.append(f"{place}: {kept}")


def addresses(world: World, given: list[Route], side: Side, other: Side) -> Iterator[tuple[Route, str]]:
    """Yields each readable address, with the caller's own ids and with those of another organisation. A link is the
    key to its page."""
    for route in given:
        if "GET" in route.methods:
            yield route, world.address(route, side)
            theirs = {
                name: world.own(route, name, other) for name in route.tenant_parameters if name != "token"
            }
            if theirs:
                yield route, world.address(route, side, **theirs)


def crawl(world: World, given: list[Route], result: Crawl) -> None:
    """Follows every link from every address."""
    for side, other in (world.sides, world.sides[::-1]):
        for principal in READERS:
            if principal not in OF_AN_ORGANIZATION and side is not world.sides[0]:
                continue
            with taken_back():
                client = world.client(principal, side)
                words = other.words if principal in OF_AN_ORGANIZATION else side.words + other.words
                _follow(client, principal, list(addresses(world, given, side, other)), words, result)


def _follow(
    client: Client,
    principal: str,
    waiting: list[tuple[Route, str]],
    words: tuple[str, ...],
    result: Crawl,
) -> None:
    route = waiting[0][0]
    queue = [address for one, address in waiting if "token" not in one.tenant_parameters]
    seen, receipts = set(queue), 0
    for address in queue:
        # A response may repeat the id in the requested address.
        asked = tuple(word for word in words if word not in address)
        answer = ask(client, "GET", address, route, {})
        result.look(f"{principal} GET {address}", answer, asked)
        if answer.streaming or len(seen) > MOST_PAGES:
            continue
        for link in LINK.findall(answer.content):
            target = urlsplit(urljoin(f"http://testserver{address}", unescape(link.decode())))
            there = target.path + (f"?{target.query}" if target.query else "")
            if target.netloc != "testserver" or there.startswith("/static/") or there in seen:
                continue
            receipts += "/numbers/" in there
            if "/numbers/" not in there or receipts <= MOST_RECEIPTS:
                seen.add(there)
                queue.append(there)


def test_no_page_and_no_file_holds_a_word_of_another_organisation(world: World) -> None:
    result = Crawl()
    crawl(world, routes(), result)
    words = sum(len(side.words) for side in world.sides)
    print(
        f"\n{result.asked} answers searched for {words} words of the other: {len(result.leaks)} hits",
        flush=True,
    )
    assert result.leaks == [], "\n".join(result.leaks)


def test_no_mail_holds_a_word_of_another_organisation(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mine, other = world.sides
    by_name = {route.name: route for route in routes()}
    with taken_back():
        for principal, name in (("analyst", "surveys:invite"), ("owner", "surveys:people")):
            route = by_name[name]
            answer = sent(
                world.client(principal, mine),
                "POST",
                world.address(route, mine),
                route,
                body_of(route, world, mine),
            )
            assert answer.status_code == 302, (name, answer.status_code)
        for key in Job.objects.exclude(sealed="").values_list("key", flat=True):
            job_queue.carry_out_now(key, at=timezone.now())
        assert len(mail.outbox) >= 2
        for message in mail.outbox:
            assert not found(message.message().as_bytes(), other.words), message.subject


def poison(world: World, given: list[Route], result: Crawl) -> None:
    """Requests each address as its owner, then as the others with altered headers, and then as the owner again."""
    mine, other = world.sides
    callers = [("owner", mine), ("owner", other), ("anonymous", mine), ("token", mine), ("owner", mine)]
    with taken_back():
        clients = [(name, side, world.client(name, side)) for name, side in callers]
        for route in given:
            if "GET" not in route.methods or "token" in route.tenant_parameters:
                continue
            for suffix in SUFFIXES:
                address = world.address(route, mine).partition("?")[0] + suffix
                for disguise in DISGUISES if not suffix else DISGUISES[:1]:
                    for name, side, client in clients:
                        words = other.words if (name, side) == ("owner", mine) else mine.words
                        asked = tuple(word for word in words if word not in address)
                        answer = ask(client, "GET", address, route, {}, **disguise)
                        result.look(f"{name} of {side.slug} GET {address} {disguise}", answer, asked)


def test_nothing_is_kept_for_somebody_else(world: World) -> None:
    result = Crawl()
    poison(world, routes(), result)
    print(
        f"\n{result.asked} answers, {len(result.leaks)} with words of another, {len(result.cached)} cacheable"
    )
    assert result.leaks == [], "\n".join(result.leaks)
    assert result.cached == [], "\n".join(result.cached)


def own_numbers(world: World, side: Side) -> set[int]:
    """Returns each number that an organisation sees about itself: in its report, as a page, as a table and through a
    share link, and in the respondent's form."""
    wave, public_id = world.document["waves"]["closed"], side.ids["public_id"]
    owner, respondent = world.client("owner", side), world.client("respondent", side)
    page = owner.get(f"/organizations/{side.slug}/waves/{wave}/").content.decode()
    table = owner.get(f"/organizations/{side.slug}/waves/{wave}/report.csv").content.decode()
    form = respondent.get(f"/respond/{public_id}/sections/inventory-visibility/").content.decode()
    rows = csv.DictReader(io.StringIO(table))
    shared = world.client("anonymous", side).get(f"/shared/{side.shared}/").content.decode()
    assert OWN_CELL.findall(shared) == OWN_CELL.findall(page)
    found = [number for cell in OWN_CELL.findall(page + shared) for number in PERCENT.findall(cell)]
    found += [row[name].removesuffix("%").strip() for row in rows for name in ("own_belief", "own_evidence")]
    found += TYPED.findall(form)
    return {int(number) for number in found if number.isdecimal()}


def whose(world: World, numbers: set[int]) -> set[int]:
    return {number % len(world.sides) for number in numbers}


def test_no_number_of_another_organisation_is_told_as_ones_own(world: World) -> None:
    """The remainder of each number identifies its organisation."""
    for order in (world.sides, world.sides[::-1]):
        for side in order:
            with taken_back():
                numbers = own_numbers(world, side)
            assert len(numbers) >= FEWEST_NUMBERS
            assert whose(world, numbers) == {world.sides.index(side)}


def test_a_report_kept_by_wave_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a report that is cached by wave."""
    kept, original = dict[str, Any](), organization._report

    def by_wave(request: HttpRequest, participation: Any) -> Any:
        return kept.setdefault(participation.wave.slug, original(request, participation))

    monkeypatch.setattr(organization, "_report", by_wave)
    with taken_back():
        first, second = (whose(world, own_numbers(world, side)) for side in world.sides)
    assert first == {0}
    assert second == {0, 1}


KEPT: dict[str, bytes] = {}


@public("GET")
def packed(request: HttpRequest) -> HttpResponse:
    """Returns the names of all organisations, in an archive, in base64."""
    file = io.BytesIO()
    with across_organizations(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        names = "; ".join(Organization.objects.values_list("name", flat=True))
        archive.writestr("names.txt", base64.b64encode(names.encode()))
    return HttpResponse(file.getvalue(), content_type="application/zip")


@public("GET")
def kept_for_all(request: HttpRequest) -> HttpResponse:
    """Returns the response for the first caller to every later caller."""
    with across_organizations():
        mine = Organization.objects.filter(memberships__user_id=request.user.pk).first()
    return HttpResponse(KEPT.setdefault(request.path, mine.name.encode() if mine else b"nobody"))


@pytest.mark.parametrize(("view", "search"), [(packed, crawl), (kept_for_all, poison)])
def test_a_leak_is_found(world: World, view: Any, search: Any, settings: Any) -> None:
    planted = path("planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [planted, *urlpatterns]})
    KEPT.clear()
    result = Crawl()
    search(world, [Route("/planted/", "planted", "", ("GET",), "public")], result)
    assert result.leaks
