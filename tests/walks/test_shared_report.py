"""A reader without an account opens the report that the demonstration shares."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser]


@pytest.mark.parametrize("width", [390, 1440])
def test_a_reader_opens_the_shared_report(demo: dict[str, Any], visitor: Any, width: int) -> None:
    (shared,) = demo["shared_reports"]
    reader: Visitor = visitor(width=width)
    reader.visit(shared["url"])
    page = reader.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Shared report")
    assert shared["organization"] not in page.content()
    page.get_by_label("Passphrase").fill("not the passphrase")
    page.get_by_role("button", name="Open the report").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not the passphrase of this link.")
    reader.errors.clear()
    page.get_by_label("Passphrase").fill(shared["passphrase"])
    page.get_by_role("button", name="Open the report").click()
    expect(page.locator(".eyebrow").first).to_contain_text(shared["organization"], ignore_case=True)
    expect(page.get_by_role("heading", name="What to do first")).to_be_visible()
    page.wait_for_load_state("networkidle")
    reader.examine()
    assert [cookie["name"] for cookie in page.context.cookies() if "session" in str(cookie.get("name"))] == []
    page.emulate_media(media="print")
    mark = page.locator(".watermark span").first
    expect(mark).to_be_visible()
    assert mark.evaluate("one => getComputedStyle(one.parentElement).position") == "fixed"


def test_a_link_that_opens_nothing_names_nobody(demo: dict[str, Any], visitor: Any) -> None:
    (shared,) = demo["shared_reports"]
    reader: Visitor = visitor()
    reader.visit(shared["url"][:-9] + "12345678/")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    assert shared["organization"] not in reader.page.content()
