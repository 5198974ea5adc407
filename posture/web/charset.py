"""Restricts the character set of requests to UTF-8.

Django decodes the address with the declared character set of the body, before any middleware runs. It fails at a
codec that is not a text encoding, such as base64. So other character sets are removed before, and middleware refuses
the request.
"""

import codecs
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

OTHER_CHARSET = "posture.other_charset"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def utf_8_only(application: Application) -> Application:
    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        replace_other_charset(environ)
        return application(environ, start_response)

    return wrapped


def replace_other_charset(environ: dict[str, Any]) -> None:
    try:
        kind, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        is_utf_8 = codecs.lookup(parameters.get("charset", "utf-8")).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        kind, is_utf_8 = "application/octet-stream", False
    if not is_utf_8:
        environ["CONTENT_TYPE"], environ[OTHER_CHARSET] = kind, True
