"""Walks through the explorer in a browser: form, query in the address, downloads of chart and table."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from posture.explorer.query import CHARTS, HEAT
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser]

PAGE = "/studio/explorer/ai-agent-security/"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_every_chart_is_sound(demo: dict[str, Any], visitor: Any, width: int, scheme: str) -> None:
    person: Visitor = visitor(width=width, color_scheme=scheme)
    person.sign_in(demo["logins"][0])
    subjects = "show=pair:INV-P1&show=item:POL-C1&show=indicator:confident-in-policies"
    for chart in CHARTS:
        person.visit(f"{PAGE}?by=region&chart={chart}&{subjects}")
        person.examine()
        drawn = "table.heat" if chart == HEAT else ".main-svg"
        expect(person.page.locator(drawn).first).to_be_visible()


def test_the_form_makes_the_address_and_the_chart_can_be_taken_away(
    demo: dict[str, Any], visitor: Any, tmp_path: Path
) -> None:
    person: Visitor = visitor()
    person.sign_in(demo["logins"][0])
    person.visit(PAGE)
    page = person.page
    page.get_by_label("Group by", exact=True).select_option("size_band")
    page.get_by_text("Measures: ").click()
    page.get_by_label("Agents with an identity of their own", exact=True).uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**by=size_band**")
    assert "pair%3AIAM-P1" not in page.url
    page.get_by_text("The numbers").click()
    expect(page.get_by_role("cell", name="250 to 999 people").first).to_be_visible()
    for name, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Chart as {name}").first.click()
        taken = tmp_path / name
        waiting.value.save_as(taken)
        assert taken.read_bytes().startswith(start)
        assert taken.stat().st_size > 10_000
    assert person.errors == []
