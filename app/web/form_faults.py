"""What is wrong with a text that was sent: told at once, and in the order of its form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import Invalid
from app.services import forums, telling
from app.services.drafts import Draft, Faults
from app.services.rule_books import gaps_of, rules_of
from app.text.lesson import BOXES
from app.vocabulary import EntryKind, Status
from app.web.helpers import actor

if TYPE_CHECKING:
    from app.models import Entry

#: A gap that says nothing new where one of these fields, which would fill it, cannot be taken.
FILLED_BY = {
    "programs": ("proposed_program",),
    "box_learned": ("points",),
    "box_next": ("steps",),
}
_PLACE = ("communities", "programs", "proposed_program", "years")
_TELLERS = ("tellers", telling.FIELD, "consent_day", "consent_by")
_ROWS_OF_BOX = {"learned": ("points", "principles"), "next": ("steps",)}
_BOXES = [name for box in BOXES for name in (*_ROWS_OF_BOX.get(box.key, ()), f"box_{box.key}")]
_REST: tuple[str, ...] = (
    *("summary", *_PLACE, "tags", "participants", "coauthors", "happened", "drawn"),
    *("evidence", "contact", "license", "book"),
)
#: The fields of each form from its head to its foot; a name counts where it stands first.
ORDERS: dict[EntryKind, tuple[str, ...]] = {
    EntryKind.LESSON: ("title", *_PLACE, *_TELLERS, *_BOXES, "body", *_REST),
    EntryKind.FORUM: (
        *("title", "happened", "communities", "present", "group_count", *_TELLERS),
        *(forums.LINES, "body", *_REST),
    ),
}
OTHER_ORDER = ("title", *_TELLERS, "body", *_REST)


def in_order(kind: EntryKind, faults: Faults) -> Faults:
    """``faults`` as their fields stand on the page of a form."""
    order = ORDERS.get(kind, OTHER_ORDER)
    place = {name: order.index(name) for name in faults if name in order}
    return {name: faults[name] for name in sorted(faults, key=lambda n: place.get(n, len(order)))}


def all_wrong(
    draft: Draft, faults: Faults, entry: Entry | None, *, publishes: bool
) -> tuple[Faults, Faults]:
    """What of a text cannot be taken, and what it still lacks.

    Gaps keep nobody from keeping a draft: they are told beside what does, where the text was
    to be published, and of a public text always.

    :param faults: what the form could not read.
    """
    rules = rules_of(draft.kind)
    errors = rules.faults_of(draft) | faults
    empty = set() if draft.title else {"title", *rules.gaps_of(draft)}
    needed = {name: errors.pop(name) for name in empty & errors.keys() - faults.keys()}
    is_public = entry is not None and entry.status is Status.PUBLISHED
    if not (errors or needed or is_public):
        return {}, {}
    missing = gaps_of(draft, entry, actor()) if publishes or is_public else {}
    if not (missing and draft.kind is EntryKind.FORUM):  # village and day make its title
        missing = needed | missing
    return errors, {name: said for name, said in missing.items() if not _is_told(name, errors)}


def _is_told(gap: str, errors: Faults) -> bool:
    return any(name in errors for name in (gap, *FILLED_BY.get(gap, ())))


def refuse(faults: Faults) -> None:
    """Raise Invalid when there is a fault."""
    if faults:
        raise Invalid(faults)


def refuse_unfit(draft: Draft, faults: Faults) -> None:
    """Raise Invalid for what cannot be taken, before a text is merged or shown.

    A text without a title can be looked at.
    """
    found = rules_of(draft.kind).faults_of(draft)
    if not draft.title:
        found.pop("title", None)
    refuse(found | faults)
