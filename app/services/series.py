"""Series: texts of one matter in an order, each leading to the one before and the next.

Its owner names a series and orders its parts; she puts in what she writes, alone or with
others.  Whoever writes a part may take it out.  Every deed changes the pages of all parts.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Entry, Series, SeriesPart, User
from app.policy import Permission, can, ensure
from app.queries import series as queries
from app.services import changes, entries
from app.text.cleaning import clean_line

LONGEST_TITLE, MOST_SERIES, MOST_PARTS = 120, 50, 100


def begin(actor: User, title: str, entry: Entry | None = None) -> Series:
    """Make a series, with ``entry`` as its first part.  Sent twice, it is made once."""
    title = checked(title)
    with transaction() as session:
        ensure(actor, Permission.ENTRY_CREATE)
        # A second press at the same moment waits here for the first.
        session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update())
        own = session.scalars(sa.select(Series).where(Series.owner_id == actor.id)).all()
        same = next((one for one in own if one.title == title), None)
        if same is not None:
            if begins_with(same, entry):
                return same
            raise Invalid({"title": [_("You have a series of that name already.")]})
        if len(own) >= MOST_SERIES:
            raise Invalid({"title": [_("At most %(n)d series.", n=MOST_SERIES)]})
        series = Series(title=title, owner_id=actor.id, created_at=now(), parts=[])
        session.add(series)
        session.flush()
        if entry is not None:
            _put_in(actor, series, entry)
    return series


def begins_with(series: Series, entry: Entry | None) -> bool:
    """Whether ``entry`` is the first part; None: whether the series is still empty."""
    first = series.parts[0].entry_id if series.parts else None
    return first == (entry.id if entry is not None else None)


def rename(actor: User, series: Series, title: str) -> Series:
    """Give a series another title."""
    title = checked(title)
    with transaction():
        fresh = _own(actor, series)
        fresh.title = title
        _tell_pages(fresh)
    return fresh


def add(actor: User, series: Series, entry: Entry) -> Series:
    """Put an entry at the end of a series; Invalid when it is a part of one already."""
    with transaction():
        fresh = _own(actor, series)
        _put_in(actor, fresh, entry)
    return fresh


def move(actor: User, series: Series, entry: Entry, *, by: int) -> Series:
    """Bring a part before the one that ``actor`` sees above it (``by`` -1), or below it (1)."""
    with transaction():
        fresh = _own(actor, series)
        order = list(fresh.parts)
        moved = _part_of(fresh, entry)
        seen = {part.entry.id for part in queries.parts_of(actor, fresh)} | {entry.id}
        shown = [part for part in order if part.entry_id in seen]
        to = shown.index(moved) + by
        if not 0 <= to < len(shown):
            return fresh
        at = order.index(shown[to])
        order.remove(moved)
        order.insert(at, moved)
        for position, part in enumerate(order):
            part.position = position
        _tell_pages(fresh)
    return fresh


def remove(actor: User, series: Series, entry: Entry) -> Series:
    """Take a part out: its writers may, and the owner of the series."""
    with transaction():
        fresh, part_entry = _locked(series), entries.lock(entry)
        if not can(actor, Permission.ENTRY_SERIES, part_entry):
            ensure(actor, Permission.SERIES_EDIT, fresh)
        fresh.parts.remove(_part_of(fresh, part_entry))
        _tell_pages(fresh)
        changes.append(part_entry)
    return fresh


def dissolve(actor: User, series: Series) -> None:
    """Take a series apart; its texts stay as they are."""
    with transaction() as session:
        fresh = _own(actor, series)
        _tell_pages(fresh)
        session.delete(fresh)


def checked(title: str) -> str:
    """A title, cleaned; Invalid says what is wrong with it."""
    title = clean_line(title)
    if not title:
        raise Invalid({"title": [_("Give the series a name.")]})
    if len(title) > LONGEST_TITLE:
        said = _("Too long: %(n)d letters; at most %(most)d.", n=len(title), most=LONGEST_TITLE)
        raise Invalid({"title": [said]})
    return title


def _put_in(actor: User, series: Series, entry: Entry) -> None:
    fresh = entries.lock(entry)
    ensure(actor, Permission.ENTRY_SERIES, fresh)
    if db.session.get(SeriesPart, fresh.id) is not None:
        said = _("“%(title)s” is a part of a series already.", title=fresh.title)
        raise Invalid({"entry": [said]})
    if len(series.parts) >= MOST_PARTS:
        raise Invalid({"entry": [_("At most %(n)d parts.", n=MOST_PARTS)]})
    last = max((part.position for part in series.parts), default=-1)
    series.parts.append(SeriesPart(entry_id=fresh.id, position=last + 1))
    _tell_pages(series)


def _own(actor: User, series: Series) -> Series:
    fresh = _locked(series)
    ensure(actor, Permission.SERIES_EDIT, fresh)
    return fresh


def _locked(series: Series) -> Series:
    """Read the series and its parts anew, and keep others from changing them."""
    found = db.session.scalar(
        sa.select(Series)
        .where(Series.id == series.id)
        .options(selectinload(Series.parts))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"series {series.id} is gone")
    return found


def _part_of(series: Series, entry: Entry) -> SeriesPart:
    found = next((part for part in series.parts if part.entry_id == entry.id), None)
    if found is None:
        raise NotFound(f"entry {entry.number} is no part of series {series.id}")
    return found


def _tell_pages(series: Series) -> None:
    """The pages of all parts differ from now on."""
    db.session.flush()
    changes.append_for(sa.select(SeriesPart.entry_id).where(SeriesPart.series_id == series.id))
