"""Walks through a person's own pages in a real browser: second factors with a virtual authenticator, and every page
examined."""

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from playwright.sync_api import Page, expect

from posture.accounts.second_factors import activate_authenticator_app
from surveys.models import Limit, Organization
from tests.posture.accounts.people import PASSWORD, link_of, sent, with_password
from tests.support.builders import code_now, make_organization, make_user
from tests.walks.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def live_url(live_server: Any, settings: Any) -> str:
    """Sets the configured address to that of the live server, because passkeys belong to it."""
    settings.BASE_URL = live_server.url
    return str(live_server.url)


def sign_in(person: Visitor, user: Any, secret: str = "") -> None:
    login = {"email": user.email, "password": PASSWORD}
    Limit.objects.all().delete()
    person.sign_in(login | ({"totp_secret": secret} if secret else {}))


def with_device(page: Page) -> None:
    """Adds a virtual authenticator to the browser, which holds passkeys and always verifies its owner."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
              "hasUserVerification": True, "isUserVerified": True}  # fmt: skip
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def test_a_passkey_is_made_and_signs_in(live_url: str, visitor: Any) -> None:
    user = with_password(make_user("jo"))
    person: Visitor = visitor()
    page = person.page
    with_device(page)
    sign_in(person, user)
    person.visit("/account/passkeys/add/")
    person.examine()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/account/recovery-codes/")
    expect(page.locator(".codes li")).to_have_count(10)
    person.examine()
    person.visit("/account/security/")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    person.examine()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{live_url}/")

    person.visit("/account/login/?next=/benchmarks/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/second-factor/")
    person.examine()
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url("**/benchmarks/")
    person.visit("/account/security/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{live_url}/")

    person.visit("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/")
    assert user.authenticator_set.filter(type="webauthn").exists()


def test_an_owner_is_led_to_the_second_factor_by_keyboard_alone(live_url: str, visitor: Any) -> None:
    user = with_password(make_user("owner", organization=make_organization("acme"), role="owner"))
    user.authenticator_set.all().delete()
    person: Visitor = visitor(width=390, color_scheme="dark")
    page = person.page
    person.visit("/account/login/")
    page.get_by_label("E-mail").focus()
    page.keyboard.type(user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/security/")
    expect(page.get_by_role("alert")).to_contain_text("needs a second factor")
    page.get_by_role("link", name="Set up an app").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/app/")
    person.examine()
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Authenticator code").focus()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    person.examine()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/recovery-codes/")
    person.visit("/organizations/acme/people/")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


SIGNED_OUT = ("login/", "password/reset/", "password/reset/sent/", "password/reset/done/",
              "password/reset/1/wrong/", "address/sent/")  # fmt: skip
OWN = ("security/", "sessions/", "tokens/", "password/", "address/", "confirm/", "confirm/code/", "app/remove/",
       "recovery-codes/", "recovery-codes/new/", "passkeys/add/")  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_of_accounts_is_sound(live_url: str, visitor: Any, width: int, scheme: str) -> None:
    acme = make_organization("acme")
    owner = with_password(
        make_user("owner", organization=acme, role="owner", is_superuser=True, is_staff=True)
    )
    owner.authenticator_set.all().delete()
    stranger: Visitor = visitor(width=width, color_scheme=scheme)
    for page in SIGNED_OUT:
        stranger.visit(f"/account/{page}")
        stranger.examine()
    person: Visitor = visitor(width=width, color_scheme=scheme)
    RecoveryCodes.activate(owner)
    sign_in(person, owner, activate_authenticator_app(owner))
    for page in OWN:
        person.visit(f"/account/{page}")
        person.examine()
    for page in ("/organizations/acme/people/", "/studio/people/"):
        person.visit(page)
        person.examine()
    person.visit("/organizations/acme/people/")
    person.page.get_by_label("E-mail").fill("new@people.example")
    person.page.get_by_role("button", name="Invite").click()
    expect(person.page.get_by_text("new@people.example").first).to_be_visible()
    person.examine()
    (message,) = sent()
    stranger.visit(link_of(message))
    stranger.examine()
    stranger.page.get_by_label("Password", exact=True).fill("short")
    stranger.page.get_by_label("Password again").fill("short")
    stranger.page.get_by_role("button", name="Set password").click()
    expect(stranger.page.get_by_role("alert")).to_contain_text("at least 15 characters")
    stranger.examine()
    person.visit("/account/tokens/")
    person.page.get_by_label("What it is for").fill("dashboard")
    person.page.get_by_role("button", name="Make a token").click()
    expect(person.page.get_by_text("Copy the token now")).to_be_visible()
    person.examine()
    assert Organization.objects.count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_page_of_the_first_admin_is_sound(live_url: str, visitor: Any, width: int, scheme: str) -> None:
    person: Visitor = visitor(width=width, color_scheme=scheme)
    person.visit("/setup/")
    person.examine()
