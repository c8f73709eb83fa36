"""What can go wrong, and the status each becomes (mapped once, in web/errors.py).

AppError
  + NotFound            404   missing, or hidden from this viewer: the two look the same
  + Forbidden           403   (actor, permission, target): says whom to ask
  + Invalid             422   {field: [messages]}
  + Closed              423   a text that was locked, or a right that was lost, while it was typed
  + Refused             415, 413 or 422: a file that is not taken (status, said)
  + EditConflict        409   (mine, theirs, base, proposal): no text is ever lost
  + AlreadyTaken        409   a name, number or address that something else holds
  + RateLimited         429   (retry_after: seconds)
  + SignedOut           401   a token or session that no longer counts
  + SearchUnavailable   503   (cause): the caller answers from the database meanwhile
  + Busy                503   the database did not answer in time (retry_after: seconds)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class AppError(Exception):
    """Anything that this application raises on purpose."""

    status = 500
    code = "error"


class NotFound(AppError):
    """Missing, or hidden from this viewer."""

    status = 404
    code = "not_found"


class Forbidden(AppError):
    """``actor`` may not do ``permission`` to ``target``."""

    status = 403
    code = "forbidden"

    def __init__(self, actor: Any = None, permission: Any = None, target: Any = None) -> None:
        super().__init__(f"{actor!r} may not {permission} {target!r}")
        self.actor, self.permission, self.target = actor, permission, target


class Invalid(AppError):
    """A form or body that cannot be taken; ``fields`` names each fault in plain words."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(
            "; ".join(f"{name}: {', '.join(map(str, said))}" for name, said in fields.items())
        )
        self.fields = {name: list(said) for name, said in fields.items()}


class Closed(AppError):
    """Whoever types may not write this text any more: it was locked, or a right was lost.

    Not Forbidden, by which the keeping of unsaved text says that somebody else is logged in.
    """

    status = 423
    code = "closed"


class Refused(AppError):
    """A file that is not taken; ``said`` tells why and what to do instead."""

    code = "refused"

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


class EditConflict(AppError):
    """Somebody saved after ``base``; ``mine`` is what was about to be saved.

    ``proposal`` (services.merging.Proposal) brings the two together as far as that goes.
    """

    status = 409
    code = "conflict"

    def __init__(self, *, mine: Any, theirs: Any, base: Any, proposal: Any = None) -> None:
        super().__init__("somebody saved in between")
        self.mine, self.theirs, self.base, self.proposal = mine, theirs, base, proposal


class AlreadyTaken(AppError):
    """A name, number or address that something else holds."""

    status = 409
    code = "taken"


class RateLimited(AppError):
    """Too fast; ``retry_after`` is in seconds."""

    status = 429
    code = "too_fast"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


class SignedOut(AppError):
    """A token or session that no longer counts."""

    status = 401
    code = "signed_out"


class SearchUnavailable(AppError):
    """The index cannot answer now; it is being rebuilt."""

    status = 503
    code = "search_unavailable"


class Busy(AppError):
    """The database did not answer in time; ``retry_after`` is in seconds."""

    status = 503
    code = "busy"

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__("the database is busy")
        self.retry_after = retry_after
