"""From what was sent to checked values: JSON read strictly, every fault named by its field.

Python's reader takes more than JSON allows and stops at other places: NaN is a number to
it, an integer of 5,000 digits a ValueError, and brackets within brackets a RecursionError.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import marshmallow
from flask import Request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from app.errors import Invalid
from app.vocabulary import TokenScope
from app.web.api.answers import Refused
from app.web.api.auth import keep_private, note_caller

View = TypeVar("View", bound=Callable[..., Any])

#: Digits of the longest integer that a column holds.
MOST_DIGITS = 18
#: What marshmallow says by itself, for people.
SAID: dict[str, Any] = {
    "Missing data for required field.": _l("This field is needed."),
    "Field may not be null.": _l("This field may not be null."),
    "Unknown field.": _l("There is no field of this name."),
    "Invalid input type.": _l("A JSON object is needed."),
    "Not a valid list.": _l("A list is needed."),
    "Not a valid string.": _l("Text is needed."),
    "Not a valid boolean.": _l("true or false is needed."),
}


def N_(text: str) -> str:
    """Mark a sentence of the description; /api/docs translates it where it is shown."""
    return text


class NotANumber:
    """Stands for a number that JSON or our columns do not know; no field takes it."""

    def __init__(self, written: str) -> None:
        self.written = written[:40]


def read_json(data: bytes) -> Any:
    """The value of a JSON text; Refused (400) when it is none.

    NaN, Infinity and integers of more than MOST_DIGITS digits become ``NotANumber``, so
    that the field that holds them can be named.
    """
    try:
        return json.loads(data.decode("utf-8"), parse_constant=NotANumber, parse_int=_whole)
    except UnicodeDecodeError:
        said = _("The text is not UTF-8.")
    except RecursionError:
        said = _("The JSON is nested too deeply.")
    except ValueError as error:
        said = _("This is not JSON: %(why)s", why=str(error))
    raise Refused(400, {"json": [said]})


def _whole(written: str) -> int | NotANumber:
    return int(written) if len(written.lstrip("-")) <= MOST_DIGITS else NotANumber(written)


class ApiParser(FlaskParser):
    """webargs with our JSON reader, our faults and our errors."""

    def _raw_load_json(self, req: Request) -> Any:
        if is_json_request(req):
            return read_json(req.get_data(cache=True))
        if req.mimetype or req.get_data(cache=True):
            raise UnsupportedMediaType
        return core.missing

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,
        schema: marshmallow.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        faults: dict[str, list[str]] = {}
        for said in error.normalized_messages().values():  # by place: json, query
            _gather(said, "", faults)
        raise Invalid(faults)


def _gather(said: Any, name: str, faults: dict[str, list[str]]) -> None:
    """Flatten marshmallow's nested messages: {"years": {0: [...]}} -> {"years.0": [...]}."""
    if isinstance(said, Mapping):
        for inner, more in said.items():
            step = "" if inner == "_schema" else str(inner)
            _gather(more, ".".join(part for part in (name, step) if part), faults)
        return
    lines = said if isinstance(said, list) else [said]
    faults.setdefault(name or "json", []).extend(str(SAID.get(one, one)) for one in lines)


class Room(Blueprint):
    """One group of operations below /api/v1; the caller is known before any of them runs."""

    ARGUMENTS_PARSER = ApiParser()

    def __init__(self, name: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix="/api/v1")
        self.before_request(note_caller)
        self.after_request(keep_private)


def operation(
    room: Room,
    name: str,
    summary: str,
    *,
    description: str = "",
    scope: TokenScope = TokenScope.READ,
    errors: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Describe an operation: its id, what it does, who may call it and how it can fail.

    :param errors: names of http.HTTPStatus beside those that every operation can have.
    """
    token: dict[str, list[str]] = {"bearer": []}
    writes = scope is TokenScope.WRITE
    always: tuple[str, ...] = (
        "BAD_REQUEST",
        "UNAUTHORIZED",
        "TOO_MANY_REQUESTS",
        "SERVICE_UNAVAILABLE",
    )
    if writes:
        always += ("FORBIDDEN", "REQUEST_ENTITY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
        always += ("INSUFFICIENT_STORAGE",)

    def describe(view: View) -> View:
        for error in dict.fromkeys((*always, *errors)):
            view = room.alt_response(HTTPStatus[error].value, error)(view)
        told = {"operationId": name, "summary": summary}
        if description:
            told["description"] = description
        return room.doc(**told, security=[token] if writes else [{}, token])(view)

    return describe
