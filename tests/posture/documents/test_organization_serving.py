"""Tests how the files of an organisation's report are asked for, made by the worker, kept sealed and served."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from posture.documents.organization.making import FORMATS, REPORT_FILE
from posture.views import organization_files
from surveys.fieldwork.invitations import revoke
from surveys.jobs import job_queue, outbox
from surveys.models import AuditEntry, Invitation, Organization, ReportFile, Wave
from surveys.people.report_files import RETENTION, keep_report_file, respondents_of
from surveys.people.share_links import make_share_link
from surveys.rate_limits.limits import Rate
from surveys.retention import retention_rules
from surveys.retention.erasure import erase_organization, erase_respondent
from surveys.tenancy.organization_scope import across_organizations
from tests.support.builders import chose, make_organization, make_response, make_user, make_wave, percent

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BEGINNINGS = {"pdf": b"%PDF-1.7", "pptx": b"PK\x03\x04", "xlsx": b"PK\x03\x04"}


@pytest.fixture
def wave() -> Wave:
    return make_wave()


@pytest.fixture
def acme(wave: Wave) -> Organization:
    return answered(wave, "acme")


def answered(wave: Wave, slug: str) -> Organization:
    organization = make_organization(slug)
    make_response(wave, organization, "executive", {"A-C": percent(90), "I-C": chose("no")}, submit=True)
    engineer = {"COUNT": percent(9), "A-R": percent(40), "I-R": chose("yes")}
    make_response(wave, organization, "engineer", engineer, submit=True)
    return organization


def member(organization: Organization, name: str = "member", role: str = "viewer") -> Client:
    client = Client()
    client.force_login(make_user(name, organization=organization, role=role))
    return client


def page_of(wave: Wave, slug: str = "acme") -> str:
    return f"/organizations/{slug}/waves/{wave.slug}/files/"


def file_of(wave: Wave, form: str, slug: str = "acme") -> str:
    return f"/organizations/{slug}/waves/{wave.slug}/report.{form}"


def carry_out() -> list[outbox.JobOutcome]:
    with across_organizations():
        keys = list(outbox.Job.objects.filter(kind=REPORT_FILE).values_list("key", flat=True))
        return [job_queue.carry_out_now(key, at=timezone.now()) for key in keys]


def made(wave: Wave, client: Client, form: str = "xlsx") -> Any:
    client.post(page_of(wave), {"format": form})
    assert carry_out() == [outbox.JobOutcome.DONE]
    return ReportFile.objects.get(format=form)


def words(response: Any) -> str:
    return " ".join(re.sub("<[^>]+>", " ", response.content.decode().split("<main")[1]).split())


@pytest.mark.parametrize("form", FORMATS)
def test_a_member_asks_waits_and_downloads(wave: Wave, acme: Organization, form: str) -> None:
    client = member(acme)
    assert "Not made yet" in words(client.get(page_of(wave)))
    assert client.get(file_of(wave, form)).headers["Location"].startswith(page_of(wave))
    answer = client.post(page_of(wave), {"format": form})
    assert (answer.status_code, answer["Location"]) == (302, f"{page_of(wave)}?cohort=all")
    waiting = client.get(page_of(wave))
    assert "Waits for a worker" in words(waiting)
    assert waiting["Refresh"].startswith("5; url=/organizations/acme/")
    assert carry_out() == [outbox.JobOutcome.DONE]
    ready = client.get(page_of(wave))
    assert f'href="{file_of(wave, form)}?cohort=all"' in ready.content.decode()
    assert "Refresh" not in ready
    answer = client.get(file_of(wave, form))
    assert answer.status_code == 200
    assert answer.content.startswith(BEGINNINGS[form])
    assert answer["Content-Disposition"] == f'attachment; filename="acme-{wave.slug}.{form}"'
    assert "no-store" in answer["Cache-Control"]


def test_requests_and_downloads_are_in_the_trail(wave: Wave, acme: Organization) -> None:
    client = member(acme)
    made(wave, client)
    client.get(file_of(wave, "xlsx"))
    entries = AuditEntry.objects.filter(organization=acme).order_by("pk").values_list("action", "about")
    about = f"{wave.slug}, xlsx"
    assert list(entries)[-2:] == [("asked for a file of the report", about), ("exported the report", about)]


def test_others_get_what_an_absent_organization_gives(wave: Wave, acme: Organization) -> None:
    made(wave, member(acme), "pdf")
    initech = answered(wave, "initech")
    foreign, analyst = member(initech, "foreign", "owner"), Client()
    analyst.force_login(make_user("analyst", is_staff=True))
    for address in (page_of(wave), file_of(wave, "pdf")):
        assert Client().get(address).headers["Location"].startswith("/account/login/")
        for client in (foreign, analyst):
            assert client.get(address).status_code == 404
    assert foreign.post(page_of(wave), {"format": "pdf"}).status_code == 404
    assert foreign.get(file_of(wave, "pdf", "initech")).status_code == 302


def test_a_share_link_reaches_no_file(wave: Wave, acme: Organization) -> None:
    made(wave, member(acme), "pdf")
    now = timezone.now()
    owner = make_user("owner", organization=acme, role="owner")
    _, token = make_share_link(
        acme, wave=wave, label="A reader", expires_at=now + timedelta(days=3), by=owner, at=now
    )
    client = Client()
    shared = client.get(f"/shared/{token}/").content.decode()
    assert "/files/" not in shared
    assert "report.pdf" not in shared
    assert client.get(file_of(wave, "pdf")).headers["Location"].startswith("/account/login/")
    assert client.get(f"/shared/{token}/report.pdf").status_code == 404


def test_before_the_beliefs_are_in_there_is_no_file(wave: Wave) -> None:
    organization = make_organization("acme")
    make_response(wave, organization, "executive", {"A-C": percent(90)})
    make_response(wave, organization, "engineer", {"COUNT": percent(9), "A-R": percent(40)}, submit=True)
    client = member(organization)
    client.post(page_of(wave), {"format": "pdf"})
    assert "The report opens when" in words(client.get(page_of(wave)))
    assert client.get(file_of(wave, "pdf")).status_code == 404
    assert not outbox.Job.objects.filter(kind=REPORT_FILE).exists()


def test_a_file_of_earlier_answers_is_not_served(wave: Wave, acme: Organization) -> None:
    client = member(acme)
    made(wave, client)
    revoke(Invitation.objects.get(organization=acme, role="engineer"), at=timezone.now())
    assert client.get(file_of(wave, "xlsx")).status_code == 302
    assert "have changed since" in words(client.get(page_of(wave)))
    client.post(page_of(wave), {"format": "xlsx"})
    assert carry_out() == [outbox.JobOutcome.DONE]
    assert client.get(file_of(wave, "xlsx")).status_code == 200


def test_an_unknown_format_or_cohort_makes_nothing(wave: Wave, acme: Organization) -> None:
    client = member(acme)
    assert client.post(page_of(wave), {"format": "exe"}).status_code == 422
    assert client.post(page_of(wave), {"format": "pdf", "cohort": "sector:nothing"}).status_code == 404
    assert client.get(file_of(wave, "pdf"), {"cohort": "sector:nothing"}).status_code == 404
    assert not outbox.Job.objects.filter(kind=REPORT_FILE).exists()


def test_an_organization_asks_for_few_files(
    wave: Wave, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organization_files, "QUEUED_BY_AN_ORGANIZATION", Rate(2, 3600))
    client = member(acme)
    statuses = [client.post(page_of(wave), {"format": form}).status_code for form in FORMATS]
    assert statuses == [302, 302, 429]


def test_a_failed_file_can_be_asked_for_again(wave: Wave, acme: Organization) -> None:
    client = member(acme)
    client.post(page_of(wave), {"format": "pdf"})
    outbox.Job.objects.filter(kind=REPORT_FILE).update(state=outbox.Job.State.PARKED)
    assert "Could not be made" in words(client.get(page_of(wave)))
    client.post(page_of(wave), {"format": "pdf"})
    assert carry_out() == [outbox.JobOutcome.DONE]
    assert client.get(file_of(wave, "pdf")).status_code == 200


def test_the_database_has_no_answer_in_clear(wave: Wave, acme: Organization) -> None:
    file = made(wave, member(acme))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM surveys_reportfile")
        [[stored]] = cursor.fetchall()
    assert file.content not in stored
    assert not stored.startswith("UEsDB")
    assert file.content.startswith("UEsDB")


def test_erasing_a_respondent_removes_the_files(wave: Wave, acme: Organization) -> None:
    made(wave, member(acme))
    other = answered(wave, "initech")
    client = member(other, "other")
    client.post(page_of(wave, "initech"), {"format": "pdf"})
    carry_out()
    result = erase_respondent(
        Invitation.objects.get(organization=acme, role="engineer"), by="operator", at=timezone.now()
    )
    assert result.counts["surveys.ReportFile"] == 1
    assert [file.organization for file in ReportFile.objects.all()] == [other]
    erase_organization(other, by="operator", at=timezone.now())
    assert not ReportFile.objects.exists()


def test_a_file_with_answers_that_were_erased_meanwhile_is_not_kept(wave: Wave, acme: Organization) -> None:
    respondents, now = respondents_of(acme, wave), timezone.now()
    erase_respondent(Invitation.objects.get(organization=acme, role="engineer"), by="operator", at=now)
    given: dict[str, Any] = {
        "cohort": "all",
        "form": "pdf",
        "content": b"%PDF",
        "digest": "0" * 64,
        "at": now,
    }
    assert keep_report_file(acme, wave, respondents=respondents, **given) is None
    assert keep_report_file(acme, wave, respondents=respondents_of(acme, wave), **given) is not None


def test_retention_removes_files_after_a_week(wave: Wave, acme: Organization) -> None:
    file = made(wave, member(acme))
    rule = retention_rules.RULES["report_files"]
    assert rule.remove(file.made_at + RETENTION, False) == 0
    assert rule.remove(file.made_at + RETENTION + timedelta(seconds=1), False) == 1
    assert not ReportFile.objects.exists()
