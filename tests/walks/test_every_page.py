"""Opens every page that the routes name, in dark mode on a phone and in light mode on a desktop, and checks keyboard
access."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from posture.models import Estimate
from posture.web.routes import Route, routes
from surveys.models import ImportRun, Organization, ShareLink
from surveys.people.share_links import make_share_link
from tests.support.builders import make_import_run, make_user
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser]

# The pages of accounts depend on earlier actions; test_accounts.py walks through them.
NO_PAGES = re.compile(
    r"^/account/.|^/setup/|^/welcome/|\.csv$|\.(?:xlsx|zip|pdf|pptx|svg|png)$|^/api/v1/(?!docs)|z$|/progress/$|/receipt/$"
)
AUTUMN, SPRING = "ai-agent-security-2026-autumn", "ai-agent-security-2026-spring"


def owner_of_demo() -> Any:
    return make_user("owner", organization=Organization.objects.get(slug="demo"), role="owner")


def shared_token() -> str:
    """Returns the token of a link without a passphrase, to the report that the demonstration shares."""
    known = ShareLink.objects.get()
    given: dict[str, Any] = {"wave": known.wave, "by": known.created_by, "at": known.created_at}
    return make_share_link(known.organization, label="A reader", expires_at=known.expires_at, **given)[1]


def pages(policy: str) -> list[Route]:
    return [
        route
        for route in routes()
        if who_reads(route) == policy and "GET" in route.methods and not NO_PAGES.search(route.pattern)
    ]


def who_reads(route: Route) -> str | None:
    """Returns the policy of a page, or the required role where not every member may read it."""
    return route.role if route.role in ("coordinator", "owner") else route.access


def address(route: Route, **known: str) -> str:
    values = {"slug": f"{SPRING}-r1", "wave": AUTUMN, "code": "GRV1-INC-88", **known}
    if "/numbers/" in route.pattern:
        is_option = "<str:option>" in route.pattern
        shown = Estimate.objects.filter(cohort="all", statistic="share" if is_option else "gap")
        one = shown.exclude(option="")[0] if is_option else shown[0]
        values |= {"cohort": one.cohort, "kind": one.subject_kind, "subject": one.subject}
        values |= {"statistic": one.statistic, "option": one.option}
    if route.pattern.startswith("/studio/waves/<slug:slug>"):
        values["slug"] = AUTUMN
    if route.pattern.startswith("/studio/explorer/"):
        values["slug"] = "ai-agent-security"
    if route.pattern.startswith("/studio/imports/<"):
        values["pk"] = str((ImportRun.objects.first() or make_import_run()).pk)
    if route.pattern.startswith("/targets/"):
        values["code"] = "demonstration"
    if "/readers/<" in route.pattern:
        values["code"] = "boards"
    if route.pattern.startswith("/frameworks/"):
        values["code"] = "nist-csf-2.0"
    if route.pattern.startswith("/organizations/"):
        values["slug"] = "demo"
    if route.pattern.startswith("/shared/"):
        values["token"] = known["shared"]
    if route.pattern.startswith("/respond/"):
        values["code"] = "inventory-visibility"
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], route.pattern)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_is_sound(demo: dict[str, Any], visitor: Any, width: int, scheme: str) -> None:
    token, shared = demo["invitations"][0]["url"].rsplit("/", 2)[1], shared_token()
    seen = []
    respondent: Visitor = visitor(width=width, color_scheme=scheme)
    respondent.visit(demo["invitations"][0]["url"])
    respondent.page.get_by_role("button", name="Start or continue").click()
    respondent.page.wait_for_url("**/respond/**")
    public_id = respondent.page.url.rstrip("/").rsplit("/", 1)[1]
    people = {"public": visitor(width=width, color_scheme=scheme), "respondent": respondent}
    for access, login in (("signed_in", 1), ("analyst", 0)):
        people[access] = visitor(width=width, color_scheme=scheme)
        people[access].sign_in(demo["logins"][login])
    people["member"] = people["signed_in"]
    for access, user in (("owner", owner_of_demo()), ("admin", make_user("admin", is_superuser=True))):
        people[access] = visitor(width=width, color_scheme=scheme)
        people[access].enter_as(user)
    for access, person in people.items():
        for route in pages(access):
            person.visit(address(route, token=token, public_id=public_id, shared=shared))
            person.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            person.examine()
            seen.append(route.pattern)
    assert len(seen) == len(set(seen)) >= 19


def test_a_section_can_be_answered_by_keyboard(demo: dict[str, Any], visitor: Any) -> None:
    person: Visitor = visitor(width=390)
    person.visit(demo["invitations"][0]["url"])
    page = person.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    begin = page.get_by_role("button", name="Start or continue")
    begin.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/respond/**")
    person.visit(page.url + "sections/inventory-visibility/")
    page.locator('[name="INV-C1.number"]').focus()
    page.keyboard.type("85")
    page.keyboard.press("Tab")
    expect(page.locator("#INV-C1 [data-state]")).to_contain_text("Saved at")
    page.keyboard.press("Space")
    expect(page.locator("#INV-C1 [name='INV-C1.number']")).to_have_value("")
    page.locator('[name="INV-C3"]').first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#INV-C3 [data-state]")).to_contain_text("Saved at")
    expect(page.locator("[data-progress-text]")).to_contain_text("2 of ")


def test_without_a_connection_the_words_stay_and_are_sent_later(demo: dict[str, Any], visitor: Any) -> None:
    person: Visitor = visitor()
    person.visit(demo["invitations"][0]["url"])
    page = person.page
    page.get_by_role("button", name="Start or continue").click()
    page.wait_for_url("**/respond/**")
    person.visit(page.url + "sections/inventory-visibility/")
    page.context.set_offline(True)
    page.locator('[name="INV-C1.number"]').fill("85")
    page.locator('[name="INV-C1.number"]').blur()
    expect(page.locator("#INV-C1 [data-state]")).to_contain_text("Not saved yet")
    expect(page.locator('[name="INV-C1.number"]')).to_have_value("85")
    page.context.set_offline(False)
    expect(page.locator("#INV-C1 [data-state]")).to_contain_text("Saved at")


def test_paper_is_light_and_charts_fit_it(demo: dict[str, Any], visitor: Any) -> None:
    person: Visitor = visitor(color_scheme="dark")
    person.visit("/benchmarks/")
    person.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    chart = person.page.locator("[data-chart=chart-spread] .main-svg").first
    assert chart.evaluate("one => one.clientWidth") < 700
    label = person.page.locator("[data-chart=chart-spread] .annotation-text").first
    assert label.evaluate("one => getComputedStyle(one).fill") == "rgb(20, 35, 59)"
    assert person.page.locator("details[data-numbers]:not([open])").count() == 0
    person.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(chart).to_have_attribute("width", re.compile("^1[01]"))
    assert person.page.locator("details[data-numbers][open]").count() == 0


def test_paper_shows_the_tables_of_a_report(demo: dict[str, Any], visitor: Any) -> None:
    person: Visitor = visitor()
    for name in ("gaps", "profile", "change"):
        person.visit(f"/releases/{SPRING}-r1/{name}/")
        folded = person.page.locator("details[data-numbers]:not([open])")
        number = folded.count()
        assert number or name == "change"
        person.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert folded.count() == 0
        person.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert folded.count() == number


def test_without_script_a_section_is_answered_and_the_numbers_are_open(
    demo: dict[str, Any], visitor: Any
) -> None:
    person: Visitor = visitor(width=390, java_script_enabled=False)
    page = person.page
    person.visit(demo["invitations"][0]["url"])
    page.get_by_role("button", name="Start or continue").click()
    person.visit(page.url + "sections/inventory-visibility/")
    page.locator('[name="INV-C1.number"]').fill("850")
    page.get_by_role("button", name=re.compile("^Save and")).click()
    expect(page.get_by_role("alert")).to_contain_text("a whole number from 0 to 100")
    expect(page.locator('[name="INV-C1.number"]')).to_have_value("850")
    page.locator('[name="INV-C1.number"]').fill("85")
    page.get_by_role("button", name=re.compile("^Save and")).click()
    expect(page.get_by_role("heading", name="Identity and access")).to_be_visible()
    person.visit(f"/releases/{SPRING}-r1/gaps/")
    expect(page.get_by_role("link", name=re.compile("points")).first).to_be_visible()
    page.get_by_text("All numbers of these pairs").click()
    expect(page.get_by_role("region", name=re.compile("^Table of pairs"))).to_be_visible()
