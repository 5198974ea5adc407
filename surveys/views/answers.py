"""Autosave over HTTP: PUT of one answer to its own URL. Errors are JSON with the reason."""

import re
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.fieldwork import autosave
from surveys.fieldwork.errors import AlreadySubmitted, FieldworkError, InvitationUnusable, WaveClosed
from surveys.instrument import answer_json
from surveys.instrument.answer_json import InvalidAnswerJson
from surveys.models import RespondentSession
from surveys.rate_limits import limits
from surveys.web.access import respondent
from surveys.web.annotated_request import AnnotatedRequest

KEY_FORMAT = re.compile(r"[\x21-\x7e]{1,100}")
VERSION_FORMAT = re.compile(r'"([0-9]{1,9})"')
END_REASONS = {
    AlreadySubmitted: "submitted",
    WaveClosed: "closed",
    InvitationUnusable: "revoked",
}


@respondent("PUT", saves=True)
def answer(request: AnnotatedRequest, public_id: uuid.UUID, item: str) -> HttpResponse:
    session: RespondentSession = request.respondent
    limits.enforce("save", session.pk, rate=_rate(), at=timezone.now())
    refusal = _refused_by_its_headers(request)
    if refusal is not None:
        return refusal
    try:
        result = autosave.save_answer(
            session,
            _save(request, item),
            at=timezone.now(),
        )
    except InvalidAnswerJson as error:
        return _error(422, field=error.field, expected=error.expected)
    except autosave.IdempotencyKeyReused:
        return _error(422, field="Idempotency-Key", expected=_("a new key for another answer"))
    except KeyError:
        raise Http404 from None
    except FieldworkError as error:
        return _error(410, error=END_REASONS[type(error)])
    return JsonResponse(result.body, status=result.status)


def _rate() -> limits.Rate:
    """Returns the rate of saves. Each process counts first by itself, because saves are the most frequent requests."""
    saves_per_second = settings.SAVES_PER_SECOND
    return limits.Rate(
        saves_per_second,
        1,
        4 * saves_per_second,
        per_process=limits.Rate(saves_per_second, 1, 4 * saves_per_second),
    )


def _refused_by_its_headers(request: HttpRequest) -> HttpResponse | None:
    """Refuses a request by its headers, before the body is read. Without a length, a body may be truncated."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or "chunked" in request.headers.get("Transfer-Encoding", ""):
        return _error(411, field="Content-Length", expected=_("the length of the body"))
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        return _error(415, field="Content-Type", expected=_("application/json, not compressed"))
    if int(length[:20]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return _error(
            413,
            field="body",
            expected=_("at most {size} bytes").format(size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        )
    if not KEY_FORMAT.fullmatch(request.headers.get("Idempotency-Key", "")):
        return _error(422, field="Idempotency-Key", expected=_("1 to 100 visible ASCII characters"))
    if not VERSION_FORMAT.fullmatch(request.headers.get("If-Match", "")):
        return _error(412, field="If-Match", expected=_('the version in quotes, "0" for no answer yet'))
    return None


def _save(request: HttpRequest, item: str) -> autosave.SaveRequest:
    version = VERSION_FORMAT.fullmatch(request.headers["If-Match"])
    assert version is not None
    return autosave.SaveRequest(
        code=item,
        value=answer_json.parse_answer(request.body),
        version=int(version[1]),
        key=request.headers["Idempotency-Key"],
        digest=autosave.digest_of(item, request.body),
    )


def _error(status: int, **details: str) -> JsonResponse:
    return JsonResponse(details, status=status)
