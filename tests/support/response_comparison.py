"""Compares the content of responses, without values that are random in each response."""

import re
from typing import Any

RANDOM_IN_EVERY_RESPONSE = (rb'name="csrfmiddlewaretoken" value="[^"]+"', rb'nonce="[^"]+"')


def complete_content(response: Any) -> bytes:
    """Returns the content, also of a streamed response, which can be read only once."""
    return bytes(b"".join(response.streaming_content) if response.streaming else response.content)


def content_without_random_values(response: Any) -> bytes:
    """Returns the body without the tokens that are newly drawn for each response."""
    body = complete_content(response)
    for pattern in RANDOM_IN_EVERY_RESPONSE:
        body = re.sub(pattern, b"", body)
    return body
