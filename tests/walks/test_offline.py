"""Tests the respondent's page without network, without server and with conflicting saves: the text stays and is sent
later."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from surveys.fieldwork import invitations
from surveys.models import Answer, Response
from tests.support.builders import NOW, make_organization, make_wave
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser]

SECTION = "sections/agents/"
ITEM, WORDS = "COUNT", '[name="COUNT.number"]'

FORGETFUL = """
export class ItemSaver {
  constructor(item) { Object.assign(this, { item, code: item.dataset.item, isUnsaved: false, isReady: false }); }
  restore() {}
  readTyping() {}
  readAnswer() { fetch(this.item.dataset.item).catch(() => {}); }
}
"""


@pytest.fixture
def link(transactional_db: None) -> str:
    wave, organization = make_wave(), make_organization("acme")
    address = "jo@acme.example"
    _, token = invitations.invite(organization, wave=wave, role="engineer", address=address, at=NOW)
    return f"/s/{token}/"


@pytest.fixture
def person(link: str, visitor: Any) -> Visitor:
    """A respondent on a phone, which has least room for messages."""
    return begun(link, visitor(width=390))


def begun(link: str, person: Visitor) -> Visitor:
    person.visit(link)
    person.page.get_by_role("button", name="Start or continue").click()
    person.page.wait_for_url("**/respond/**")
    if not person.page.url.endswith("/code/"):
        person.visit(person.page.url + SECTION)
    return person


def write(page: Page, text: str) -> None:
    page.locator(WORDS).fill(text)
    page.locator(WORDS).blur()


def state(page: Page) -> Any:
    return page.locator(f"#{ITEM} [data-state]")


def heard(page: Page) -> Any:
    return page.locator("[data-saving]")


def stored() -> int | None:
    found = Answer.objects.filter(item__code=ITEM).first()
    return found.number if found else None


def answering(status: int, **headers: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, headers=headers, body="")


def test_offline_the_words_stay_and_survive_a_reload(person: Visitor) -> None:
    page = person.page
    page.context.set_offline(True)
    write(page, "85")
    expect(state(page)).to_contain_text("Not saved yet: there is no connection")
    expect(heard(page)).to_contain_text("1 answer not saved yet")
    person.errors.clear()  # a browser reports on its console that it is offline
    person.examine()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))"), (
        "warns before leaving"
    )
    page.context.set_offline(False)
    expect(state(page)).to_contain_text("Saved at")
    expect(heard(page)).to_have_text("Everything is saved.")
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    assert stored() == 85


@pytest.mark.parametrize("status", [503, 507, 429, 500])
def test_a_server_that_cannot_is_asked_again(person: Visitor, status: int) -> None:
    page = person.page
    page.route("**/answers/**", answering(status, **{"Retry-After": "1"}))
    write(page, "85")
    expect(state(page)).to_contain_text("Not saved yet: the server is busy")
    expect(page.locator(WORDS)).to_have_value("85")
    page.unroute("**/answers/**")
    expect(state(page)).to_contain_text("Saved at")
    assert stored() == 85


def test_words_outlive_a_reload_until_they_are_saved(person: Visitor) -> None:
    page = person.page
    page.route("**/answers/**", lambda route: route.abort())
    write(page, "85")
    expect(state(page)).to_contain_text("Not saved yet")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(WORDS)).to_have_value("85")
    page.unroute("**/answers/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(state(page)).to_contain_text("Saved at")
    assert page.evaluate("sessionStorage.length") == 0, "nothing is left for the next person"
    assert stored() == 85


def test_a_lost_answer_is_asked_for_again_and_saved_once(person: Visitor) -> None:
    page, lost = person.page, []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/answers/**", lose)
    write(page, "85")
    expect(state(page)).to_contain_text("Saved at")
    assert lost == [200]
    assert page.locator(f'[name="{ITEM}.version"]').input_value() == "1"


@pytest.mark.parametrize("choice", ["Keep mine", "Use the saved answer"])
def test_two_tabs_are_both_shown_and_somebody_decides(person: Visitor, choice: str) -> None:
    page = person.page
    other = page.context.new_page()
    other.goto(page.url)
    write(other, "20")
    expect(state(other)).to_contain_text("Saved at")
    write(page, "85")
    panel = page.locator(f"#{ITEM} [data-conflict]")
    expect(panel).to_be_visible()
    expect(panel.locator("[data-theirs]")).to_have_text("20")
    expect(panel.locator("[data-mine]")).to_have_text("85")
    expect(heard(page)).to_contain_text("Please check")
    person.errors.clear()  # a browser reports every 409 on its console
    person.examine()
    assert stored() == 20, "nothing is overwritten before somebody decided"
    panel.get_by_role("button", name=choice).click()
    expect(state(page)).to_contain_text("Saved at")
    kept = 85 if choice == "Keep mine" else 20
    expect(page.locator(WORDS)).to_have_value(str(kept))
    assert stored() == kept


def test_the_button_waits_for_what_is_on_its_way(person: Visitor) -> None:
    page = person.page
    page.route("**/answers/**", answering(503, **{"Retry-After": "1"}))
    write(page, "85")
    expect(state(page)).to_contain_text("Not saved yet")
    page.get_by_role("button", name=re.compile("^Save and")).click()
    page.wait_for_timeout(200)
    assert page.url.endswith(SECTION), "nobody is taken away from unsaved words"
    page.unroute("**/answers/**")
    expect(page.get_by_role("heading", name="Incidents")).to_be_visible()
    assert stored() == 85


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_page_for_the_code(link: str, visitor: Any, width: int, scheme: str) -> None:
    first = begun(link, visitor())
    write(first.page, "85")
    expect(state(first.page)).to_contain_text("Saved at")
    second = begun(link, visitor(width=width, color_scheme=scheme))
    expect(second.page.get_by_role("heading", name="Enter the code")).to_be_visible()
    second.examine()
    field = second.page.get_by_label("The code from the mail")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    field.fill("12345678")
    second.page.get_by_role("button", name="Continue").click()
    expect(second.page.get_by_text("This is not the code that was sent.")).to_be_visible()
    second.errors.clear()
    second.examine()
    assert "Acme" not in second.page.content()


def test_the_page_without_its_queue_loses_the_words(link: str, visitor: Any) -> None:
    """The negative control: a page that sends once and does not queue fails the walk above."""
    person: Visitor = visitor()
    person.page.route(
        "**/respond/item_saver.js",
        lambda route: route.fulfill(content_type="text/javascript", body=FORGETFUL),
    )
    begun(link, person)
    page = person.page
    page.context.set_offline(True)
    write(page, "85")
    page.context.set_offline(False)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("dispatchEvent(new Event('beforeunload', {cancelable: true}))"), "does not even warn"
    assert stored() is None


def test_by_keyboard_alone_and_twice_as_large(link: str, visitor: Any) -> None:
    """A window of half the width shows the page at twice the size."""
    person: Visitor = visitor(width=640)
    person.visit(link)
    page = person.page
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Start or continue").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("^Start")).focus()
    page.keyboard.press("Enter")
    page.locator(WORDS).focus()
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    expect(state(page)).to_contain_text("Saved at")
    opened = page.locator('[name="A-R.number"]')
    expect(opened).to_be_visible()
    opened.focus()
    page.keyboard.type("50")
    page.keyboard.press("Tab")
    expect(page.locator("#A-R [data-state]")).to_contain_text("Saved at")
    person.examine()
    page.get_by_role("button", name=re.compile("^Save and")).focus()
    page.keyboard.press("Enter")
    page.locator('[name="I-R"]').first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#KEYS")).to_be_visible()
    page.locator('[name="KEYS"][value="other"]').focus()
    page.keyboard.press("Space")
    page.locator('[name="KEYS.text.other"]').focus()
    page.keyboard.type("a vault")
    expect(page.locator("#KEYS [data-state]")).to_contain_text("Saved at")
    person.examine()
    page.get_by_role("button", name="Save and review").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Submit my answers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you. Your answers are submitted.")).to_be_visible()
    person.examine()
    assert Response.objects.get().answers.count() == 4


def test_a_text_beside_an_option_selects_it(person: Visitor) -> None:
    page = person.page
    person.visit(page.url.replace(SECTION, "sections/incidents/"))
    page.locator('[name="I-R"][value="yes"]').check()
    page.locator('[name="KEYS"][value="none"]').check()
    page.locator('[name="KEYS.text.other"]').fill("a vault")
    expect(page.locator('[name="KEYS"][value="other"]')).to_be_checked()
    expect(page.locator('[name="KEYS"][value="none"]')).not_to_be_checked()
    expect(heard(page)).to_have_text("Everything is saved.")
    page.reload()
    expect(page.locator('[name="KEYS"][value="other"]')).to_be_checked()
    expect(page.locator('[name="KEYS.text.other"]')).to_have_value("a vault")


OLD_BROWSER = """
delete AbortSignal.timeout;
delete AbortSignal.any;
delete Crypto.prototype.randomUUID;
"""


def test_a_browser_without_newer_functions_saves(link: str, visitor: Any) -> None:
    """Older Safari has none of these functions, and a page without TLS has no randomUUID."""
    person: Visitor = visitor(width=390)
    person.page.add_init_script(OLD_BROWSER)
    begun(link, person)
    write(person.page, "85")
    expect(state(person.page)).to_contain_text("Saved at")
    assert stored() == 85


def test_an_answer_of_a_page_from_before_an_upgrade_is_sent(person: Visitor) -> None:
    page = person.page
    address = page.locator("[data-autosave]").get_attribute("data-autosave")
    answer = '{"options": [], "number": 85, "text": "", "basis": "", "texts": {}}'
    entry = f'{{"first": null, "next": {answer}, "version": 0}}'
    page.evaluate(
        "([name, entry]) => sessionStorage.setItem(name, entry)", [f"unsaved {address}{ITEM}", entry]
    )
    page.reload()
    expect(state(page)).to_contain_text("Saved at")
    assert stored() == 85
