"""Runs the attacks of the reference list (A1 to A19) against everything that all routes reveal about one release."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from posture.analysis.disclosure import suppression
from posture.api import estimate_csv
from posture.api.contract import columns
from posture.models import Estimate, Release
from posture.releases import computation
from posture.releases.lifecycle import ReleaseError, publish_release, withdraw_release
from surveys.instrument.cohorts import ALL, CROSSED, is_in_cohort
from surveys.models import Organization
from tests.posture.releases import attacked_release
from tests.posture.releases.disclosure_attack import (
    NUMBERS,
    Answer,
    Claim,
    Doors,
    Identity,
    claims,
    contradictions,
)
from tests.support.builders import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.long]

MEMBER = "m025"
ASKED_BY_COHORT = (
    "posture:release", "posture:gaps-csv", "api:estimate-list", "api:gap-list", "api:comparison-list",
)  # fmt: skip
SUBJECTS = {"incident": ("I-R", "I-P"), "visibility": ("I-C", "I-P")}
ABOUT_THOSE_WHO_ANSWERED = (
    "share", "belief", "evidence", "gap", "gap_over", "gap_under", "over", "aligned", "under", "nonresponse",
)  # fmt: skip


@dataclass(frozen=True)
class Collected:
    release: Release
    reader: Any
    answers: list[Answer]
    claims: list[Claim]
    released: dict[Identity, Estimate]
    unasked: set[str]


@pytest.fixture(scope="module")
def collected(django_db_setup: None, django_db_blocker: Any) -> Iterator[Collected]:
    with django_db_blocker.unblock():
        call_command("load_definitions", verbosity=0)
        analyst = make_user("analyst", is_staff=True)
        wave = attacked_release.closed_wave()
        attacked_release.answer(wave, attacked_release.lines())
        attacked_release.cross(wave, analyst)
        release = attacked_release.published(wave, analyst)
        reader = make_user("reader", organization=Organization.objects.get(slug=MEMBER))
        doors = Doors(release, member=MEMBER, reader=reader)
        answers = list(doors.answers())
        yield Collected(
            release,
            reader,
            answers,
            [claim for one in answers for claim in claims(one, doors.clients["token"])],
            numbers_of(release),
            {one.name for one in doors.routes()} - {one.route for one in answers if one.status == 200},
        )
        call_command("flush", verbosity=0, interactive=False)


def numbers_of(release: Release) -> dict[Identity, Estimate]:
    return {
        (one.subject_kind, one.subject, one.statistic, one.option, one.cohort): one
        for one in release.estimates.all()
    }


# The organisations behind a number, from the reference file and not from the product.


@cache
def in_cohort(slug: str) -> frozenset[str]:
    if slug == ALL:
        return frozenset(line["org_id"] for line in attacked_release.lines())
    found = []
    for line in attacked_release.lines():
        places = (
            attacked_release.COHORTS[f"{name}={line[name]}"].split(":")
            for name in ("industry", "size_band", "region")
        )
        frame = dict(places)  # type: ignore[arg-type]
        if all(
            is_in_cohort(part, part.partition(":")[0], frame[part.partition(":")[0]])
            for part in slug.split(CROSSED)
        ):
            found.append(line["org_id"])
    return frozenset(found)


def told(found: Iterable[Claim]) -> set[Identity]:
    """Returns the numbers about which any route gives a figure."""
    return {one.number for one in found if is_figure(one)}


def is_figure(one: Claim) -> bool:
    if one.field in ("above", "below"):
        return bool(one.value)
    if one.field in ("words", "interval"):
        return any(character.isdigit() for character in one.value)
    return one.field != "status" and one.value not in (None, "")


def cells_about(question: str, numbers: Iterable[Identity]) -> dict[frozenset[str], list[Identity]]:
    found: dict[frozenset[str], list[Identity]] = {}
    for number in numbers:
        _, subject, statistic, _, cohort = number
        if subject in SUBJECTS[question] and statistic in ABOUT_THOSE_WHO_ANSWERED:
            found.setdefault(in_cohort(cohort), []).append(number)
    return found


def follows(group: frozenset[str], cells: Iterable[frozenset[str]]) -> bool:
    """Returns whether the group is a sum and difference of cells."""
    names = sorted(in_cohort(ALL))
    matrix = np.array([[name in cell for name in names] for cell in cells], dtype=float).reshape(
        -1, len(names)
    )
    wanted = np.array([name in group for name in names], dtype=float)
    weights = np.linalg.lstsq(matrix.T, wanted, rcond=None)[0]
    return bool(np.abs(matrix.T @ weights - wanted).max() < 1e-7)


def differences(numbers: set[Identity]) -> Iterator[str]:
    """Yields nested filters and splits of the list that published numbers answer (A2 to A6)."""
    listed = attacked_release.attacks()
    for question in SUBJECTS:
        cells = list(cells_about(question, numbers))
        for one in listed["nested_pairs_that_isolate_fewer_than_k"]:
            sides = [attacked_release.members(one[name]) for name in ("query_1", "query_2")]
            if all(side in cells for side in sides) or follows(frozenset(one["isolated"]), cells):
                yield f"{question}: {one['query_1']} without {one['query_2']}"
        for one in listed["splits_where_total_minus_shown_parts_is_below_k"]:
            parts = [
                attacked_release.members(f"{one['total']} & {one['split_by']}={value}")
                for value in one["held_back"]
            ]
            if follows(frozenset().union(*parts), cells):
                yield f"{question}: {one['total']} without its {one['split_by']}"


def test_every_door_answers(collected: Collected) -> None:
    """Excludes routes that need a link or a second factor, and an owner's pages, which hold no number of a
    release."""
    links = {"surveys:invitation", "surveys:welcome", "posture:shared-report"}
    factors = {"mfa_authenticate", "mfa_login_webauthn"}
    of_owners = {"surveys:people", "surveys:trail", "surveys:trail-csv", "posture:share-links"}
    assert collected.unasked == links | factors | of_owners
    assert {one.door for one in collected.claims} >= {
        "posture:release", "posture:number", "posture:pack", "posture:gaps-csv", "posture:organization-report",
        "posture:organization-csv", "api:estimate-list", "api:gap-list", "api:comparison-list",
    }  # fmt: skip
    assert told(collected.claims)
    assert told(collected.claims) < set(collected.released)


def test_all_doors_tell_the_same(collected: Collected) -> None:
    """A9: pages, charts and their hover texts, CSV, REST and the pack."""
    assert list(contradictions(collected.claims, collected.released)) == []


def test_what_is_withheld_has_no_figure_in_any_door(collected: Collected) -> None:
    withheld = {
        number for number, row in collected.released.items() if row.status != Estimate.Status.PUBLISHED
    }
    assert withheld
    assert not withheld & told(collected.claims)
    shapes = {
        (one.door, one.field, str(one.value))
        for one in collected.claims
        if one.number in withheld and one.field in (*NUMBERS, "status", "interval", "above", "below", "drawn")
    }
    assert {value for _, field, value in shapes if field == "status"} == {"suppressed"}
    assert {value for _, field, value in shapes if field != "status"} <= {"None", ""}


def test_hidden_and_empty_look_alike(collected: Collected) -> None:
    """A15: the receipts of numbers based on nobody, on some, and on many but withheld to protect others are equal,
    word by word."""
    pages: dict[tuple[str, ...], set[str]] = {}
    sizes: dict[tuple[str, ...], set[int]] = {}
    for one in collected.answers:
        if one.route == "posture:number":
            number = next(claim.number for claim in claims(one, Client()) if claim.field == "interval")
            if collected.released[number].status != Estimate.Status.PUBLISHED:
                words = one.text[one.text.index("<main") :]
                body = words[
                    : words.index("Answers outside the base") if "Answers outside the base" in words else None
                ]
                pages.setdefault(number[:4], set()).add(without_cohort(body))
                sizes.setdefault(number[:4], set()).add(records_in(number[4]))
    assert {0, 3} <= sizes["item", "A-R", "mean", ""]
    assert {len(found) for found in pages.values()} == {1}


def records_in(cohort: str) -> int:
    return sum(
        attacked_release.has_records(line)
        for line in attacked_release.lines()
        if line["org_id"] in in_cohort(cohort)
    )


def without_cohort(page: str) -> str:
    page = re.sub(r'(<th scope="row">Among</th><td>).*?(</td>)', r"\1\2", page)
    page = re.sub(r"\?cohort=[^\"]*", "", page)
    return re.sub(r"/numbers/[^/]*/", "/numbers/", page)


def test_a_cohort_without_any_number_looks_like_none(collected: Collected) -> None:
    """A15 for pages: an empty cell, a cell of a few, and a cohort that does not exist."""
    shown = {cohort for *_, cohort in told(collected.claims)}
    silent = {cohort for *_, cohort in collected.released if cohort not in shown}
    assert {len(in_cohort(cohort)) for cohort in silent} >= {1, 2, 3, 4}
    address = f"/releases/{collected.release.slug}/"
    answers = {(found.status_code, found.content)
               for cohort in (*silent, "sector:nowhere", "sector:retail", "x")
               for found in [Client().get(address, {"cohort": cohort})]}  # fmt: skip
    assert len(answers) == 1
    assert {status for status, _ in answers} == {404}


def test_no_difference_of_the_list_can_be_asked(collected: Collected) -> None:
    """A2 to A6 and A16."""
    assert list(differences(told(collected.claims))) == []


def test_what_all_of_a_cell_said_is_not_told(collected: Collected) -> None:
    """A11, and A10: the base of those who were asked because of the answer does not reveal it either."""
    shown = told(collected.claims)
    met = 0
    for one in attacked_release.attacks()["uniform_cells"]:
        cell = attacked_release.members(one["query"])
        for number in cells_about(one["question"], shown).get(cell, []):
            row = collected.released[number]
            if row.statistic == "share" and row.option in ("yes", "no"):
                met += 1
                assert row.bound, number
                assert 0.1 < (row.value or 0) < 0.9, number
        if one["question"] == "incident":
            assert not [n for n in shown if n[1] == "KEYS" and in_cohort(n[4]) == cell], one
    assert met


def test_what_is_asked_after_an_answer_does_not_count_those_who_gave_it(collected: Collected) -> None:
    """A10: KEYS is asked where an incident is on record."""
    shown = told(collected.claims)
    cohorts = {number[4] for number in shown if number[1] == "KEYS"}
    assert cohorts
    for cohort in cohorts:
        sides = [collected.released["item", "I-R", "share", option, cohort] for option in ("yes", "no")]
        assert any(is_exact_count(side) for side in sides), cohort


def is_exact_count(row: Estimate) -> bool:
    """A bound beside few says that the count is exact and the base is not."""
    is_exact = not row.bound or row.method.endswith("_beside_few")
    return row.status == Estimate.Status.PUBLISHED and is_exact


def test_organisations_are_counted_and_not_respondents(collected: Collected) -> None:
    """A13: the organisation is the unit, so no organisation dominates."""
    for number, row in collected.released.items():
        if row.base is not None and row.statistic != "gap_vs_rest":
            assert attacked_release.K <= row.base <= len(in_cohort(number[4])), number


def test_no_door_names_an_organisation(collected: Collected) -> None:
    """A19: no slug, name, address or free text; an organisation's own report contains only its own."""
    names = re.compile(r"\bm0\d\d\b|written by hand|@m0\d\d", re.IGNORECASE)
    for one in collected.answers:
        found = set(names.findall(f"{one.file_name} {one.text}".lower()))
        is_own = one.route.startswith(("posture:organization", "account:"))
        assert found <= ({MEMBER} if is_own else set()), (one.address, found)


def test_no_spelling_of_a_filter_gives_more(collected: Collected) -> None:
    """A1: case, order, repetition, empty values, and undeclared filters."""
    release = collected.release
    doors = Doors(release, member=MEMBER, reader=collected.reader)
    cell = "sector:manufacturing+size_band:1-49"
    assert 0 < len(in_cohort(cell)) < attacked_release.K
    spellings = [cell, cell.upper(), f" {cell} ", cell.replace("+", " "), "+".join(reversed(cell.split("+"))), "",
                 f"{cell},{cell}", "sector:manufacturing", f"{cell}+region:europe", "%", "sector:*"]  # fmt: skip
    extra = {"sector": "manufacturing", "size_band": "1-49", "cohort__startswith": "sector", "region": "",
             "status": "published", "base__lt": "5", "ordering": "base", "organization": MEMBER}  # fmt: skip
    asked: list[Answer] = []
    for route in doors.routes():
        if route.name in ASKED_BY_COHORT:
            doors = Doors(
                release, member=MEMBER, reader=collected.reader
            )  # a token for each, for its rate limit
            path = route.pattern.replace("<slug:slug>", release.slug)
            for spelling in spellings:
                query = {"release": release.slug, "cohort": spelling}
                asked += [doors.ask(route, path, query), doors.ask(route, path, query | extra)]
    assert {one.status for one in asked} <= {200, 400, 404}
    found = [claim for one in asked for claim in claims(one, doors.clients["token"])]
    assert found
    assert list(contradictions(found, collected.released)) == []
    assert told(found) <= told(collected.claims)


# Negative controls: the same checks must find planted faults.


def rows_of_the_api(release: Release, reader: Any) -> list[Claim]:
    doors = Doors(release, member=MEMBER, reader=reader)
    route = next(one for one in doors.routes() if one.name == "api:estimate-list")
    answer = doors.ask(route, route.pattern, {"release": release.slug, "format": "csv"})
    return list(claims(answer, doors.clients["token"]))


def test_a_withheld_base_in_one_door_would_be_seen(
    collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, honest = columns("estimates"), estimate_csv._rows

    def leaking(found: Any) -> Iterator[list[Any]]:
        for row in honest(found):
            if row[names.index("status")] == Estimate.Status.SUPPRESSED:
                row[names.index("base")] = 3
            yield row

    monkeypatch.setattr(estimate_csv, "_rows", leaking)
    found = rows_of_the_api(collected.release, collected.reader)
    assert list(contradictions(found, collected.released))
    assert told(found) - told(collected.claims)


def test_a_published_complement_would_be_seen(collected: Collected, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules on differences and the audit are switched off: only cells that are small by themselves are
    withheld."""
    for rule in ("complements", "nested", "sums", "rests", "combinations"):
        monkeypatch.setattr(suppression.Search, rule, lambda _: set())
    monkeypatch.setattr(computation.Computation, "objections", lambda *_: [])
    wave = attacked_release.closed_wave("planted")
    attacked_release.answer(wave, attacked_release.lines())
    attacked_release.cross(wave, collected.release.requested_by)
    faulty = attacked_release.published(wave, collected.release.requested_by)
    found = list(differences(told(rows_of_the_api(faulty, collected.reader))))
    assert any("without its" in one for one in found)
    assert any("without size_band" in one or "without industry" in one for one in found)


# One wave after the other.


def test_what_a_few_joiners_would_change_is_not_published() -> None:
    """A7 and A8: the wave after its first part, and to date."""
    analyst = make_user("second", is_staff=True)
    wave = attacked_release.closed_wave("growing")
    everybody = attacked_release.lines()
    attacked_release.answer(wave, [line for line in everybody if line["joined_wave"] == "1"])
    first = attacked_release.published(wave, analyst)
    withdraw_release(first, reason="More have answered.", by="analyst", at=NOW)
    attacked_release.answer(wave, [line for line in everybody if line["joined_wave"] == "2"])
    with pytest.raises(ReleaseError, match="together they reveal"):
        publish_release(attacked_release.computed(wave, analyst), by=analyst, at=NOW)
