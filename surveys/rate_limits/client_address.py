"""Determines the address of the client of a request, without trust in values that the client sends."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

MAX_ADDRESS_LENGTH = 60
MAX_HEADER_LENGTH = 2_000
IPV6_PREFIX_LENGTH = 64


def client_address(request: HttpRequest) -> str:
    """Returns the peer of the connection, or behind TRUSTED_PROXIES proxies the address that the outermost of them
    saw.

    Each proxy appends the address that it saw to the right of X-Forwarded-For, so entries further left come from the
    client and are ignored. A header with fewer entries did not pass all proxies; then the peer counts.
    """
    peer_address = str(request.META.get("REMOTE_ADDR", ""))
    proxy_count = settings.TRUSTED_PROXIES
    if not proxy_count:
        return _normal_form(peer_address) or peer_address[:MAX_ADDRESS_LENGTH]
    forwarded = request.headers.get("X-Forwarded-For", "")[-MAX_HEADER_LENGTH:].split(",")
    forwarded_address = _normal_form(forwarded[-proxy_count]) if len(forwarded) >= proxy_count else ""
    return forwarded_address or _normal_form(peer_address) or peer_address[:MAX_ADDRESS_LENGTH]


def client_network(request: HttpRequest) -> str:
    """Returns the network of the client, for counting. Of IPv6 it is the /64, because a customer can use all its
    addresses."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(ip_network((address, IPV6_PREFIX_LENGTH), strict=False))


def _normal_form(text: str) -> str:
    """Returns the address in normal form and without a port, which some proxies add; "" for an invalid address."""
    text = text.strip()[:MAX_ADDRESS_LENGTH]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
