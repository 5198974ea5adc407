"""Tests REST as a BI tool uses it, against the published contract of the project."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from posture.accounts.tokens import create_token, token_from_text
from posture.api.contract import columns, contract
from posture.models import ApiToken, Release
from posture.releases.lifecycle import compute_release, publish_release, request_release, withdraw_release
from posture.stored_definitions.catalogue import load_benchmarks
from tests.support.builders import NOW, make_organization, make_response, make_user, make_wave, percent
from tests.support.module_content import module_content
from tests.support.response_comparison import complete_content

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with module_content(django_db_blocker):
        yield publish().pk


@pytest.fixture
def release(published: int, db: None) -> Release:
    return Release.objects.get(pk=published)


def publish() -> Release:
    """Publishes a release of twelve organisations, one of which is alone in its sector."""
    analyst = make_user("analyst", is_staff=True)
    wave = make_wave(is_open=False)
    for number in range(12):
        acme = make_organization(f"organization-{number}", sector="healthcare" if number < 11 else "retail")
        make_response(wave, acme, "executive", {"A-C": percent(80)}, submit=True)
        make_response(wave, acme, "engineer", {"COUNT": percent(9), "A-R": percent(50)}, submit=True)
    found = request_release(wave.pk, by=analyst, at=NOW)
    compute_release(found.pk, at=NOW)
    publish_release(found, by=analyst, at=NOW)
    return found


@pytest.fixture
def machine(release: Release) -> Client:
    _, text = create_token(release.requested_by, name="test", expires_at=NOW + timedelta(days=1), at=NOW)
    return Client(headers={"authorization": f"Bearer {text}"})


def rows(machine: Client, resource: str, **query: Any) -> list[dict[str, Any]]:
    """Returns the rows of all pages."""
    found: list[dict[str, Any]] = []
    address: str | None = f"/api/v1/{resource}/"
    while address:
        body = machine.get(address, query).json()
        found += body["results"]
        address, query = body["next"], {}
    return found


@pytest.mark.parametrize("resource", contract())
def test_live_rows_keep_the_contract(machine: Client, release: Release, resource: str) -> None:
    query = {"release": release.slug} if resource in ("estimates", "gaps", "comparisons") else {}
    if resource == "benchmarks":
        load_benchmarks()
    found = rows(machine, resource, **query)
    assert found
    for row in found:
        assert list(row) == columns(resource)
        for column in contract()[resource]:
            value = row[column["name"]]
            if value is None:
                assert column["nullable"], column["name"]
            else:
                assert isinstance(value, TYPES[column["type"]]), (column["name"], value)


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("resource", ["releases", "estimates", "gaps", "comparisons"])
def test_csv_has_the_same_columns_and_empty_cells_for_what_is_withheld(
    machine: Client, release: Release, resource: str
) -> None:
    answer = machine.get(f"/api/v1/{resource}/", {"release": release.slug, "format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(complete_content(answer).decode())))
    assert list(table[0]) == columns(resource)
    as_json = rows(machine, resource, release=release.slug)
    assert table == [{name: text_of(value) for name, value in row.items()} for row in as_json]
    for row in table:
        if row.get("status") == "suppressed":
            assert row["base"] == ""
            assert "0" not in (row.get("value"), row.get("gap"))


def test_a_gap_is_one_row_with_both_halves(machine: Client, release: Release) -> None:
    (row,) = rows(machine, "gaps", release=release.slug, cohort="all", pair="A-P")
    assert (row["belief"], row["evidence"], row["gap"], row["base"]) == (80, 50, 30, 12)
    assert (row["over"], row["over_bound"]) == (9 / 12, "at_least"), (
        "of twelve; nobody lies between the bases"
    )
    assert (row["types_base"], row["gap_bound"], row["status"]) == (12, "", "published")


def test_pages_follow_a_cursor_and_lose_nothing(machine: Client, release: Release) -> None:
    whole = rows(machine, "estimates", release=release.slug, page_size=1000)
    assert rows(machine, "estimates", release=release.slug, page_size=7) == whole
    assert len(whole) == release.estimates.count()


def test_filters_narrow(machine: Client, release: Release) -> None:
    found = rows(
        machine, "estimates", release=release.slug, subject_kind="pair", statistic="gap", status="published"
    )
    assert found
    assert {(row["subject_kind"], row["statistic"], row["status"]) for row in found} == {
        ("pair", "gap", "published")
    }


@pytest.mark.parametrize("resource", ["estimates", "gaps", "comparisons"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "Expected ?release= with the slug of a published release."),
        ({"release": "nothing"}, "No published release has this slug"),
    ],
)
def test_a_release_must_be_named(
    machine: Client, resource: str, query: dict[str, str], expected: str
) -> None:
    for form in ("json", "csv"):
        answer = machine.get(f"/api/v1/{resource}/", query | {"format": form})
        assert answer.status_code == 400
        assert expected in answer.content.decode()


def test_drafts_and_withdrawn_releases_are_not_served(machine: Client, release: Release) -> None:
    draft = request_release(release.wave_id, by=release.requested_by, at=NOW)
    compute_release(draft.pk, at=NOW)
    withdraw_release(release, reason="Wrong.", by="analyst", at=NOW)
    assert rows(machine, "releases") == []
    for slug in (draft.slug, release.slug):
        assert machine.get(f"/api/v1/releases/{slug}/").status_code == 404
        for resource in ("gaps", "comparisons"):
            assert machine.get(f"/api/v1/{resource}/", {"release": slug}).status_code == 400


def test_one_questionnaire_comes_with_its_whole_definition(machine: Client) -> None:
    body = machine.get("/api/v1/questionnaires/small-1/").json()
    assert [item["code"] for item in body["definition"]["items"]][:2] == ["COUNT", "A-C"]
    assert machine.get("/api/v1/questionnaires/none-1/").status_code == 404


@pytest.mark.parametrize("change", ["expired", "revoked", "other secret", "inactive", "other scope"])
def test_a_token_ends(release: Release, change: str) -> None:
    token, text = create_token(release.requested_by, name="x", expires_at=NOW + timedelta(days=1), at=NOW)
    status = 401
    if change == "expired":
        ApiToken.objects.filter(pk=token.pk).update(
            created_at=NOW - timedelta(days=2), expires_at=NOW - timedelta(days=1)
        )
    elif change == "revoked":
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=NOW)
    elif change == "inactive":
        release.requested_by.is_active = False
        release.requested_by.save()
    elif change == "other scope":
        ApiToken.objects.filter(pk=token.pk).update(scopes="nothing")
        status = 403
    else:
        text = text[:-2] + "zz"
    answer = Client(headers={"authorization": f"Bearer {text}"}).get("/api/v1/releases/")
    assert answer.status_code == status


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic abc", "Bearer a b", "Bearer posture_x_y", "Bearer ÿ"]
)
def test_a_header_that_is_no_token_is_refused(db: None, header: str) -> None:
    answer = Client(headers={"authorization": header}).get("/api/v1/releases/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_token_is_stored_only_as_its_hash(release: Release) -> None:
    token, text = create_token(release.requested_by, name="x", expires_at=NOW + timedelta(days=1), at=NOW)
    secret = text.rsplit("_", 1)[1]
    assert secret not in str(ApiToken.objects.values_list())
    assert token_from_text(text, at=NOW) == token


def test_the_document_describes_what_is_served(machine: Client) -> None:
    document = machine.get("/api/v1/schema/", {"format": "json"}).json()
    schemas = document["components"]["schemas"]
    for name, schema in (("releases", "ReleaseRow"), ("estimates", "EstimateRow"), ("gaps", "GapRow"),
                         ("comparisons", "ComparisonRow"),
                         ("benchmarks", "BenchmarkRow"), ("questionnaires", "QuestionnaireRow")):  # fmt: skip
        assert f"/api/v1/{name}/" in document["paths"]
        assert list(schemas[schema]["properties"]) == columns(name)
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_the_page_names_every_column(machine: Client) -> None:
    page = machine.get("/api/v1/docs/").content.decode()
    for resource in contract():
        for column in columns(resource):
            assert f"<code>{column}</code>" in page
