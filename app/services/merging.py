"""Two people at one entry: what both changed comes together, and nothing is overwritten.

Body and header are merged with what somebody saved meanwhile (``writing.save`` stores it);
where both changed the same, EditConflict carries my draft, theirs, the base and a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from app.errors import EditConflict
from app.models import Entry, Revision
from app.services import coauthoring, covering, entries, history
from app.services.drafts import MOST_PROGRAMS, Draft, draft_of_revision, is_in_form
from app.text.merge import Merge, merge
from app.text.merge_forum import merge_forums
from app.text.merge_lesson import has_boxes, merge_lessons
from app.vocabulary import EntryKind


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be saved: a draft with mine where both changed, and what has to be chosen.

    :ivar body: the body in pieces.
    :ivar fields: names of other fields that both changed.
    """

    draft: Draft
    body: Merge
    fields: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return self.body.is_clean and not self.fields


def meeting(entry: Entry, mine: Draft, *, base: int | None, newest: Revision) -> EditConflict:
    """The conflict of ``mine`` with the newest revision, and the proposal for it.

    What was blacked out since ``mine`` was begun is masked in it; since ever, where nobody
    knows what it began from.
    """
    began = history.revision_at(entry, base) if base is not None else None
    mine = covering.covered(entry, mine, since=known_from(entry, base))
    return EditConflict(
        mine=mine, theirs=newest, base=began, proposal=propose(entry, began, mine, newest)
    )


def known_from(entry: Entry, base: int | None) -> int:
    """From which revision on black-outs count for a text begun from ``base``.

    From the first, where nobody knows what it began from.
    """
    began = history.revision_at(entry, base) if base is not None else None
    return began.number if began is not None else 0


def propose(entry: Entry, base: Revision | None, mine: Draft, theirs: Revision) -> Proposal:
    """Merge ``mine``, begun from ``base``, with ``theirs``.

    Where nobody knows what mine began from, all that differs is to be chosen.
    """
    if base is None:
        return unmerged(entry, mine, theirs)
    before = draft_of_revision(entry, base)
    now = draft_of_revision(entry, theirs)
    typed = by_name(entry, mine)
    bodies = (before.body, typed.body, now.body)
    body = merge_bodies(entry, *bodies, in_form=all(map(is_in_form, (before, typed, now))))
    made, crossed = merge_fields(before, typed, now)
    made = replace(made, coauthors=merge_coauthors(entry, base, mine, theirs))
    return Proposal(replace(made, body=body.text), body, crossed)


def unmerged(entry: Entry, mine: Draft, theirs: Revision) -> Proposal:
    """My draft as it is; each field that theirs has otherwise is crossed."""
    now, typed = draft_of_revision(entry, theirs), by_name(entry, mine)
    both_in_form = is_in_form(typed) and is_in_form(now)
    body = merge_bodies(entry, "", typed.body, now.body, in_form=both_in_form)
    names = [field.name for field in fields(Draft) if field.name not in OWN]
    crossed = [name for name in names if getattr(typed, name) != getattr(now, name)]
    if body.is_clean and typed.body != now.body:
        crossed.append("body")  # one has what the other lacks: taken out, or not there yet
    if mine.coauthors is not None:
        named = {coauthoring.name_of(entry, name) for name in mine.coauthors}
        crossed += ["coauthors"] if named != set(coauthors_in(theirs)) else []
    return Proposal(replace(typed, body=body.text), body, tuple(crossed))


def merge_bodies(entry: Entry, base: str, mine: str, theirs: str, *, in_form: bool) -> Merge:
    """Merge three bodies of ``entry``, by rows where all are in the form of their kind."""
    if entry.kind is EntryKind.FORUM:
        return merge_forums(base, mine, theirs, used=entries.used_part_ids(entry))
    if in_form and has_boxes(base, mine, theirs):
        return merge_lessons(base, mine, theirs, used=entries.used_part_ids(entry))
    return merge(base, mine, theirs)


#: Fields in which each side may add and remove; and texts, which are merged like the body.
LISTS = ("communities", "programs", "years", "tags", "tellers", "participants")
TEXTS = ("summary", "evidence")
#: Fields that only the form of this person holds; co-authors are merged on a road of their own.
OWN = (
    *("body", "proposed_program", "book", "page_slug", "removed_parts"),
    *("consent", "renew_consent", "state", "closes", "grows_from", "coauthors"),
)


def merge_fields(base: Draft, mine: Draft, theirs: Draft) -> tuple[Draft, tuple[str, ...]]:
    """My draft with what they changed beside the body, and the fields that both changed."""
    changed: dict[str, Any] = {}
    crossed: list[str] = []
    for name in (field.name for field in fields(Draft) if field.name not in OWN):
        trio = [getattr(one, name) for one in (base, mine, theirs)]
        changed[name], is_settled = merged_field(name, *trio)
        if not is_settled:
            crossed.append(name)
    if len(changed["programs"]) + bool(mine.proposed_program) > MOST_PROGRAMS:
        changed["programs"] = mine.programs
        crossed.append("programs")
    return replace(mine, **changed), tuple(crossed)


def merged_field(name: str, base: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    """(value, whether it is settled) of one field."""
    if mine in (theirs, base):
        return theirs, True
    if theirs == base:
        return mine, True
    if name in LISTS:
        return merged_list(base, mine, theirs), True
    if name in TEXTS:
        found = merge(base, mine, theirs)
        return found.text, found.is_clean
    return mine, False


def merged_list(base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> tuple[Any, ...]:
    """Mine without what they took out, and what they added behind it."""
    kept = [one for one in mine if one in theirs or one not in base]
    return tuple(dict.fromkeys([*kept, *(one for one in theirs if one not in base)]))


def merge_coauthors(
    entry: Entry, base: Revision, mine: Draft, theirs: Revision
) -> tuple[str, ...] | None:
    """The co-authors as I named them, without those who stepped back; None: I said nothing.

    Forms name accounts and revisions keep names, so both are compared by the name shown.
    """
    if mine.coauthors is None:
        return None
    typed = {coauthoring.name_of(entry, name): name for name in mine.coauthors}
    names = merged_list(coauthors_in(base), tuple(typed), coauthors_in(theirs))
    return tuple(typed.get(name, name) for name in names)


def coauthors_in(revision: Revision) -> tuple[str, ...]:
    return tuple((revision.header or {}).get("coauthors") or ())


# --- drafts by the names of the header ------------------------------------------------


def by_name(entry: Entry, draft: Draft) -> Draft:
    """``draft`` as a revision would tell it, so that the two can be compared.

    Accounts stand under their names where the entry has them already, lists in the order
    of the header, and what follows from other fields is filled in.
    """
    known = {
        f"@{person.user.username}": person.name
        for person in entry.people
        if person.user is not None
    }
    years = {*draft.years}
    if draft.happened_on is not None:
        years.add(draft.happened_on.year + 543)
    return replace(
        draft,
        license=draft.license or entry.license,
        communities=_sorted(draft.communities),
        programs=_sorted(draft.programs),
        tags=_sorted(draft.tags),
        years=tuple(sorted(years)),
        tellers=tuple(known.get(name.lower(), name) for name in draft.tellers),
        participants=tuple(known.get(name.lower(), name) for name in draft.participants),
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
