"""Accounts: signing up, getting in, rights, keys.

A user name or a telephone number and a password are enough; an e-mail address is never
asked for twice.  What is printed (invitations, one-time codes, keys) is kept as a hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid, NotFound, SignedOut
from app.models import (
    ApiToken,
    Community,
    Consent,
    ConsentText,
    Entry,
    EntryPerson,
    Invitation,
    Program,
    ResetCode,
    RightGrant,
    User,
)
from app.policy import Permission, can, ensure, is_admin
from app.queries import people
from app.services import audit, changes, settings, throttles
from app.text.cleaning import clean_line, clean_text
from app.text.people import split_honorific
from app.text.sorting import sort_key
from app.vocabulary import SCOPED_RIGHTS, AuditAction, Right, TokenScope

#: argon2id with 19 MiB and two passes (OWASP password storage, 2023).
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Verified when no such account exists, so that the answer takes as long.
NOBODYS_HASH = HASHER.hash("nobody has this password")

USERNAME = re.compile(r"[a-z0-9ก-๙][a-z0-9ก-๙_.-]{1,39}")
#: Names that would be taken for something else in an address or a sentence.
RESERVED = frozenset(
    {"admin", "administrator", "root", "system", "moderator", "ผู้ดูแลระบบ", "feed.atom"}
)
SHORTEST_PASSWORD = 8
#: What is tried first on every log-in form of the world.
GUESSED_FIRST = frozenset(
    {"12345678", "123456789", "1234567890", "0123456789", "87654321", "password", "password1"}
    | {"qwertyui", "qwertyuiop", "iloveyou", "abcd1234", "abcdefgh", "11223344", "12341234"}
)
LONGEST_PASSWORD = 200
#: Letters that the fields of a profile hold.
LONGEST_FIELDS = {"display_name": 120, "about": 2000, "duty": 200, "school": 200, "field": 200}
#: Letters of printed codes: none that look alike on paper.
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

#: How often the use of a key is written down: a busy program must not write at each call.
TOKEN_NOTED_EVERY = timedelta(hours=1)
INVITATION_DAYS = 30
#: People who can sign up with one invitation.
MOST_USES = 200
RESET_HOURS = 72
LOG_IN_TRIES, LOG_IN_WINDOW_S = 10, 900
#: From one address, whatever the names: a school or a training room shares one.
ADDRESS_TRIES = 100
SIGN_UP_TRIES, SIGN_UP_WINDOW_S = 10, 3600
RESET_TRIES, RESET_WINDOW_S = 10, 3600


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


# --- signing up ------------------------------------------------------------------------


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
        invitation = usable_invitation(token) if token else None
        text = people.consent_in_force()
        faults |= faults_of_consent(form, text)
        if token and invitation is None:
            faults["token"] = [_("This invitation has been used or is too old. Ask for a new one.")]
        if not token and welcome is None and settings.get("sign_up") != "open":
            faults["token"] = [_("You need an invitation from the facilitator of your community.")]
        username, phone = login_names(form.login)
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
            accept(invitation, user)
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
    HASHER.hash(form.password)
    if invitation is not None:
        invitation.uses_left -= 1


def accept(invitation: Invitation, user: User) -> None:
    """Use an invitation up and give what stands on it."""
    invitation.uses_left -= 1
    user.community_id = invitation.community_id
    add_grant(
        user, invitation.right, community_id=invitation.community_id, by=invitation.created_by_id
    )
    if invitation.is_first_admin:
        add_grant(user, Right.ADMIN, by=None)
        province = db.session.scalar(
            sa.select(Community.id).where(Community.parent_id.is_(None), Community.code == "80")
        )
        if province is not None:
            # The first person must be able to write, and to invite others into communities.
            add_grant(user, Right.FACILITATOR, community_id=province, by=None)


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
    name, phone = login_names(username)
    faults = (
        {}
        if USERNAME.fullmatch(name)
        else {"username": [_("This name cannot be used. Choose another one.")]}
    )
    if reason := fault_of_password(password):
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
        add_grant(
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
        password_hash=HASHER.hash(password) if password else None,
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
    username, phone = login_names(form.login)
    if not phone and not USERNAME.fullmatch(username):
        faults["login"] = [
            _("2 to 40 letters, digits, dots or dashes, or a telephone number of 9 or 10 digits.")
        ]
    if reason := fault_of_password(form.password):
        faults["password"] = [reason]
    texts = {"school": clean_line(form.school), "duty": clean_line(form.duty)}
    return faults | faults_of_profile(clean_line(form.display_name), form.email, texts)


def fault_of_password(password: str) -> str | None:
    """What is wrong with a new password, or None."""
    if len(password) < SHORTEST_PASSWORD:
        return _("At least %(n)d letters or digits.", n=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return _("At most %(n)d letters.", n=LONGEST_PASSWORD)
    if len(set(password)) < 3 or password.lower() in GUESSED_FIRST:
        return _("Too easy to guess: use more different letters.")
    return None


def login_names(login: str) -> tuple[str, str | None]:
    """(user name, telephone number or None) for what was typed.

    A member with a telephone number gets a user name that does not tell the number.
    """
    text = clean_line(login).lower()
    digits = re.sub(r"[\s().-]", "", text.translate({0x0E50 + n: str(n) for n in range(10)}))
    if digits.startswith("+66"):
        digits = f"0{digits[3:]}"
    if re.fullmatch(r"0\d{8,9}", digits):
        return f"m-{hashlib.sha256(secrets.token_bytes(8)).hexdigest()[:8]}", digits
    return text, None


def is_taken(username: str, phone: str | None) -> bool:
    conditions = [User.username == username]
    if phone:
        conditions.append(User.phone == phone)
    return db.session.scalar(sa.select(User.id).where(sa.or_(*conditions)).limit(1)) is not None


# --- getting in ------------------------------------------------------------------------


def log_in(login: str, password: str, *, address: str = "") -> User:
    """The account, when name and password fit.

    Says the same, and takes as long, for a wrong password and an unknown name.
    """
    username, phone = login_names(login)
    whose = f"{address}|{phone or username}"
    throttles.hit("log-in", whose, limit=LOG_IN_TRIES, window_s=LOG_IN_WINDOW_S)
    throttles.hit(
        "log-in-from", address or "unknown", limit=ADDRESS_TRIES, window_s=LOG_IN_WINDOW_S
    )
    user = people.find_by_login(username, phone)
    good = verified(user.password_hash if user and user.password_hash else NOBODYS_HASH, password)
    if user is None or not user.password_hash or not good or not user.is_active:
        raise Invalid(
            {
                "password": [
                    _("Name and password do not fit. A facilitator can give you a new code.")
                ]
            }
        )
    throttles.clear("log-in", whose)
    if HASHER.check_needs_rehash(user.password_hash):
        with transaction():
            user.password_hash = HASHER.hash(password)
    return user


def verified(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


def change_password(actor: User, *, old: str, new: str) -> User:
    """Set a new password; every other session of the account ends."""
    throttles.hit("password", str(actor.id), limit=LOG_IN_TRIES, window_s=LOG_IN_WINDOW_S)
    if not verified(actor.password_hash or NOBODYS_HASH, old):
        raise Invalid({"old": [_("This is not your password of today.")]})
    if reason := fault_of_password(new):
        raise Invalid({"new": [reason]})
    with transaction():
        set_password(actor, new)
        audit.record(actor, AuditAction.PASSWORD, f"user:{actor.id}")
    return actor


def set_password(user: User, password: str) -> None:
    """A new password: sessions of before end, and codes that were given count no more."""
    user.password_hash = HASHER.hash(password)
    user.session_epoch += 1
    forget_reset_codes(user)


def forget_reset_codes(user: User) -> None:
    db.session.execute(
        sa.delete(ResetCode).where(ResetCode.user_id == user.id, ResetCode.used_at.is_(None))
    )


def end_sessions(actor: User) -> None:
    """Log out everywhere."""
    with transaction():
        actor.session_epoch += 1


def give_reset_code(actor: User | None, user: User) -> str:
    """A one-time code with which ``user`` sets a new password; shown once, for printing."""
    code = printed_code(3)
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PEOPLE_RESET, user)
        forget_reset_codes(user)
        session.add(
            ResetCode(
                user_id=user.id,
                code_hash=hash_of(code),
                created_by_id=actor.id if actor is not None else None,
                created_at=now(),
                expires_at=now() + timedelta(hours=RESET_HOURS),
            )
        )
        audit.record(actor, AuditAction.RESET_CODE, f"user:{user.id}")
    return code


def use_reset_code(login: str, code: str, password: str, *, address: str = "") -> User:
    """Set a new password with a one-time code; says the same for every reason to refuse."""
    throttles.hit("reset", address or "unknown", limit=RESET_TRIES, window_s=RESET_WINDOW_S)
    if reason := fault_of_password(password):
        raise Invalid({"password": [reason]})
    with transaction() as session:
        user = people.find_by_login(*login_names(login))
        row = session.scalar(
            sa.select(ResetCode)
            .where(ResetCode.code_hash == hash_of(tidy_code(code)))
            .with_for_update()
        )
        if (
            user is None
            or row is None
            or row.user_id != user.id
            or row.used_at
            or row.expires_at < now()
            or not user.is_active
        ):
            raise Invalid({"code": [_("Name and code do not fit, or the code has been used.")]})
        row.used_at = now()
        set_password(user, password)
        audit.record(user, AuditAction.PASSWORD, f"user:{user.id}")
    return user


# --- invitations -----------------------------------------------------------------------


def invite(
    actor: User | None,
    community: Community | None,
    *,
    right: Right = Right.WRITER,
    uses: int = 1,
    first_admin: bool = False,
) -> str:
    """A token for a printed link; whoever opens it may sign up.  Shown once."""
    token = secrets.token_urlsafe(16)
    if not 1 <= uses <= MOST_USES:
        raise Invalid({"uses": [_("Between 1 and %(most)d people.", most=MOST_USES)]})
    if right not in (Right.MEMBER, Right.WRITER, Right.FACILITATOR):
        raise Invalid({"right": [_("This right is not given by invitation.")]})
    if community is None and right in SCOPED_RIGHTS:
        raise Invalid({"community": [_("A writer or facilitator needs a community.")]})
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PEOPLE_INVITE, community)
        session.add(
            Invitation(
                token_hash=hash_of(token),
                right=right,
                community_id=community.id if community else None,
                created_by_id=actor.id if actor is not None else None,
                created_at=now(),
                expires_at=now() + timedelta(days=INVITATION_DAYS),
                uses_left=uses,
                is_first_admin=first_admin,
            )
        )
        audit.record(
            actor,
            AuditAction.INVITE,
            f"community:{community.id if community else 0}",
            right=right.value,
        )
    return token


def usable_invitation(token: str) -> Invitation | None:
    """The invitation behind a token, when it still counts."""
    row = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.token_hash == hash_of(token))
        .with_for_update(of=Invitation)
    )
    if row is None or row.revoked_at or row.uses_left < 1 or row.expires_at < now():
        return None
    if row.is_first_admin and people.has_admin():
        return None
    return row if may_still_invite(row) else None


def may_still_invite(invitation: Invitation) -> bool:
    """Whether whoever made the invitation still has the right to; the machine always has."""
    if invitation.created_by_id is None:
        return True
    maker = db.session.get(User, invitation.created_by_id)
    return can(maker, Permission.PEOPLE_INVITE, invitation.community)


def revoke_invitation(actor: User, invitation_id: int) -> None:
    """Let a printed invitation count no more."""
    with transaction() as session:
        row = session.get(Invitation, invitation_id)
        if row is None or (row.created_by_id != actor.id and not can(actor, Permission.SITE_SET)):
            raise NotFound(f"no invitation {invitation_id}")
        row.revoked_at = now()
        audit.record(actor, AuditAction.INVITE, f"invitation:{row.id}", revoked=True)


def first_admin_token() -> str:
    """A one-time link for the first administrator of an empty site; older ones end."""
    with transaction() as session:
        session.execute(sa.delete(Invitation).where(Invitation.is_first_admin.is_(True)))
    return invite(None, None, right=Right.MEMBER, first_admin=True)


# --- rights ----------------------------------------------------------------------------


def grant(
    actor: User | None,
    user: User,
    right: Right,
    *,
    community: Community | None = None,
    program: Program | None = None,
) -> None:
    """Give a right; writer and facilitator hold at a community or program."""
    check_scope(right, community, program)
    with transaction():
        ensure_may_change(actor, right, community or program)
        add_grant(
            user,
            right,
            community_id=community.id if community else None,
            program_id=program.id if program else None,
            by=actor.id if actor is not None else None,
        )
        audit.record(
            actor,
            AuditAction.RIGHT_GRANT,
            f"user:{user.id}",
            right=right.value,
            at=scope_name(community, program),
        )


def revoke(
    actor: User | None,
    user: User,
    right: Right,
    *,
    community: Community | None = None,
    program: Program | None = None,
) -> None:
    """Take a right back; the last administrator keeps theirs."""
    check_scope(right, community, program)
    with transaction() as session:
        ensure_may_change(actor, right, community or program)
        if right is Right.ADMIN and not _other_admins(user):
            raise Invalid({"right": [_("The last administrator cannot be removed.")]})
        for row in list(user.grants):
            if (
                row.right is right
                and row.community_id == (community.id if community else None)
                and row.program_id == (program.id if program else None)
            ):
                user.grants.remove(row)
        session.flush()
        audit.record(
            actor,
            AuditAction.RIGHT_REMOVE,
            f"user:{user.id}",
            right=right.value,
            at=scope_name(community, program),
        )


def check_scope(right: Right, community: Community | None, program: Program | None) -> None:
    if (right in SCOPED_RIGHTS) != bool(community or program):
        raise Invalid(
            {
                "right": [
                    _("Writers and facilitators need a community or program; others have none.")
                ]
            }
        )


def ensure_may_change(actor: User | None, right: Right, scope: Community | Program | None) -> None:
    """Facilitators appoint writers and facilitators of their own; administrators all."""
    if actor is None:
        return
    if right not in SCOPED_RIGHTS and not can(actor, Permission.SITE_SET):
        raise Forbidden(actor, Permission.RIGHT_GRANT, scope)
    ensure(actor, Permission.RIGHT_GRANT, scope)


def add_grant(
    user: User,
    right: Right,
    *,
    community_id: int | None = None,
    program_id: int | None = None,
    by: int | None,
) -> None:
    """Add the row of a right unless it is there."""
    if right is Right.MEMBER or (right in SCOPED_RIGHTS and not (community_id or program_id)):
        return  # every account is a member
    if right not in SCOPED_RIGHTS:
        community_id = program_id = None
    for row in user.grants:
        if (row.right, row.community_id, row.program_id) == (right, community_id, program_id):
            return
    user.grants.append(
        RightGrant(
            right=right,
            community_id=community_id,
            program_id=program_id,
            granted_by_id=by,
            granted_at=now(),
        )
    )
    if right not in SCOPED_RIGHTS:
        forget_reset_codes(user)  # facilitators give no codes for these accounts
    db.session.flush()


def scope_name(community: Community | None, program: Program | None) -> str:
    return (community or program).slug if (community or program) else ""  # type: ignore[union-attr]


def _other_admins(user: User) -> bool:
    """Whether somebody else can administer; locks those rights, so that two do not both go."""
    query = (
        sa.select(RightGrant.id)
        .join(User, User.id == RightGrant.user_id)
        .where(
            RightGrant.right == Right.ADMIN,
            RightGrant.user_id != user.id,
            User.blocked_at.is_(None),
        )
        .with_for_update(of=RightGrant)
    )
    return bool(db.session.scalars(query).all())


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
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
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
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
    with transaction():
        ensure(actor, Permission.PEOPLE_BLOCK)
        if is_admin(user, None) and not can(actor, Permission.SITE_SET):
            raise Forbidden(actor, Permission.PEOPLE_BLOCK, user)
        user.blocked_at = None
        audit.record(actor, AuditAction.ACCOUNT_UNBLOCK, f"user:{user.id}", reason=reason)


# --- profile and keys ------------------------------------------------------------------


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


def make_token(actor: User | None, user: User, *, scope: TokenScope, name: str = "") -> str:
    """A key for programs; shown once."""
    token = f"nst_{secrets.token_urlsafe(32)}"
    with transaction() as session:
        if actor is not None and actor.id != user.id:
            raise Forbidden(actor, Permission.SITE_SET, user)
        session.add(
            ApiToken(
                user_id=user.id,
                name=clean_line(name)[:100],
                token_hash=hash_of(token),
                scope=scope,
                created_at=now(),
            )
        )
        audit.record(actor, AuditAction.TOKEN, f"user:{user.id}", scope=scope.value)
    return token


def revoke_token(actor: User, token_id: int) -> None:
    with transaction() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.user_id != actor.id:
            raise NotFound(f"no token {token_id}")
        row.revoked_at = now()


def user_of_token(token: str) -> tuple[User, TokenScope]:
    """Who a key belongs to and what it may do; SignedOut when it does not count."""
    row = db.session.scalar(sa.select(ApiToken).where(ApiToken.token_hash == hash_of(token)))
    if row is None or row.revoked_at is not None or not row.user.is_active:
        raise SignedOut("this token does not count")
    if row.last_used_at is None or now() - row.last_used_at > TOKEN_NOTED_EVERY:
        with transaction():
            row.last_used_at = now()
    return row.user, row.scope


def hash_of(secret: str) -> str:
    """What is kept of a long random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def printed_code(groups: int) -> str:
    """A code for paper: groups of four letters that cannot be mixed up."""
    return "-".join(
        "".join(secrets.choice(CODE_LETTERS) for _letter in range(4)) for _group in range(groups)
    )


def tidy_code(code: str) -> str:
    """A code as it was printed, however it was typed."""
    letters = re.sub(r"[^a-z0-9]", "", code.lower())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
