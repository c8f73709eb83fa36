"""Who calls: the account behind a Bearer token, or nobody.

A session cookie does not count here, so a page of another site can make nobody's browser
write, and the API needs no CSRF token.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Response, g, request

from app.errors import Forbidden, SignedOut
from app.services import access_tokens
from app.vocabulary import TokenScope
from app.web.helpers import viewer

if TYPE_CHECKING:
    from app.models import User

View = TypeVar("View", bound=Callable[..., Any])


def note_caller() -> None:
    """``g.viewer``: the account of the token; SignedOut when the token does not count."""
    g.viewer, g.token_scope = None, None
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        g.viewer, g.token_scope = access_tokens.user_of(token.strip())


def writer() -> User:
    """The account that writes: there must be a token, and one that may write."""
    person = viewer()
    if person is None:
        raise SignedOut("writing needs a token")
    if g.token_scope is not TokenScope.WRITE:
        raise Forbidden(person, "api:write", "a token that may only read")
    return person


def needs_writer(view: View) -> View:
    """Ask who calls before anything of the request is read."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        writer()
        return view(*args, **kwargs)

    return cast(View, answer)


def caller_key() -> str:
    """Whose requests are counted together: an account's, else an address's."""
    person = viewer()
    return f"user:{person.id}" if person is not None else f"address:{request.remote_addr}"


def keep_private(response: Response) -> Response:
    """What a token opens is its owner's alone; no cache may give it to another."""
    response.vary.add("Authorization")
    if "Authorization" in request.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response
