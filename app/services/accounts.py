"""Accounts: signing up, getting in, what an account says of itself, stopping it.

A user name or a telephone number and a password are enough; an e-mail address is never
asked for twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Community, Consent, ConsentText, Entry, EntryPerson, Invitation, User
from app.policy import Permission, can, ensure, is_admin
from app.queries import people
from app.services import (
    audit,
    changes,
    credentials,
    invitations,
    passwords,
    rights,
    settings,
    throttles,
)
from app.text.cleaning import clean_line, clean_text
from app.text.people import split_honorific
from app.text.sorting import sort_key
from app.vocabulary import SCOPED_RIGHTS, AuditAction, Right

USERNAME = re.compile(r"[a-z0-9ก-๙][a-z0-9ก-๙_.-]{1,39}")
#: Names that would be taken for something else in an address or a sentence.
RESERVED = frozenset(
    {"admin", "administrator", "root", "system", "moderator", "ผู้ดูแลระบบ", "feed.atom"}
)
#: Letters that the fields of a profile hold.
LONGEST_FIELDS = {"display_name": 120, "about": 2000, "duty": 200, "school": 200, "field": 200}
#: From one address, whatever the names: a school or a training room shares one.
ADDRESS_TRIES = 100
SIGN_UP_TRIES, SIGN_UP_WINDOW_S = 10, 3600


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody filled in at the sign-up form; still raw."""

    login: str  # user name or telephone number
    password: str
    display_name: str
    agreed: bool
    email: str = ""
    school: str = ""
    duty: str = ""
    text_version: int | None = None  # of the consent text that was shown


def sign_up(
    form: SignUp,
    *,
    token: str = "",
    address: str = "",
    welcome: Callable[[User], object] | None = None,
) -> User | None:
    """Make an account by an invitation, or freely where the site is set to open.

    ``welcome``: lets in without an invitation; called with the account before the commit,
    and refuses by Invalid.

    None when the telephone number has an account already: the page says the same either
    way, so that nobody learns by signing up whose numbers are here.  User names stand in
    public addresses; of those it is said that they are taken.
    """
    throttles.hit("sign-up", address or "unknown", limit=SIGN_UP_TRIES, window_s=SIGN_UP_WINDOW_S)
    faults = faults_of(form)
    with transaction():
        invitation = invitations.usable(token) if token else None
        text = people.consent_in_force()
        faults |= faults_of_consent(form, text)
        if token and invitation is None:
            faults["token"] = [_("This invitation has been used or is too old. Ask for a new one.")]
        if not token and welcome is None and settings.get("sign_up") != "open":
            faults["token"] = [_("You need an invitation from the facilitator of your community.")]
        username, phone = credentials.login_names(form.login)
        if phone is None and (username in RESERVED or is_taken(username, None)):
            faults["login"] = [_("This name cannot be used. Choose another one.")]
        if faults:
            raise Invalid(faults)
        if is_taken(username, phone):
            refuse_in_silence(form, invitation)
            return None
        user = new_user(
            username=username,
            phone=phone,
            password=form.password,
            display_name=form.display_name,
            email=form.email,
            school=form.school,
            duty=form.duty,
        )
        if text is not None:
            db.session.add(Consent(user_id=user.id, text_id=text.id, given_at=now()))
        if invitation is not None:
            invitations.accept(invitation, user)
        if welcome is not None:
            welcome(user)
        audit.record(user, AuditAction.ACCOUNT_CREATE, f"user:{user.id}")
    return user


def faults_of_consent(form: SignUp, text: ConsentText | None) -> dict[str, list[str]]:
    """Whether the text in force was shown and agreed to."""
    if not form.agreed:
        return {"agreed": [_("We need your consent to keep an account for you.")]}
    if text is not None and form.text_version not in (None, text.version):
        return {"agreed": [_("The text has changed meanwhile. Please read it again.")]}
    return {}


def refuse_in_silence(form: SignUp, invitation: Invitation | None) -> None:
    """Take as long, and use up as much, as an account that is made."""
    passwords.HASHER.hash(form.password)
    if invitation is not None:
        invitation.uses_left -= 1


def create_by_terminal(
    *,
    username: str,
    password: str,
    display_name: str,
    right: Right,
    community: Community | None = None,
    faculty: str = "",
) -> User:
    """An account made by whoever holds the machine; no consent is recorded for them."""
    name, phone = credentials.login_names(username)
    faults = (
        {}
        if USERNAME.fullmatch(name)
        else {"username": [_("This name cannot be used. Choose another one.")]}
    )
    if reason := passwords.fault_of_password(password):
        faults["password"] = [reason]
    with transaction():
        if is_taken(name, phone):
            faults["username"] = [_("This name cannot be used. Choose another one.")]
        if right in SCOPED_RIGHTS and community is None:
            faults["community"] = [_("A writer or facilitator needs a community.")]
        if faults:
            raise Invalid(faults)
        user = new_user(username=name, phone=phone, password=password, display_name=display_name)
        user.community_id = community.id if community else None
        rights.add_grant(
            user,
            right,
            community_id=community.id if community and right in SCOPED_RIGHTS else None,
            by=None,
        )
        if faculty:
            school, _comma, subject = faculty.partition(",")
            user.is_faculty, user.school, user.field = True, clean_line(school), clean_line(subject)
        audit.record(None, AuditAction.ACCOUNT_CREATE, f"user:{user.id}")
    return user


def new_user(
    *,
    username: str,
    phone: str | None,
    password: str | None,
    display_name: str,
    email: str = "",
    school: str = "",
    duty: str = "",
) -> User:
    """Add the row of an account; everything was checked before."""
    shown = clean_line(display_name) or username
    honorific, bare = split_honorific(shown)
    user = User(
        username=username,
        phone=phone,
        email=clean_line(email) or None,
        password_hash=passwords.HASHER.hash(password) if password else None,
        display_name=shown,
        honorific=honorific,
        sort_key=sort_key(bare),
        school=clean_line(school),
        duty=clean_line(duty),
        about="",
        field="",
        locale="th",
        created_at=now(),
    )
    user.grants = []
    db.session.add(user)
    db.session.flush()
    return user


def faults_of(form: SignUp) -> dict[str, list[str]]:
    """Every fault of a sign-up form, field by field."""
    faults: dict[str, list[str]] = {}
    username, phone = credentials.login_names(form.login)
    if not phone and not USERNAME.fullmatch(username):
        faults["login"] = [
            _("2 to 40 letters, digits, dots or dashes, or a telephone number of 9 or 10 digits.")
        ]
    if reason := passwords.fault_of_password(form.password):
        faults["password"] = [reason]
    texts = {"school": clean_line(form.school), "duty": clean_line(form.duty)}
    return faults | faults_of_profile(clean_line(form.display_name), form.email, texts)


def is_taken(username: str, phone: str | None) -> bool:
    conditions = [User.username == username]
    if phone:
        conditions.append(User.phone == phone)
    return db.session.scalar(sa.select(User.id).where(sa.or_(*conditions)).limit(1)) is not None


def log_in(login: str, password: str, *, address: str = "") -> User:
    """The account, when name and password fit.

    Says the same, and takes as long, for a wrong password and an unknown name.
    """
    username, phone = credentials.login_names(login)
    whose = f"{address}|{phone or username}"
    throttles.hit("log-in", whose, limit=passwords.LOG_IN_TRIES, window_s=passwords.LOG_IN_WINDOW_S)
    throttles.hit(
        "log-in-from", address or "unknown", limit=ADDRESS_TRIES, window_s=passwords.LOG_IN_WINDOW_S
    )
    user = people.find_by_login(username, phone)
    good = passwords.verified(
        user.password_hash if user and user.password_hash else passwords.NOBODYS_HASH, password
    )
    if user is None or not user.password_hash or not good or not user.is_active:
        raise Invalid(
            {
                "password": [
                    _("Name and password do not fit. A facilitator can give you a new code.")
                ]
            }
        )
    throttles.clear("log-in", whose)
    if passwords.HASHER.check_needs_rehash(user.password_hash):
        with transaction():
            user.password_hash = passwords.HASHER.hash(password)
    return user


def end_sessions(actor: User) -> None:
    """Log out everywhere."""
    with transaction():
        actor.session_epoch += 1


def set_faculty(
    actor: User | None, user: User, *, confirmed: bool, school: str = "", field: str = ""
) -> None:
    """Confirm or take back the badge อาจารย์."""
    with transaction():
        if actor is not None:
            ensure(actor, Permission.BADGE_GRANT)
            if actor.id == user.id and not can(actor, Permission.SITE_SET):
                raise Forbidden(actor, Permission.BADGE_GRANT, user)  # nobody confirms themselves
        user.is_faculty = confirmed
        user.school, user.field = clean_line(school) or user.school, clean_line(field) or user.field
        _touch_entries_of(user)
        audit.record(actor, AuditAction.BADGE, f"user:{user.id}", confirmed=confirmed)


def block(actor: User, user: User, *, reason: str) -> None:
    """Stop an account; its sessions and keys end, its texts stay."""
    reason = audit.reason_needed(reason)
    with transaction():
        ensure(actor, Permission.PEOPLE_BLOCK)
        if user.id == actor.id or (
            can(user, Permission.SITE_SET) and not can(actor, Permission.SITE_SET)
        ):
            raise Forbidden(actor, Permission.PEOPLE_BLOCK, user)
        user.blocked_at = now()
        user.session_epoch += 1
        audit.record(actor, AuditAction.ACCOUNT_BLOCK, f"user:{user.id}", reason=reason)


def unblock(actor: User, user: User, *, reason: str) -> None:
    """Let a stopped account in again."""
    reason = audit.reason_needed(reason)
    with transaction():
        ensure(actor, Permission.PEOPLE_BLOCK)
        if is_admin(user, None) and not can(actor, Permission.SITE_SET):
            raise Forbidden(actor, Permission.PEOPLE_BLOCK, user)
        user.blocked_at = None
        audit.record(actor, AuditAction.ACCOUNT_UNBLOCK, f"user:{user.id}", reason=reason)


def edit_profile(
    actor: User,
    *,
    display_name: str,
    about: str,
    duty: str,
    school: str,
    field: str,
    email: str,
    locale: str,
    community: Community | None,
) -> User:
    """Change what an account says of itself."""
    shown, said = clean_line(display_name), clean_text(about)
    lines = {"duty": clean_line(duty), "school": clean_line(school), "field": clean_line(field)}
    faults = faults_of_profile(shown, email, {"about": said, **lines})
    if faults:
        raise Invalid(faults)
    with transaction():
        actor.display_name = shown
        actor.honorific, bare = split_honorific(shown)
        actor.sort_key = sort_key(bare)
        actor.about, actor.duty = said, lines["duty"]
        actor.school, actor.field = lines["school"], lines["field"]
        actor.email = clean_line(email) or None
        actor.locale = locale if locale in ("th", "en") else actor.locale
        actor.community_id = community.id if community else None
        _touch_entries_of(actor)
    return actor


def faults_of_profile(shown: str, email: str, texts: dict[str, str]) -> dict[str, list[str]]:
    """Every fault of a profile, field by field; ``texts`` are cleaned."""
    faults: dict[str, list[str]] = {}
    if not shown:
        faults["display_name"] = [_("Tell us the name to show.")]
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email.strip()):
        faults["email"] = [_("This does not look like an e-mail address. You may leave it empty.")]
    for name, text in {"display_name": shown, **texts}.items():
        most = LONGEST_FIELDS[name]
        if len(text) > most:
            faults[name] = [_("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)]
    return faults


def _touch_entries_of(user: User) -> None:
    """The name stands on every entry of the person: their pages and documents change."""
    told = sa.select(EntryPerson.entry_id).where(EntryPerson.user_id == user.id)
    changes.append_for(
        sa.select(Entry.id).where(sa.or_(Entry.author_id == user.id, Entry.id.in_(told)))
    )
