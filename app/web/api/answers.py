"""What the API says when it cannot do what was asked: one shape for every status.

``{"error": {"code", "message", "fields"}}``, with the statuses of the table below.  The
code is for programs and never changes; the message is for people, in their language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.errors import Invalid

#: status -> (code, message)
STATUSES: dict[int, tuple[str, Any]] = {
    400: ("bad_request", _l("The request cannot be read.")),
    401: ("signed_out", _l("A valid key is needed. Make one at /account/tokens.")),
    403: ("forbidden", _l("This key or account may not do this.")),
    404: ("not_found", _l("There is nothing here, or it is not for you.")),
    405: ("method_not_allowed", _l("This address does not take this method.")),
    409: ("conflict", _l("Something else holds this name or number.")),
    410: ("gone", _l("This is gone.")),
    412: ("newer_revision", _l("Somebody saved in between. Read the entry again, then send.")),
    413: ("too_large", _l("The request is too large.")),
    414: ("too_long", _l("The address is too long.")),
    415: ("unsupported", _l("Send JSON with “Content-Type: application/json”.")),
    422: ("invalid", _l("Some fields cannot be taken; “fields” names them.")),
    423: ("closed", _l("This text is closed to you now. What you typed is kept on this device.")),
    428: ("if_match_needed", _l("Send “If-Match” with the ETag of the revision you read.")),
    429: ("too_fast", _l("Too many requests. Wait a little, then go on.")),
    500: ("error", _l("Something went wrong here. Nothing that was saved is lost.")),
    503: ("busy", _l("The site cannot answer just now. Try again soon.")),
    507: ("full", _l("There is no room to save just now. Reading goes on.")),
}


class Refused(Invalid):
    """A request that cannot be taken, with a status of its own; ``fields`` says why."""

    def __init__(self, status: int, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(fields)
        self.status = status
        self.code = STATUSES[status][0]


def error_answer(
    status: int,
    *,
    fields: Mapping[str, Sequence[Any]] | None = None,
    retry_after: int | None = None,
    reference: str = "",
) -> Response:
    """The JSON of an error.

    :param fields: sentences by field of the body or parameter of the address.
    :param retry_after: seconds, for 429, 503 and 507.
    :param reference: of a bug, to be told to administrators.
    """
    code, message = STATUSES.get(status, STATUSES[400 if status < 500 else 500])
    told = {name: [str(one) for one in said] for name, said in (fields or {}).items()}
    if reference:
        message = _("Something went wrong here. Tell us this reference: %(ref)s", ref=reference)
    response = jsonify({"error": {"code": code, "message": str(message), "fields": told}})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
