"""The JSON API below /api/v1, its description for programs and for people.

Operations go through the same services and queries as the pages: same rules, same eyes.
To add one, write a view in the room it belongs to; the description follows from it.
"""

from __future__ import annotations

from threading import Lock

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint

from app.web.api import comments, docs, entries, people, search, taxonomy
from app.web.api.schemas import Error
from app.web.converters import RecordNumber
from app.web.sessions import csrf

ROOMS = (search.bp, entries.bp, comments.bp, taxonomy.bp, people.bp)

SETTINGS = {
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/api/v1",  # openapi.json
}
#: A record number in an address: see web/converters.py.
NUMBER = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999}
#: What stands first in the description, in Markdown.
ABOUT = """\
Reading needs no account. Writing needs `Authorization: Bearer <token>`; tokens are made at \
/account/tokens, and a token sees what its account sees.

Everything is JSON in UTF-8. Years are พ.ศ.; a year of the C.E. is understood. A refusal is \
`{"error": {"code", "message", "fields"}}`; `?lang=en` chooses English messages. What is \
hidden from you is answered like what is missing: 404."""


class OurApi(Api):
    """flask-smorest's description, with the errors of this project.

    Addresses are registered at once, their description is written when somebody asks for
    it: it takes as long as the rest of the app together.
    """

    ERROR_SCHEMA = Error
    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names its own

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._describing = Lock()
        super().__init__(app, spec_kwargs={"info": {"description": ABOUT}})

    def register_blueprint(self, room: Blueprint) -> None:
        self._app.extensions["flask-smorest"]["blp_name_to_api"][room.name] = self
        self._app.register_blueprint(room)
        self._undescribed.append(room)

    @property
    def spec(self) -> APISpec:
        """The whole description, of every room that is registered by now."""
        with self._describing:
            for room in self._undescribed:
                room.register_views_in_doc(
                    self, self._app, self._spec, name=room.name, parameters=None
                )
                self._spec.tag({"name": room.name, "description": room.description})
            self._undescribed.clear()
            return self._spec

    @spec.setter
    def spec(self, begun: APISpec) -> None:
        self._spec = begun

    def _register_error_handlers(self) -> None:
        """web/errors.py maps errors for pages and API alike."""


def init_app(app: Flask) -> None:
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    app.config.setdefault("API_TITLE", app.config["SITE_NAME"])
    api = OurApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.register_converter(RecordNumber, lambda _number: dict(NUMBER))
    for room in ROOMS:
        api.register_blueprint(room)
        csrf.exempt(room)  # no cookie counts here, so there is nothing to forge
    app.json.sort_keys = False  # type: ignore[attr-defined]  # as the shapes are declared
    app.extensions["api"] = api
    app.register_blueprint(docs.bp)
