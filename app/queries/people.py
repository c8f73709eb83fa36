"""Reading accounts.  Nothing here gives out a telephone number or an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.errors import NotFound
from app.models import (
    ApiToken,
    Book,
    Community,
    CommunityAncestor,
    Consent,
    ConsentText,
    Entry,
    EntryPerson,
    Invitation,
    Program,
    RightGrant,
    User,
)
from app.policy import Permission, communities_of, grants_of, programs_of
from app.queries.taxonomy import place_options
from app.vocabulary import LISTED_KINDS, CommunityKind, PersonRole, Right, Status

#: Deeds that only the people of the whole site do, and who they are.
DEEDS_OF_THE_SITE = {
    Permission.SITE_SET: (Right.ADMIN,),
    Permission.CONTENT_IMPORT: (Right.ADMIN,),
    Permission.ENTRY_ASSIGN_AUTHOR: (Right.ADMIN,),
    Permission.AUDIT_READ: (Right.MODERATOR, Right.ADMIN),
    Permission.REPORTS_READ: (Right.MODERATOR, Right.ADMIN),
    Permission.PEOPLE_BLOCK: (Right.MODERATOR, Right.ADMIN),
}


def by_session_id(session_id: str) -> User | None:
    """Flask-Login: the account of a session, unless its sessions were ended since."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()):
        return None
    user = db.session.get(User, int(user_id))
    if user is None or str(user.session_epoch) != epoch or not user.is_active:
        return None
    return user


def get_by_username(username: str) -> User:
    """The account of that user name; NotFound when there is none."""
    user = find_by_username(username)
    if user is None:
        raise NotFound(f"no account {username}")
    return user


def find_by_username(username: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.username == username.lower()))


def find_by_login(username: str, phone: str | None) -> User | None:
    """The account of a telephone number, or else of a user name (credentials.login_names)."""
    if phone is not None:
        return db.session.scalar(sa.select(User).where(User.phone == phone))
    return find_by_username(username)


def find_by_display_name(name: str) -> User | None:
    """The one account shown under that name; None when there is none or several."""
    found = db.session.scalars(sa.select(User).where(User.display_name == name).limit(2)).all()
    return found[0] if len(found) == 1 else None


def usernames_called(name: str) -> list[str]:
    """User names of the accounts with that user name or shown under that name."""
    name = name.strip()
    query = sa.select(User.username).where(
        sa.or_(User.username == name.lower(), User.display_name == name)
    )
    return list(db.session.scalars(query.order_by(User.username).limit(20)))


def listed(
    *, limit: int = 50, offset: int = 0, text: str = "", within: frozenset[int] | None = None
) -> list[User]:
    """Accounts by name, in the order of the dictionary; ``within``: of these communities."""
    query = _matching(text, within).order_by(User.sort_key, User.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)).unique())


def count_listed(*, text: str = "", within: frozenset[int] | None = None) -> int:
    """How many accounts ``listed`` would give in all."""
    query = sa.select(sa.func.count()).select_from(_matching(text, within).subquery())
    return db.session.scalar(query) or 0


def _matching(text: str, within: frozenset[int] | None) -> sa.Select[User]:
    query = sa.select(User)
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%"
        query = query.where(
            sa.or_(
                User.username.ilike(like, escape="\\"), User.display_name.ilike(like, escape="\\")
            )
        )
    return query if within is None else query.where(User.community_id.in_(_below(within)))


def _below(community_ids: frozenset[int]) -> sa.Select[int]:
    """Ids of these communities and all that lies below them."""
    return sa.select(CommunityAncestor.community_id).where(
        CommunityAncestor.ancestor_id.in_(community_ids)
    )


def find_community(slug: str) -> Community | None:
    """The community of a slug, as a form sends it; None when there is none."""
    return db.session.scalar(sa.select(Community).where(Community.slug == slug))


def rights_of(user: User) -> list[RightGrant]:
    """Rights of an account, with where they hold, strongest first."""
    query = (
        sa.select(RightGrant)
        .where(RightGrant.user_id == user.id)
        .options(joinedload(RightGrant.community), joinedload(RightGrant.program))
    )
    order = list(reversed(Right))
    return sorted(db.session.scalars(query), key=lambda grant: (order.index(grant.right), grant.id))


def get_grant(user: User, grant_id: int) -> RightGrant:
    """One right of an account; NotFound when it has ended meanwhile."""
    grant = db.session.scalar(
        sa.select(RightGrant).where(RightGrant.id == grant_id, RightGrant.user_id == user.id)
    )
    if grant is None:
        raise NotFound(f"no right {grant_id}")
    return grant


def program_slugs_of(user: User) -> frozenset[str] | None:
    """Slugs of the programs that ``user`` looks after; None for administrators: all."""
    if grants_of(user, Right.ADMIN):
        return None
    ids = [grant.program_id for grant in grants_of(user, Right.FACILITATOR) if grant.program_id]
    return frozenset(db.session.scalars(sa.select(Program.slug).where(Program.id.in_(ids))))


def reach_of(user: User) -> frozenset[int] | None:
    """Ids of the communities that ``user`` looks after; None for administrators: all."""
    if grants_of(user, Right.ADMIN):
        return None
    grants = grants_of(user, Right.FACILITATOR)
    return frozenset(grant.community_id for grant in grants if grant.community_id is not None)


def may_invite_somewhere(user: User) -> bool:
    """Whether there is a community into which ``user`` may invite people."""
    reach = reach_of(user)
    return reach is None or bool(reach)


def slugs_within(community_ids: frozenset[int]) -> frozenset[str]:
    """Slugs of these communities and of all that lies below them."""
    query = sa.select(Community.slug).where(Community.id.in_(_below(community_ids)))
    return frozenset(db.session.scalars(query))


def places_within(
    reach: frozenset[int] | None, lang: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The place select (taxonomy.place_options) with what lies within ``reach`` (None: all)."""
    options = place_options(lang)
    if reach is None:
        return options
    slugs = slugs_within(reach)
    mine = [(group, [one for one in places if one[0] in slugs]) for group, places in options]
    return [(group, places) for group, places in mine if places]


@dataclass(frozen=True, slots=True)
class Teller:
    """Somebody in the index of people: an account, or a name that others wrote down."""

    user: User | None
    name: str
    entries: int


def tellers(*, limit: int = 50, offset: int = 0) -> list[Teller]:
    """Those who wrote or told something public, by name without honorific."""
    listed = _tellers().subquery()
    rows = db.session.execute(
        sa.select(listed).order_by(listed.c.sort_key, listed.c.name).limit(limit).offset(offset)
    ).all()
    ids = [row.user_id for row in rows if row.user_id is not None]
    users = {
        user.id: user
        for user in db.session.scalars(sa.select(User).where(User.id.in_(ids))).unique()
    }
    return [Teller(users.get(row.user_id), row.name, row.entries) for row in rows]


def count_tellers() -> int:
    """How many people ``tellers`` would give in all."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_tellers().subquery())) or 0


def _tellers() -> sa.CompoundSelect[tuple[int | None, str, str, int]]:
    """(user_id, name, sort_key, entries): accounts, and tellers who have none."""
    public = sa.and_(Entry.status == Status.PUBLISHED, Entry.kind.in_(LISTED_KINDS))
    wrote = sa.select(Entry.author_id.label("user_id"), Entry.id.label("entry_id")).where(
        public, Entry.author_id.is_not(None)
    )
    told = (
        sa.select(EntryPerson.user_id, EntryPerson.entry_id)
        .join(Entry, Entry.id == EntryPerson.entry_id)
        .where(
            public,
            EntryPerson.role.in_((PersonRole.TELLER, PersonRole.AUTHOR)),
            EntryPerson.user_id.is_not(None),
        )
    )
    each = sa.union(wrote, told).subquery()
    counts = (
        sa.select(each.c.user_id, sa.func.count().label("entries"))
        .group_by(each.c.user_id)
        .subquery()
    )
    accounts = sa.select(
        User.id.label("user_id"), User.display_name.label("name"), User.sort_key, counts.c.entries
    ).join(counts, counts.c.user_id == User.id)
    names = (
        sa.select(
            sa.null().label("user_id"),
            EntryPerson.name,
            sa.func.min(EntryPerson.sort_key).label("sort_key"),
            sa.func.count(sa.distinct(EntryPerson.entry_id)).label("entries"),
        )
        .join(Entry, Entry.id == EntryPerson.entry_id)
        .where(
            Entry.status == Status.PUBLISHED,
            EntryPerson.role == PersonRole.TELLER,
            EntryPerson.user_id.is_(None),
        )
        .group_by(EntryPerson.name)
    )
    return sa.union_all(accounts, names)


def to_ask(permission: Permission | None, target: object = None, *, limit: int = 5) -> list[User]:
    """Whom somebody can ask for a right that they lack, nearest first.

    For deeds of the site its moderators or administrators, otherwise the facilitators of
    the community or program, then those of the province, then the administrators.
    """
    rights = DEEDS_OF_THE_SITE.get(permission) if permission else None
    if rights is not None:
        return _holders(RightGrant.right.in_(rights), limit=limit)
    is_facilitator = RightGrant.right == Right.FACILITATOR
    places = frozenset().union(*communities_of(target)) if target is not None else frozenset()
    programs = programs_of(target) if target is not None else frozenset()
    if places or programs:
        here = sa.or_(RightGrant.community_id.in_(places), RightGrant.program_id.in_(programs))
        if found := _holders(is_facilitator, here, limit=limit):
            return found
    province = sa.select(Community.id).where(Community.kind == CommunityKind.PROVINCE)
    found = _holders(is_facilitator, RightGrant.community_id.in_(province), limit=limit)
    return found or _holders(RightGrant.right == Right.ADMIN, limit=limit)


def _holders(*conditions: sa.ColumnElement[bool], limit: int) -> list[User]:
    query = (
        sa.select(User)
        .where(
            User.blocked_at.is_(None), User.id.in_(sa.select(RightGrant.user_id).where(*conditions))
        )
        .order_by(User.sort_key, User.id)
        .limit(limit)
    )
    return list(db.session.scalars(query).unique())


def invitations_of(user: User) -> list[Invitation]:
    """Invitations that ``user`` made and that have not been called back, newest first."""
    query = (
        sa.select(Invitation)
        .where(Invitation.created_by_id == user.id, Invitation.revoked_at.is_(None))
        .options(joinedload(Invitation.community))
        .order_by(Invitation.created_at.desc())
        .limit(100)
    )
    return list(db.session.scalars(query).unique())


def books_of(user: User) -> list[Book]:
    return list(
        db.session.scalars(sa.select(Book).where(Book.owner_id == user.id).order_by(Book.id))
    )


def get_book(slug: str) -> Book:
    book = db.session.scalar(sa.select(Book).where(Book.slug == slug))
    if book is None:
        raise NotFound(f"no book {slug}")
    return book


def tokens_of(user: User) -> list[ApiToken]:
    """Keys for programs that still work, newest first."""
    query = (
        sa.select(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    )
    return list(db.session.scalars(query))


def consent_in_force() -> ConsentText | None:
    """The newest version of what people agree to."""
    return db.session.scalar(sa.select(ConsentText).order_by(ConsentText.version.desc()).limit(1))


def consent_texts() -> list[ConsentText]:
    """Every version, newest first; older ones are never changed."""
    return list(db.session.scalars(sa.select(ConsentText).order_by(ConsentText.version.desc())))


def consents_of(user: User) -> list[Consent]:
    """What ``user`` agreed to, newest first, with the texts."""
    query = (
        sa.select(Consent)
        .where(Consent.user_id == user.id)
        .options(joinedload(Consent.text))
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return list(db.session.scalars(query))


def must_agree(user: User) -> bool:
    """Whether a newer text than the account's own time waits for the agreement of ``user``.

    Accounts made at the terminal have agreed to nothing and are asked at the next text.
    """
    text = consent_in_force()
    return text is not None and text.created_at > user.created_at and not has_agreed(user)


def has_agreed(user: User) -> bool:
    """Whether ``user`` agreed to the version in force."""
    text = consent_in_force()
    if text is None:
        return True
    return (
        db.session.scalar(
            sa.select(Consent.id).where(Consent.user_id == user.id, Consent.text_id == text.id)
        )
        is not None
    )


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return db.session.scalar(sa.select(User.id).limit(1)) is None


def has_admin() -> bool:
    return (
        db.session.scalar(sa.select(RightGrant.id).where(RightGrant.right == Right.ADMIN).limit(1))
        is not None
    )
