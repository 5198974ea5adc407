"""Tests OpenID Connect against a provider that the test starts, and that sends false claims on request."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.test import Client

from posture.accounts.second_factors import activate_authenticator_app
from tests.posture.accounts.identity_provider import CLIENT, IdentityProvider, new_key, running
from tests.posture.accounts.people import is_in
from tests.support.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LOGIN = "/account/sso/oidc/company/login/"


@pytest.fixture
def provider(settings: Any) -> Iterator[IdentityProvider]:
    with running() as provider:
        settings.ROOT_URLCONF = "tests.posture.accounts.sso_urls"
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "company",
                        "name": "the company",
                        "client_id": CLIENT,
                        "secret": "secret",
                        "settings": {"server_url": provider.issuer, "fetch_userinfo": False},
                    }
                ],
            }
        }
        yield provider


def go(provider: IdentityProvider, client: Client, next_: str = "") -> dict[str, str]:
    """Starts the sign-in at the provider and returns the parameters of the request."""
    answer = client.post(LOGIN, {"next": next_} if next_ else {})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{provider.issuer}/authorize?")
    return {key: values[0] for key, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(client: Client, state: str) -> Any:
    return client.get(f"{LOGIN}callback/", {"code": "code", "state": state})


def sign_in(provider: IdentityProvider, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, come_back(client, go(provider, client)["state"])


def test_a_person_with_the_verified_address_comes_in(provider: IdentityProvider) -> None:
    person = make_user("jo")
    client, answer = sign_in(provider)
    assert answer["Location"] == "/account/"
    assert is_in(client)
    (asked,) = provider.asked
    assert "code_verifier" in asked
    assert not person.socialaccount_set.get().extra_data
    provider.claims = {"email": "renamed@people.example"}
    assert is_in(sign_in(provider)[0]), "the provider's key for the person stays the same"


def test_nobody_new_comes_in(provider: IdentityProvider) -> None:
    client, answer = sign_in(provider)
    assert answer.status_code == 403
    assert not is_in(client)
    assert not get_user_model().objects.exists()


def test_an_address_that_one_side_has_not_verified_takes_over_nothing(provider: IdentityProvider) -> None:
    person = make_user("jo")
    for claims in ({"email_verified": False}, {"email_verified": "false"}, {"email_verified": None}):
        provider.claims = claims
        assert not is_in(sign_in(provider)[0]), claims
    provider.claims = {}
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert not is_in(sign_in(provider)[0])


def test_a_suspended_person_stays_out(provider: IdentityProvider) -> None:
    person = make_user("jo")
    sign_in(provider)
    person.is_active = False
    person.save()
    client, answer = sign_in(provider)
    assert answer.status_code == 403
    assert not is_in(client)


def test_the_second_factor_is_still_asked_for(provider: IdentityProvider) -> None:
    activate_authenticator_app(make_user("jo"))
    client, answer = sign_in(provider)
    assert answer["Location"] == "/account/login/second-factor/"
    assert not is_in(client)


def wrong_key(provider: IdentityProvider) -> None:
    provider.signing_key = new_key()


def no_signature(provider: IdentityProvider) -> None:
    provider.signing_key, provider.algorithm = "", "none"


def shared_secret(provider: IdentityProvider) -> None:
    provider.signing_key, provider.algorithm = "a-secret-of-at-least-32-characters!!", "HS256"


def nonsense(provider: IdentityProvider) -> None:
    provider.same_token = "not.a.token"


def claims(**told: Any) -> Any:
    return lambda provider: provider.claims.update(told)


LIES = {
    "wrong signature": wrong_key,
    "no signature": no_signature,
    "signed with a shared secret": shared_secret,
    "nonsense": nonsense,
    "meant for another": claims(aud="somebody-else"),
    "from another": claims(iss="http://127.0.0.1:1"),
    "expired": claims(exp=int(time.time()) - 60),
    "not yet": claims(nbf=int(time.time()) + 3600),
    "without an end": claims(exp=None),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_lets_nobody_in(provider: IdentityProvider, lie: str) -> None:
    make_user("jo")
    LIES[lie](provider)
    client, answer = sign_in(provider)
    assert answer.status_code == 403
    assert not is_in(client)


def test_what_was_used_is_used_up(provider: IdentityProvider) -> None:
    make_user("jo")
    client = Client()
    state = go(provider, client)["state"]
    come_back(client, state)
    assert is_in(client)
    client.post("/account/logout/")
    assert come_back(client, state).status_code == 403, "the state"
    assert come_back(Client(), go(provider, Client())["state"]).status_code == 403, (
        "the state of another browser"
    )
    provider.same_token = provider.token()
    assert is_in(sign_in(provider)[0])
    assert not is_in(sign_in(provider)[0]), "the token"


def test_a_good_token_is_what_the_checks_let_through(provider: IdentityProvider) -> None:
    """Negative control: the same flow without our checks accepts a forged token."""
    make_user("jo")
    no_signature(provider)
    told = jwt.decode(provider.token(), options={"verify_signature": False})
    assert told["email"] == "jo@people.example"
    assert not is_in(sign_in(provider)[0])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("posture.accounts.single_sign_on.SignedTokensOnly._decode_id_token", lambda *_: told)
        assert is_in(sign_in(provider)[0])


def test_nobody_is_sent_elsewhere_afterwards(provider: IdentityProvider) -> None:
    make_user("jo")
    for next_ in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        client = Client()
        answer = come_back(client, go(provider, client, next_)["state"])
        assert answer["Location"] == "/account/"
    client = Client()
    assert come_back(client, go(provider, client, "/benchmarks/")["state"])["Location"] == "/benchmarks/"


def test_the_sign_in_page_offers_it_and_looking_at_it_asks_nobody(provider: IdentityProvider) -> None:
    page = Client().get("/account/login/").content.decode()
    assert "Sign in with the company" in page
    assert Client().get(LOGIN).status_code == 405
    assert provider.asked == []


def test_it_is_off_unless_configured(client: Client) -> None:
    assert "Sign in with the" not in client.get("/account/login/").content.decode()
    assert client.post(LOGIN).status_code == 404
