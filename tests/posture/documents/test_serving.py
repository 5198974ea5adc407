"""Tests how the files of a report are made by the worker, kept with the release and served."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.text import slugify

from posture.documents.canvas import STYLE_HASH
from posture.documents.making import DOCUMENT, FORMATS, queue_document, queue_documents
from posture.models import Document, Release
from posture.releases.lifecycle import DOCUMENTS, publish_release, withdraw_release
from posture.releases.queries import cohorts_of
from posture.views import report_files
from surveys.jobs import job_queue, outbox
from surveys.rate_limits.limits import Rate
from surveys.tenancy.organization_scope import across_organizations

pytestmark = pytest.mark.django_db

SLUG = "ai-agent-security-2026-spring-r1"
REPORT = f"/releases/{SLUG}"


@pytest.fixture
def release(demo_of_30: None, db: None) -> Release:
    return Release.objects.get(slug=SLUG)


def carry_out(job: outbox.Job) -> outbox.JobOutcome:
    with across_organizations():
        return job_queue.carry_out_now(job.key, at=timezone.now())


def jobs(kind: str) -> list[outbox.Job]:
    with across_organizations():
        return list(outbox.Job.objects.filter(kind=kind))


def test_the_demo_has_the_files_of_all_organizations(release: Release) -> None:
    kept = Document.objects.filter(release=release)
    assert {(one.cohort, one.format) for one in kept} == {("all", form) for form in FORMATS}


@pytest.mark.parametrize(
    ("form", "beginning"), [("pdf", b"%PDF-1.7"), ("pptx", b"PK\x03\x04"), ("xlsx", b"PK\x03\x04")]
)
def test_a_file_is_served_as_it_was_kept(release: Release, form: str, beginning: bytes) -> None:
    kept = Document.objects.get(release=release, format=form)
    response = Client().get(f"{REPORT}/report.{form}")
    assert response.status_code == 200
    assert response.content == bytes(kept.content)
    assert response.content.startswith(beginning)
    assert response["ETag"] == f'"{kept.digest}"'
    assert response["Content-Disposition"] == f'attachment; filename="{SLUG}.{form}"'
    again = Client().get(f"{REPORT}/report.{form}", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_missing_file_is_queued_once_and_then_served(release: Release) -> None:
    cohort = cohorts_of(release)[1]
    address = f"{REPORT}/report.xlsx?cohort={cohort}"
    waiting = [Client().get(address) for _ in range(3)]
    assert {(one.status_code, one["Refresh"]) for one in waiting} == {(202, "5")}
    assert "The file is being made" in waiting[0].content.decode()
    [job] = jobs(DOCUMENT)
    assert carry_out(job) is outbox.JobOutcome.DONE
    response = Client().get(address)
    assert response.status_code == 200
    assert (
        response["Content-Disposition"]
        == f'attachment; filename="{SLUG}-{slugify(cohort.replace(":", "-"))}.xlsx"'
    )


def test_a_network_queues_few_files(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "QUEUED_BY_A_NETWORK", Rate(2, 3600))
    statuses = [
        Client().get(f"{REPORT}/report.pdf", {"cohort": cohort}).status_code
        for cohort in cohorts_of(release)[1:4]
    ]
    assert statuses == [202, 202, 429]


def test_a_file_that_could_not_be_made_says_so(release: Release) -> None:
    cohort = cohorts_of(release)[1]
    queue_document(release, cohort, "pdf", at=timezone.now())
    with across_organizations():
        outbox.Job.objects.filter(kind=DOCUMENT).update(state=outbox.Job.State.PARKED)
    response = Client().get(f"{REPORT}/report.pdf", {"cohort": cohort})
    assert "could not be made" in response.content.decode()
    assert "Refresh" not in response


def test_the_worker_makes_the_files_of_each_cohort_after_publication(release: Release) -> None:
    Release.objects.filter(pk=release.pk).update(status="draft", published_at=None, published_by=None)
    with across_organizations():
        outbox.Job.objects.filter(kind=DOCUMENTS).delete()
    release.refresh_from_db()
    publish_release(release, by=None, at=timezone.now())
    [job] = jobs(DOCUMENTS)
    assert carry_out(job) is outbox.JobOutcome.DONE
    queued = {(one.payload["cohort"], one.payload["format"]) for one in jobs(DOCUMENT)}
    assert queued == {(cohort, form) for cohort in cohorts_of(release) for form in FORMATS}


def test_a_draft_has_no_files(release: Release) -> None:
    Release.objects.filter(pk=release.pk).update(status="draft", published_at=None, published_by=None)
    queue_documents(release.pk, at=timezone.now())
    assert jobs(DOCUMENT) == []
    assert Client().get(f"{REPORT}/report.pdf").status_code == 404


def test_a_withdrawn_release_shows_no_file_and_no_picture(release: Release) -> None:
    withdraw_release(release, reason="A mistake.", by=None, at=timezone.now())
    for address in ("report.pdf", "report.pptx", "report.xlsx", "gaps.svg", "profile.png", "embed/gaps/"):
        response = Client().get(f"{REPORT}/{address}")
        assert response.status_code == 410
        assert "A mistake." in response.content.decode()


def test_withdrawing_the_earlier_wave_removes_files_that_name_its_changes(release: Release) -> None:
    assert release.follows is not None
    withdraw_release(release.follows, reason="A mistake.", by=None, at=timezone.now())
    assert not Document.objects.filter(release=release).exists()


@pytest.mark.parametrize("address", ["report.pdf", "gaps.svg", "profile.png", "embed/profile/"])
def test_an_unknown_cohort_has_nothing(release: Release, address: str) -> None:
    assert Client().get(f"{REPORT}/{address}", {"cohort": "sector:nothing"}).status_code == 404


def policy(response: Any) -> str:
    return str(response["Content-Security-Policy"])


def test_a_picture_may_load_its_own_style_and_font_only(release: Release) -> None:
    definition = release.wave.questionnaire.definition
    section = definition.item(definition.pairs[0].belief).section
    response = Client().get(f"{REPORT}/gaps.svg", {"topic": section})
    assert response["Content-Type"] == "image/svg+xml"
    assert f"style-src 'sha256-{STYLE_HASH}'" in policy(response)
    assert "font-src data:" in policy(response)
    assert "default-src 'none'" in policy(response)
    assert "frame-ancestors 'none'" in policy(response)
    assert Client().get(f"{REPORT}/gaps.png").content.startswith(b"\x89PNG")


def test_only_the_embeddable_page_may_be_framed(release: Release) -> None:
    response = Client().get(f"{REPORT}/embed/gaps/")
    assert "X-Frame-Options" not in response
    assert "frame-ancestors *" in policy(response)
    assert response["X-Robots-Tag"] == "noindex"
    assert f"{REPORT}/gaps/" in response.content.decode()
    other = Client().get(f"{REPORT}/gaps/")
    assert other["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in policy(other)


def test_pages_link_the_files(release: Release) -> None:
    summary, about, gaps = (
        Client().get(f"{REPORT}/{page}").content.decode() for page in ("", "about/", "gaps/")
    )
    for kept in Document.objects.filter(release=release):
        assert f'href="{REPORT}/report.{kept.format}"' in summary
        assert kept.digest in about
    for picture in ("gaps.svg", "gaps.png", "embed/gaps/"):
        assert f'href="{REPORT}/{picture}"' in gaps
