"""What one kind of text has of its own, as ``writing`` asks for it.

``posts``, ``lessons`` and ``forums`` fill it in; ``rule_books`` says which kind follows which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.models import Entry, User
from app.services import drafts
from app.services.drafts import Draft, Faults


def _as_typed(draft: Draft) -> Draft:
    return draft


def _as_sent(draft: Draft, _entry: Entry | None) -> Draft:
    return draft


def _without_rows(draft: Draft, _used: set[str]) -> Draft:
    return draft


def _nothing_with_it(_actor: User, _entry: Entry, _draft: Draft) -> None:
    pass


def _nothing_after(_actor: User, _entry: Entry) -> None:
    pass


def _nothing_waits(_actor: User, _entry: Entry) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a kind; what it leaves out is that of a plain text.

    :ivar gaps_of: what a draft lacks as a public text.
    :ivar faults_of: what keeps even a draft from being stored.
    :ivar titled: the draft with the title that it gets where nobody typed one.
    :ivar over: the draft over the entry that it is stored for (None: a new one), with what
        no form changes.  Raises Invalid when it says something else.
    :ivar numbered: the draft with an id for every row, none of the used ones.
    :ivar stored: what is kept beside the text, in the transaction that stores it.
    :ivar afterwards: what follows a saving or a publishing, in transactions of its own;
        done again, it changes nothing.
    :ivar is_followed: whether there is something for ``afterwards`` to do in the name of that
        account.
    """

    gaps_of: Callable[[Draft], Faults]
    faults_of: Callable[[Draft], Faults] = drafts.faults_of
    titled: Callable[[Draft], Draft] = _as_typed
    over: Callable[[Draft, Entry | None], Draft] = _as_sent
    numbered: Callable[[Draft, set[str]], Draft] = _without_rows
    stored: Callable[[User, Entry, Draft], None] = _nothing_with_it
    afterwards: Callable[[User, Entry], None] = _nothing_after
    is_followed: Callable[[User, Entry], bool] = _nothing_waits
