"""The API is what its description says: schemathesis reads it and tries what it allows.

Nothing it tries may end in a 5xx, in a status, header or shape that the description does
not name, in a taken fault, or in a way around the token.  Bounded: a fixed number of
examples of every operation, the same in every run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

import config
from app import create_app
from app.db import db
from app.services import access_tokens, comments, indexing
from app.vocabulary import Status, TokenScope
from tests import factories

EXAMPLES = 25  # random ones of each operation, after those that cover every rule of the schema

SETTINGS = {
    "generation": {"max-examples": EXAMPLES, "deterministic": True},
    "phases": {"stateful": {"enabled": False}},
    "checks": {
        "ignored_auth": {"enabled": False},  # cannot call WSGI; see the test below
        # A change without If-Match is told what it needs.
        "missing_required_header": {"expected-statuses": [400, 401, 403, 415, 422, 428]},
        # Names that nobody knows are refused with 422, and no schema can list those that
        # are known; a revision that nobody has is refused with 412.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", 401, 403, 404, 412, 422, 428],
        },
    },
}


@pytest.fixture(scope="module")
def site(empty_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A site with something of everything, its description, and a token that may write."""
    folder = tmp_path_factory.mktemp("api") / "site"
    shutil.copytree(empty_site, folder)
    app = create_app(config.Test(DATA_DIR=folder))
    with app.app_context():
        author = factories.writer()
        entry = factories.lesson(author, tags=("น้ำ", "ดิน"), years=(2548, 2549))
        page = factories.page(author)
        draft = factories.post(author, status=Status.DRAFT)
        other = factories.post(status=Status.HIDDEN)
        comments.add(factories.user(), entry, "ขอบคุณ **มาก**")
        while indexing.catch_up():
            pass
        token = access_tokens.make(author, author, scope=TokenScope.WRITE)
        numbers = [entry.number, page.number, draft.number, other.number, 999_999_999_999_999]
        db.session.remove()
    settings = SETTINGS | {
        "headers": {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    }
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(settings)
    )
    yield {"schema": schema, "numbers": numbers}
    with app.app_context():
        app.extensions["search_index"].replace(None)
        db.engine.dispose()


def test_the_api_is_what_its_description_says(site: dict[str, Any]):
    def before_call(_context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
        for name in ("max_redirects", "verify", "cert"):  # of the network; WSGI knows none
            kwargs.pop(name, None)
        if case.meta is not None and case.meta.generation.mode.is_positive:
            put_in_what_only_the_site_knows(case, site["numbers"])

    schemathesis.hook(before_call)
    try:
        tried, found = run(site["schema"])
    finally:
        schemathesis.hooks.unregister(before_call)

    assert tried > 12 * EXAMPLES  # it did try: there are twelve operations
    assert not found, "\n\n".join(found[:20])


def test_what_needs_a_token_is_refused_without(site: dict[str, Any]):
    client = site["schema"].app.test_client()
    described = client.get("/api/v1/openapi.json").get_json()["paths"]
    guarded = [
        (method, path.replace("{number}", str(site["numbers"][0])))
        for path, item in described.items()
        for method, told in item.items()
        if method != "parameters" and {} not in told["security"]
    ]

    answers = {
        client.open(path, method=method, headers=head).status_code
        for method, path in guarded
        for head in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"})
    }

    assert len(guarded) == 3
    assert answers == {401}


def run(schema: Any) -> tuple[int, list[str]]:
    """(requests made, what was found)."""
    tried, found = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            tried += len(event.recorder.cases)
            found += told(event.recorder)
    return tried, found


def told(recorder: Any) -> list[str]:
    """What failed in one scenario: the request, the answer, and why that is wrong."""
    return [
        f"{node.name}: {node.failure_info.failure}\n{node.failure_info.code_sample}"
        for checks in recorder.checks.values()
        for node in checks
        if node.failure_info is not None
    ]


def put_in_what_only_the_site_knows(case: schemathesis.Case, numbers: list[int]) -> None:
    """Real numbers and names in place of random ones, so that much of it can be taken."""
    asked = case.path_parameters.get("number")
    if isinstance(asked, int):
        case.path_parameters["number"] = numbers[asked % len(numbers)]
        if asked % 2 and "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        known = {
            "communities": ["tambon-bang-chak"],
            "programs": ["own-work"],
            "years": [2548, "ค.ศ. 2006"],
            "happened": "2007-10-19",
            "drawn": None,
            "book": None,
            "removed": [],
            "form": None,
            "state": None,
        }
        case.body.update({name: value for name, value in known.items() if name in case.body})
