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
from tests.access.bodies import body_of, send
from tests.access.test_matrix import send_and_roll_back
from tests.access.text_search import content_of, words_in
from tests.access.world import CALLERS_OF_AN_ORGANIZATION, OrganizationIds, World, rolled_back

pytestmark = [pytest.mark.django_db, pytest.mark.long]

READERS = (*CALLERS_OF_AN_ORGANIZATION, "anonymous", "token", "broken token")
# A few of the thousands of receipts, so that the crawl reaches the pages behind other links.
MOST_PAGES, MOST_RECEIPTS = 200, 10
# The belief and evidence of an organisation, and the content of the respondent's form.
OWN_CELL = re.compile(r'<td class="(?:belief|evidence)"[^>]*>(.*?)</td>', re.DOTALL)
TYPED = re.compile(r'<input[^>]*\bname="[^"]+\.number"[^>]*\bvalue="(\d+)"')
PERCENT = re.compile(r"(\d+)\s*%")
FEWEST_NUMBERS = 3
LINK = re.compile(rb'(?:href|src|action)="([^"#]+)')
ALTERED_HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"HTTP_ACCEPT_LANGUAGE": "de", "HTTP_AUTHORIZATION": ""},
    {"HTTP_X_FORWARDED_HOST": "other.example", "HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_COOKIE": "sessionid=another; csrftoken=another"},
)
SUFFIXES = ("", "x.css", "?x.css")


@dataclass
class Crawl:
    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)

    def check(self, request: str, response: Any, words: tuple[str, ...]) -> None:
        self.requests += 1
        leaked_words = words_in(content_of(response), words)
        if leaked_words:
            self.leaks.append(f"{request}: {response.status_code} holds {sorted(leaked_words)}")
        cache_control = response.get("Cache-Control", "")
        if "no-store" not in cache_control and "private" not in cache_control:
            self.cached.append(f"{request}: {cache_control}")


def addresses(
    world: World, candidates: list[Route], caller: OrganizationIds, foreign: OrganizationIds
) -> Iterator[tuple[Route, str]]:
    """Yields each readable address, with the caller's own ids and with those of another organisation. A link is the
    key to its page."""
    for route in candidates:
        if "GET" in route.methods:
            yield route, world.address(route, caller)
            foreign_ids = {
                name: world.id_for(route, name, foreign)
                for name in route.tenant_parameters
                if name != "token"
            }
            if foreign_ids:
                yield route, world.address(route, caller, **foreign_ids)


def crawl(world: World, candidates: list[Route], result: Crawl) -> None:
    """Follows every link from every address."""
    for side, foreign in (world.sides, world.sides[::-1]):
        for principal in READERS:
            if principal not in CALLERS_OF_AN_ORGANIZATION and side is not world.sides[0]:
                continue
            with rolled_back():
                client = world.client(principal, side)
                words = (
                    foreign.words if principal in CALLERS_OF_AN_ORGANIZATION else side.words + foreign.words
                )
                _follow(client, principal, list(addresses(world, candidates, side, foreign)), words, result)


def _follow(
    client: Client,
    principal: str,
    start: list[tuple[Route, str]],
    words: tuple[str, ...],
    result: Crawl,
) -> None:
    route = start[0][0]
    queue = [address for start_route, address in start if "token" not in start_route.tenant_parameters]
    known_addresses, receipts = set(queue), 0
    for address in queue:
        # A response may repeat the id in the requested address.
        searched_words = tuple(word for word in words if word not in address)
        response = send_and_roll_back(client, "GET", address, route, {})
        result.check(f"{principal} GET {address}", response, searched_words)
        if response.streaming or len(known_addresses) > MOST_PAGES:
            continue
        for link in LINK.findall(response.content):
            target = urlsplit(urljoin(f"http://testserver{address}", unescape(link.decode())))
            address_of_link = target.path + (f"?{target.query}" if target.query else "")
            if (
                target.netloc != "testserver"
                or address_of_link.startswith("/static/")
                or address_of_link in known_addresses
            ):
                continue
            receipts += "/numbers/" in address_of_link
            if "/numbers/" not in address_of_link or receipts <= MOST_RECEIPTS:
                known_addresses.add(address_of_link)
                queue.append(address_of_link)


def test_no_page_and_no_file_holds_a_word_of_another_organisation(world: World) -> None:
    result = Crawl()
    crawl(world, routes(), result)
    words = sum(len(side.words) for side in world.sides)
    print(
        f"\n{result.requests} answers searched for {words} words of the other: {len(result.leaks)} hits",
        flush=True,
    )
    assert result.leaks == [], "\n".join(result.leaks)


def test_no_mail_holds_a_word_of_another_organisation(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    caller, foreign = world.sides
    by_name = {route.name: route for route in routes()}
    with rolled_back():
        for principal, name in (("analyst", "surveys:invite"), ("owner", "surveys:people")):
            route = by_name[name]
            response = send(
                world.client(principal, caller),
                "POST",
                world.address(route, caller),
                route,
                body_of(route, world, caller),
            )
            assert response.status_code == 302, (name, response.status_code)
        for key in Job.objects.exclude(sealed="").values_list("key", flat=True):
            job_queue.carry_out_now(key, at=timezone.now())
        assert len(mail.outbox) >= 2
        for message in mail.outbox:
            assert not words_in(message.message().as_bytes(), foreign.words), message.subject


def request_with_altered_headers(world: World, candidates: list[Route], result: Crawl) -> None:
    """Requests each address as its owner, then as the others with altered headers, and then as the owner again."""
    victim, attacker = world.sides
    callers = [
        ("owner", victim),
        ("owner", attacker),
        ("anonymous", victim),
        ("token", victim),
        ("owner", victim),
    ]
    with rolled_back():
        clients = [(name, side, world.client(name, side)) for name, side in callers]
        for route in candidates:
            if "GET" not in route.methods or "token" in route.tenant_parameters:
                continue
            for suffix in SUFFIXES:
                address = world.address(route, victim).partition("?")[0] + suffix
                for headers in ALTERED_HEADERS if not suffix else ALTERED_HEADERS[:1]:
                    for name, side, client in clients:
                        words = attacker.words if (name, side) == ("owner", victim) else victim.words
                        searched_words = tuple(word for word in words if word not in address)
                        response = send_and_roll_back(client, "GET", address, route, {}, **headers)
                        result.check(
                            f"{name} of {side.slug} GET {address} {headers}", response, searched_words
                        )


def test_no_response_is_cached_for_another_caller(world: World) -> None:
    result = Crawl()
    request_with_altered_headers(world, routes(), result)
    print(
        f"\n{result.requests} answers, {len(result.leaks)} with words of another, {len(result.cached)} cacheable"
    )
    assert result.leaks == [], "\n".join(result.leaks)
    assert result.cached == [], "\n".join(result.cached)


def own_numbers(world: World, side: OrganizationIds) -> set[int]:
    """Returns each number that an organisation sees about itself: in its report, as a page, as a table and through a
    share link, and in the respondent's form."""
    wave, public_id = world.document["waves"]["closed"], side.ids["public_id"]
    owner, respondent = world.client("owner", side), world.client("respondent", side)
    page = owner.get(f"/organizations/{side.slug}/waves/{wave}/?view=security").content.decode()
    table = owner.get(f"/organizations/{side.slug}/waves/{wave}/report.csv").content.decode()
    form = respondent.get(f"/respond/{public_id}/sections/inventory-visibility/").content.decode()
    rows = csv.DictReader(io.StringIO(table))
    shared = world.client("anonymous", side).get(f"/shared/{side.shared}/").content.decode()
    numbers = [number for cell in OWN_CELL.findall(page + shared) for number in PERCENT.findall(cell)]
    numbers += [
        row[name].removesuffix("%").strip() for row in rows for name in ("own_belief", "own_evidence")
    ]
    numbers += TYPED.findall(form)
    return {int(number) for number in numbers if number.isdecimal()}


def owners_of(world: World, numbers: set[int]) -> set[int]:
    return {number % len(world.sides) for number in numbers}


def test_no_number_of_another_organisation_is_shown_as_ones_own(world: World) -> None:
    """The remainder of each number identifies its organisation."""
    for order in (world.sides, world.sides[::-1]):
        for side in order:
            with rolled_back():
                numbers = own_numbers(world, side)
            assert len(numbers) >= FEWEST_NUMBERS
            assert owners_of(world, numbers) == {world.sides.index(side)}


def test_a_report_cached_by_wave_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a report that is cached by wave."""
    cache, original = dict[str, Any](), organization._report

    def by_wave(request: HttpRequest, participation: Any) -> Any:
        return cache.setdefault(participation.wave.slug, original(request, participation))

    monkeypatch.setattr(organization, "_report", by_wave)
    with rolled_back():
        first, second = (owners_of(world, own_numbers(world, side)) for side in world.sides)
    assert first == {0}
    assert second == {0, 1}


SHARED_CACHE: dict[str, bytes] = {}


@public("GET")
def zips_all_names(request: HttpRequest) -> HttpResponse:
    """Returns the names of all organisations, in an archive, in base64."""
    file = io.BytesIO()
    with across_organizations(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        names = "; ".join(Organization.objects.values_list("name", flat=True))
        archive.writestr("names.txt", base64.b64encode(names.encode()))
    return HttpResponse(file.getvalue(), content_type="application/zip")


@public("GET")
def caches_for_everybody(request: HttpRequest) -> HttpResponse:
    """Returns the response for the first caller to every later caller."""
    with across_organizations():
        own_organization = Organization.objects.filter(memberships__user_id=request.user.pk).first()
    return HttpResponse(
        SHARED_CACHE.setdefault(
            request.path, own_organization.name.encode() if own_organization else b"nobody"
        )
    )


@pytest.mark.parametrize(
    ("view", "search"), [(zips_all_names, crawl), (caches_for_everybody, request_with_altered_headers)]
)
def test_a_leak_is_found(world: World, view: Any, search: Any, settings: Any) -> None:
    faulty_path = path("planted/", view, name="planted")
    settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": [faulty_path, *urlpatterns]})
    SHARED_CACHE.clear()
    result = Crawl()
    search(world, [Route("/planted/", "planted", "", ("GET",), "public")], result)
    assert result.leaks
