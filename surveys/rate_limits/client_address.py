"""The address of whoever sent a request. What the client itself says of it is never believed."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

LONGEST = 60
LONGEST_HEADER = 2_000
ONE_HOUSEHOLD = 64


def client_address(request: HttpRequest) -> str:
    """The peer of the connection; behind TRUSTED_PROXIES proxies, what the outermost of them saw.

    Each proxy adds the address that it saw on the right of X-Forwarded-For, so what a client wrote stands on the left
    of what counts. A header with fewer entries did not come through all the proxies: then the peer counts."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXIES
    if not proxies:
        return _readable(peer) or peer[:LONGEST]
    seen = request.headers.get("X-Forwarded-For", "")[-LONGEST_HEADER:].split(",")
    named = _readable(seen[-proxies]) if len(seen) >= proxies else ""
    return named or _readable(peer) or peer[:LONGEST]


def client_network(request: HttpRequest) -> str:
    """For counting: an IPv6 customer has a whole /64 to choose from."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(ip_network((address, ONE_HOUSEHOLD), strict=False))


def _readable(text: str) -> str:
    """The address in its one normal form; "" for what is none. A port is left out, as some proxies add one."""
    text = text.strip()[:LONGEST]
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
