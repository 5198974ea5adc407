"""Compares the content of responses, without values that are random in each response."""

import re
from typing import Any

NEW_IN_EVERY_ANSWER = (rb'name="csrfmiddlewaretoken" value="[^"]+"', rb'nonce="[^"]+"')


def whole_content(answer: Any) -> bytes:
    """Returns the content, also of a streamed response, which can be read only once."""
    return bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def content_without_chance(answer: Any) -> bytes:
    """Returns the body without the tokens that are newly drawn for each response."""
    body = whole_content(answer)
    for pattern in NEW_IN_EVERY_ANSWER:
        body = re.sub(pattern, b"", body)
    return body
