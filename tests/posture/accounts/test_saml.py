"""Tests SAML with assertions that the test signs, and with those that must be refused."""

import base64
import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.contrib.auth import get_user_model
from django.test import Client

from tests.posture.accounts.people import is_in
from tests.posture.accounts.saml_provider import ENTITY, SSO, SamlProvider, new_pair, request_id_of
from tests.posture.test_settings import manage
from tests.support.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BASE = "/account/sso/saml/company/"


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    return new_pair()


@pytest.fixture
def provider(pair: tuple[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch) -> SamlProvider:
    registry.load()
    monkeypatch.setitem(registry.provider_map, "saml", SAMLProvider)
    settings.ROOT_URLCONF = "tests.posture.accounts.sso_urls"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "saml": {
            "APPS": [
                {
                    "provider_id": ENTITY,
                    "client_id": "company",
                    "name": "the company",
                    "settings": {
                        "idp": {"entity_id": ENTITY, "sso_url": SSO, "x509cert": pair[1]},
                        "verified_email": ["people.example"],
                        "advanced": {"want_assertion_signed": True, "reject_idp_initiated_sso": True,
                                     "allow_single_label_domains": True},
                    },
                }
            ]
        }
    }  # fmt: skip
    return SamlProvider(*pair)


def ask(client: Client) -> str:
    return request_id_of(client.post(f"{BASE}login/")["Location"])


def deliver(client: Client, answer: str) -> Any:
    """The provider's page posts from another site, so this request comes without the session."""
    assert client.post(f"{BASE}acs/", {"SAMLResponse": answer})["Location"] == f"{BASE}acs/finish/"
    return client.get(f"{BASE}acs/finish/")


def sign_in(provider: SamlProvider) -> tuple[Client, Any]:
    client = Client()
    return client, deliver(client, provider.answer(ask(client)))


def test_a_person_with_the_address_of_a_trusted_domain_comes_in(provider: SamlProvider) -> None:
    make_user("jo")
    client, answer = sign_in(provider)
    assert answer["Location"] == "/account/"
    assert is_in(client)


def test_nobody_new_comes_in(provider: SamlProvider) -> None:
    client, answer = sign_in(provider)
    assert answer.status_code == 403
    assert not is_in(client)
    assert not get_user_model().objects.exists()


def test_the_provider_vouches_for_its_own_domains_only(provider: SamlProvider) -> None:
    person = make_user("jo")
    person.emailaddress_set.update(email="jo@other.example")
    client, answer = sign_in(provider.but(email="jo@other.example"))
    assert answer.status_code == 403
    assert not is_in(client)


LIES: dict[str, dict[str, Any]] = {
    "not signed": {"is_signed": False},
    "meant for another": {"audience": "https://somebody-else.example/"},
    "from another": {"issuer": "https://evil.example/"},
    "expired": {"lasts": timedelta(minutes=-6)},
    "for another address": {"recipient": "https://evil.example/acs/"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_lets_nobody_in(provider: SamlProvider, lie: str) -> None:
    make_user("jo")
    client, answer = sign_in(provider.but(**LIES[lie]))
    assert answer.status_code == 403
    assert not is_in(client)


def test_a_signature_with_another_key_lets_nobody_in(provider: SamlProvider) -> None:
    make_user("jo")
    key, certificate = new_pair()
    assert not is_in(sign_in(provider.but(key=key, certificate=certificate))[0])


def test_a_changed_assertion_lets_nobody_in(provider: SamlProvider) -> None:
    make_user("jo")
    make_user("boss")
    client = Client()
    text = base64.b64decode(provider.answer(ask(client))).decode()
    for changed in (
        text.replace("jo@people.example", "boss@people.example"),
        text.replace("jo@people.example", "boss@people.example<!-- x -->"),
        re.sub(r"<ds:Signature.*</ds:Signature>", "", text, flags=re.DOTALL),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + text,
    ):
        assert changed != text
        assert deliver(client, base64.b64encode(changed.encode()).decode()).status_code == 403
        assert not is_in(client)
    assert deliver(client, "no base64 !!").status_code == 403


def test_what_was_used_is_used_up_and_nothing_comes_unasked(provider: SamlProvider) -> None:
    make_user("jo")
    client = Client()
    answer = provider.answer(ask(client))
    deliver(client, answer)
    assert is_in(client)
    client.post("/account/logout/")
    assert deliver(client, answer).status_code == 403
    assert deliver(Client(), answer).status_code == 403
    assert not is_in(client)
    unasked = Client()
    assert deliver(unasked, provider.answer("")).status_code == 403
    assert not is_in(unasked)


@pytest.mark.long
def test_without_saml_its_libraries_are_not_imported() -> None:
    code = "import sys, django; django.setup(); import posture.urls; print('onelogin' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env={**os.environ, "DJANGO_SETTINGS_MODULE": "posture.settings"})  # fmt: skip
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.long
def test_with_both_configured_the_installation_checks_clean() -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        OIDC_ISSUER="https://identity.example",
        OIDC_CLIENT_ID="x",
        OIDC_CLIENT_SECRET="y",
        SAML_SSO_URL=SSO,
        SAML_ENTITY_ID=ENTITY,
        SAML_DOMAINS="people.example",
    )
    assert done.returncode == 0, done.stderr
