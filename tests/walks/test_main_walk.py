"""Walks from an invitation to a published gap report in a browser, with a running worker."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Answer, Response
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.browser]

UNSAVED = '[data-item]:not([hidden]):not(:has([data-state]:text-matches("Saved|Not saved")))'


def answer_item(page: Page, code: str, percent: int) -> None:
    item = page.locator(f'[data-item="{code}"]')
    number = item.locator(f'[name="{code}.number"]')
    choice = item.locator(f'[name="{code}"]').first
    words = item.locator("textarea")
    if number.count():
        number.fill(str(percent))
        number.blur()
    elif words.count():
        words.fill("In words")
        words.blur()
    else:
        choice.check()
    basis = item.locator(f'[name="{code}.basis"]')
    if basis.count():
        # The message after the first save moves the page a little, and a click would miss.
        expect(item.locator("[data-state]")).to_contain_text("Saved at")
        basis.first.check()
    expect(item.locator("[data-state]")).to_contain_text("Saved at")


def answer_questionnaire(page: Page, percent: int) -> None:
    page.get_by_role("button", name="Start or continue").click()
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("link", name=re.compile("^Start")).click()
    while "/sections/" in page.url:
        while page.locator(UNSAVED).count():
            answer_item(page, str(page.locator(UNSAVED).first.get_attribute("data-item")), percent)
        with page.expect_navigation(wait_until="networkidle"):
            page.get_by_role("button", name=re.compile("^Save and")).click()


def submit(visitor: Visitor) -> None:
    visitor.examine()
    expect(visitor.page.get_by_role("heading", name="Still open")).to_have_count(0)
    visitor.page.get_by_role("button", name="Submit my answers").click()
    visitor.page.wait_for_url("**/receipt/")
    visitor.examine()


def close_and_publish(analyst: Visitor) -> None:
    page = analyst.page
    analyst.visit("/studio/waves/ai-agent-security-2026-autumn/")
    page.get_by_text("Close the wave early").click()
    page.get_by_role("button", name="Close the wave now").click()
    page.get_by_role("link", name="Releases of this wave").click()
    page.get_by_role("button", name="Compute a new release").click()
    page.get_by_role("button", name="Publish this release").click(timeout=60_000)
    expect(page.get_by_text("Published", exact=True)).to_be_visible()
    analyst.examine()


def test_from_invitation_to_report(worker: None, demo: dict[str, Any], visitor: Any) -> None:
    beliefs = {"executive": 90, "security_lead": 40, "engineer": 40}
    for invitation in demo["invitations"]:
        person = visitor(width=390)
        person.visit(invitation["url"])
        person.examine()
        assert "%" not in person.page.locator("main").inner_text(), "no published figure before submission"
        answer_questionnaire(person.page, beliefs[invitation["role"]])
        assert invitation["url"].rsplit("/", 2)[1] not in person.page.url
        submit(person)
    assert Response.objects.filter(invitation__organization__slug="demo").count() == 3
    assert Answer.objects.filter(response__invitation__organization__slug="demo", number=90).exists()

    member = visitor()
    member.sign_in(demo["logins"][1])
    member.page.get_by_role("link", name=re.compile("^Your demo organisation")).click()
    expect(member.page.get_by_role("heading", name="What to do first")).to_be_visible()
    member.page.get_by_role("link", name="Security lead").click()
    row = member.page.get_by_role("row", name=re.compile("in the central inventory", re.IGNORECASE)).first
    expect(row).to_contain_text("90 %")
    expect(row).to_contain_text("40 %")
    expect(row).to_contain_text("+50 points")
    member.examine()

    analyst = visitor()
    analyst.sign_in(demo["logins"][0])
    close_and_publish(analyst)
    reader = visitor()
    reader.visit("/releases/ai-agent-security-2026-autumn-r1/")
    expect(reader.page.locator("[data-finding]")).to_be_visible()
    expect(reader.page.locator(".bars svg.strip").first).to_be_visible()
    expect(reader.page.get_by_text("All of them are synthetic.")).to_be_visible()
    reader.examine()
