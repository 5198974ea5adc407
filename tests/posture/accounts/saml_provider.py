"""A SAML identity provider for tests: it answers a request with the assertions that the test sets."""

import base64
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY = "https://identity.example/saml"
SSO = "https://identity.example/saml/sso"
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="r{id}" Version="2.0" IssueInstant="{now}" Destination="{acs}" InResponseTo="{request}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>"""  # noqa: E501
ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="a{id}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">person-1</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{acs}" InResponseTo="{request}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{now}" SessionIndex="s{id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="urn:oid:0.9.2342.19200300.100.1.3"><saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"""  # noqa: E501


def new_pair() -> tuple[str, str]:
    """Returns a key and its certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "identity.example")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    return private.decode(), certificate.public_bytes(encoding).decode()


@dataclass(frozen=True)
class SamlProvider:
    key: str
    certificate: str
    email: str = "jo@people.example"
    issuer: str = ENTITY
    audience: str = "http://testserver/account/sso/saml/company/metadata/"
    lasts: timedelta = timedelta(minutes=5)
    recipient: str = "http://testserver/account/sso/saml/company/acs/"
    is_signed: bool = True
    ids: list[str] = field(default_factory=list)

    def but(self, **changed: object) -> "SamlProvider":
        return replace(self, **changed)  # type: ignore[arg-type]

    def answer(self, request_id: str) -> str:
        """Returns the base64 text of the form field SAMLResponse."""
        now = datetime.now(tz=UTC)
        self.ids.append(request_id)
        told = {
            "id": f"{len(self.ids)}-{now.timestamp():.0f}",
            "now": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "since": f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}",
            "until": f"{now + self.lasts:%Y-%m-%dT%H:%M:%SZ}",
            "acs": self.recipient,
            "request": request_id,
            "issuer": self.issuer,
            "audience": self.audience,
            "email": self.email,
        }
        assertion = ASSERTION.format(**told)
        if self.is_signed:
            assertion = OneLogin_Saml2_Utils.add_sign(assertion, self.key, self.certificate).decode()
            assertion = assertion.partition("?>")[2] if assertion.startswith("<?xml") else assertion
        return base64.b64encode(RESPONSE.format(**told, assertion=assertion).encode()).decode()


def request_id_of(location: str) -> str:
    assert location.startswith(SSO)
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    return str(ElementTree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).attrib["ID"])
