"""Who may do what: a table, and nothing that reads or writes.

Rights have a scope.  A right at a place holds for all below it, a right at a program for
its entries.  Of an entry with several communities a right in any one is enough to edit,
in each one to hide.  An entry with neither community nor program belongs to the province.

The SQL twin of ``ENTRY_READ`` is ``queries.entries.visible_to``; a test proves them equal.
A person without account is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.errors import Forbidden
from app.vocabulary import (
    VOICE_IN_QUEUE,
    CommunityKind,
    Confirmation,
    EntryKind,
    PersonRole,
    Right,
    Status,
    UploadState,
    VoiceState,
)

if TYPE_CHECKING:
    from app.models import RightGrant, User

Predicate = Callable[[Any, Any], bool]

#: Roles at an entry that make somebody one of its writers.
WRITING_ROLES = frozenset({PersonRole.TELLER, PersonRole.RECORDER, PersonRole.AUTHOR})


class Permission(StrEnum):
    ENTRY_READ = "entry:read"
    ENTRY_READ_EARLIER = "entry:read-earlier"  # revisions from before the first publication
    ENTRY_CREATE = "entry:create"
    NOTE_CREATE = "note:create"  # a short note in one's own journal
    NOTE_GROW = "note:grow"  # make a post of it
    ENTRY_EDIT = "entry:edit"
    ENTRY_PUBLISH = "entry:publish"
    ENTRY_BIN = "entry:bin"
    ENTRY_RESTORE = "entry:restore"
    ENTRY_HIDE = "entry:hide"
    ENTRY_LIMIT = "entry:limit"  # who may edit it
    ENTRY_PROPOSE = "entry:propose"
    ENTRY_CONVERT = "entry:convert"
    ENTRY_BLACK_OUT = "entry:black-out"
    ENTRY_ASSIGN_AUTHOR = "entry:assign-author"
    ENTRY_SERIES = "entry:series"  # put it into a series, or take it out
    SERIES_EDIT = "series:edit"  # target: a series
    LESSON_CONFIRM = "lesson:confirm"
    TELLER_CLAIM = "teller:claim"  # give a teller the code of this entry
    COMMENT_ADD = "comment:add"
    COMMENT_REMOVE = "comment:remove"
    COMMENT_HIDE = "comment:hide"
    COMMUNITY_EDIT = "community:edit"
    PROGRAM_EDIT = "program:edit"
    PROGRAM_PROPOSE = "program:propose"
    PROGRAM_DECIDE = "program:decide"  # about a proposed one; target: the program
    WORDS_EDIT = "words:edit"
    PEOPLE_INVITE = "people:invite"  # target: a community
    PEOPLE_RESET = "people:reset"  # target: a user
    RIGHT_GRANT = "right:grant"  # target: a community or program, or None for the site
    BADGE_GRANT = "badge:grant"
    UPLOAD_CREATE = "upload:create"
    UPLOAD_EDIT = "upload:edit"  # its words and consent, and to withdraw it
    VOICE_ADD = "voice:add"  # target: an entry; of the other ones a voice note
    VOICE_HEAR = "voice:hear"
    VOICE_SEE = "voice:see"  # its page, without sound or text
    VOICE_READ = "voice:read"  # what was typed
    VOICE_QUEUE = "voice:queue"  # note the consent, and put it into ฝากพิมพ์
    VOICE_TYPE = "voice:type"
    VOICE_APPROVE = "voice:approve"
    VOICE_WITHDRAW = "voice:withdraw"  # from the queue, or wholly
    REPORTS_READ = "reports:read"
    PEOPLE_BLOCK = "people:block"
    SITE_SET = "site:set"
    CONTENT_IMPORT = "content:import"
    AUDIT_READ = "audit:read"


def to_create(kind: EntryKind) -> Permission:
    """What it takes to make an entry of that kind: every member may note something down."""
    is_note = kind is EntryKind.JOURNAL
    return Permission.NOTE_CREATE if is_note else Permission.ENTRY_CREATE


def grants_of(actor: User | None, *rights: Right) -> list[RightGrant]:
    """The grants of ``actor`` that carry one of ``rights``."""
    return [grant for grant in actor.grants if grant.right in rights] if actor is not None else []


def communities_of(target: Any) -> list[frozenset[int]]:
    """For each community of ``target`` the ids at which a right reaches it."""
    if hasattr(target, "communities"):
        return [frozenset(community.lineage) for community in target.communities]
    if hasattr(target, "lineage"):
        return [frozenset(target.lineage)]
    return []


def programs_of(target: Any) -> frozenset[int]:
    """Ids of the programs at which a right reaches ``target``."""
    if hasattr(target, "programs"):
        return frozenset(program.id for program in target.programs)
    if hasattr(target, "proposed_by_id"):  # a program itself
        return frozenset({target.id})
    return frozenset()


def reaches(grant: RightGrant, target: Any) -> bool:
    """Whether a writer's or facilitator's grant holds at ``target``."""
    if grant.program_id is not None:
        return grant.program_id in programs_of(target)
    places = communities_of(target)
    if not places and not programs_of(target):
        return is_for_the_province(grant)
    return any(grant.community_id in ids for ids in places)


def is_for_the_province(grant: RightGrant) -> bool:
    """Whether the grant holds at the root of the places, and so for entries without one."""
    return grant.community is not None and grant.community.kind is CommunityKind.PROVINCE


def is_member(actor: User | None, target: Any) -> bool:
    return actor is not None and actor.is_active


def is_author(actor: User | None, target: Any) -> bool:
    """One of the writers of an entry: author, co-author, or teller or recorder with an account."""
    if actor is None:
        return False
    return target.author_id == actor.id or any(
        person.user_id == actor.id and person.role in WRITING_ROLES for person in target.people
    )


def is_writer_here(actor: User | None, target: Any) -> bool:
    return any(
        reaches(grant, target) for grant in grants_of(actor, Right.WRITER, Right.FACILITATOR)
    )


def is_facilitator_here(actor: User | None, target: Any) -> bool:
    return any(reaches(grant, target) for grant in grants_of(actor, Right.FACILITATOR))


def is_facilitator_in_each(actor: User | None, target: Any) -> bool:
    """A facilitator in every community of the entry (or of it, where it has none)."""
    grants = grants_of(actor, Right.FACILITATOR)
    places = communities_of(target)
    if not places:
        return any(reaches(grant, target) for grant in grants)
    return all(any(grant.community_id in ids for grant in grants) for ids in places)


def is_writer_somewhere(actor: User | None, target: Any) -> bool:
    return bool(grants_of(actor, Right.WRITER, Right.FACILITATOR))


def is_facilitator_somewhere(actor: User | None, target: Any) -> bool:
    return bool(grants_of(actor, Right.FACILITATOR))


def is_province_facilitator(actor: User | None, target: Any) -> bool:
    return any(is_for_the_province(grant) for grant in grants_of(actor, Right.FACILITATOR))


def is_moderator(actor: User | None, target: Any) -> bool:
    return bool(grants_of(actor, Right.MODERATOR, Right.ADMIN))


def is_admin(actor: User | None, target: Any) -> bool:
    return bool(grants_of(actor, Right.ADMIN))


def is_own(actor: User | None, target: Any) -> bool:
    """A comment or report of the actor's own."""
    return actor is not None and target.author_id == actor.id


def is_neighbour(actor: User | None, target: Any) -> bool:
    """A member who belongs to a community that the actor looks after."""
    if actor is None or target.community is None:
        return False
    lineage = frozenset(target.community.lineage)
    return any(grant.community_id in lineage for grant in grants_of(actor, Right.FACILITATOR))


def is_proposed(actor: User | None, target: Any) -> bool:
    return target.confirmation is Confirmation.PROPOSED


def is_by_a_neighbour(actor: User | None, target: Any) -> bool:
    """Proposed by somebody else, who lives or writes where the actor is facilitator."""
    proposer = target.proposed_by
    if actor is None or proposer is None or proposer.id == actor.id:
        return False
    places = [proposer.community, *(grant.community for grant in proposer.grants)]
    at = {one for place in places if place is not None for one in place.lineage}
    return any(grant.community_id in at for grant in grants_of(actor, Right.FACILITATOR))


def has_no_more_power(actor: User | None, target: Any) -> bool:
    """Neither moderator nor administrator, nor facilitator where the actor is none.

    A one-time code opens the account: nobody gets by it what they could not be given.
    """
    mine = grants_of(actor, Right.FACILITATOR)
    return not grants_of(target, Right.MODERATOR, Right.ADMIN) and all(
        any(holds_within(own, grant) for own in mine)
        for grant in grants_of(target, Right.FACILITATOR)
    )


def holds_within(wide: RightGrant, narrow: RightGrant) -> bool:
    """Whether ``wide`` reaches the place or program at which ``narrow`` holds."""
    if narrow.program_id is not None:
        return wide.program_id == narrow.program_id
    return wide.community_id is not None and reaches(wide, narrow.community)


def is_on_my_entry(actor: User | None, target: Any) -> bool:
    """A comment under an entry that the actor writes."""
    return not is_place(actor, target.about) and is_author(actor, target.about)


def is_under_my_care(actor: User | None, target: Any) -> bool:
    """A comment in a community that the actor looks after, or under an entry of it."""
    return is_facilitator_here(actor, target.about)


def is_wiki(actor: User | None, target: Any) -> bool:
    return bool(target.is_wiki)


def is_unlimited(actor: User | None, target: Any) -> bool:
    """No facilitator has said who alone may edit it."""
    return target.limit is None


def is_of_the_group(actor: User | None, target: Any) -> bool:
    """A writer of the community to which editing is limited, or of a place above it."""
    limit = target.limit
    if limit is None or limit.community is None:
        return False
    return any(reaches(grant, limit.community) for grant in grants_of(actor, Right.WRITER))


def may_not_edit(actor: User | None, target: Any) -> bool:
    """Whoever may edit has no need to propose."""
    return not can(actor, Permission.ENTRY_EDIT, target)


def is_published(actor: User | None, target: Any) -> bool:
    return not is_place(actor, target) and target.status is Status.PUBLISHED


def is_place(actor: User | None, target: Any) -> bool:
    """A community itself: a place, group or network, whose page is always public."""
    return hasattr(target, "lineage")


def is_owner(actor: User | None, target: Any) -> bool:
    """Whoever sent an upload, or made a series."""
    return actor is not None and target.owner_id == actor.id


def is_used_where_i_write(actor: User | None, target: Any) -> bool:
    """An upload in an entry of which the actor is a writer: also its teller."""
    return any(is_author(actor, entry) for entry in target.entries)


def is_used_under_my_care(actor: User | None, target: Any) -> bool:
    """An upload in an entry that the actor reads, in a community that they look after."""
    return any(
        is_facilitator_here(actor, entry) and can(actor, Permission.ENTRY_READ, entry)
        for entry in target.entries
    )


def is_used_where_i_read(actor: User | None, target: Any) -> bool:
    return any(can(actor, Permission.ENTRY_READ, entry) for entry in target.entries)


def is_waiting_or_out_of_sight(actor: User | None, target: Any) -> bool:
    return target.status in (Status.WAITING, Status.HIDDEN, Status.BINNED)


def is_in_the_writers_hands(actor: User | None, target: Any) -> bool:
    """Neither hidden nor binned: what somebody took away does not come back by publishing."""
    return target.status in (Status.DRAFT, Status.WAITING, Status.PUBLISHED)


def is_waiting(actor: User | None, target: Any) -> bool:
    return target.status is Status.WAITING


def is_not_binned(actor: User | None, target: Any) -> bool:
    return target.status is not Status.BINNED


def is_binned(actor: User | None, target: Any) -> bool:
    return target.status is Status.BINNED


def is_not_public_yet(actor: User | None, target: Any) -> bool:
    return target.status in (Status.DRAFT, Status.WAITING)


def is_recorder(actor: User | None, target: Any) -> bool:
    """Whoever recorded a voice note."""
    return actor is not None and target.upload.owner_id == actor.id


def is_teller_of_note(actor: User | None, target: Any) -> bool:
    """Whoever speaks in a voice note, or told its entry."""
    if actor is None:
        return False
    return target.speaker_id == actor.id or any(
        person.user_id == actor.id for person in target.entry.tellers
    )


def is_writer_of_note(actor: User | None, target: Any) -> bool:
    return is_author(actor, target.entry)


def is_facilitator_of_note(actor: User | None, target: Any) -> bool:
    return is_facilitator_here(actor, target.entry)


def is_typist(actor: User | None, target: Any) -> bool:
    return actor is not None and target.typist_id == actor.id


def is_not_typist(actor: User | None, target: Any) -> bool:
    return not is_typist(actor, target)


def is_within_sight(actor: User | None, target: Any) -> bool:
    """A voice note that can be played, of an entry that nobody took away."""
    return target.upload.state is UploadState.READY and is_in_the_writers_hands(actor, target.entry)


def is_in_queue(actor: User | None, target: Any) -> bool:
    return target.state in VOICE_IN_QUEUE and is_within_sight(actor, target)


def is_to_be_typed(actor: User | None, target: Any) -> bool:
    return target.state is VoiceState.QUEUED and is_within_sight(actor, target)


def is_typed(actor: User | None, target: Any) -> bool:
    return target.state is VoiceState.TYPED and is_within_sight(actor, target)


#: A permission is granted when every predicate of any one row holds.
GRANTS: dict[Permission, list[list[Predicate]]] = {
    Permission.ENTRY_READ: [
        [is_published],
        [is_author],
        [is_waiting_or_out_of_sight, is_facilitator_here],
        [is_waiting_or_out_of_sight, is_moderator],
    ],
    Permission.ENTRY_READ_EARLIER: [[is_author]],
    Permission.ENTRY_CREATE: [[is_writer_somewhere]],
    Permission.NOTE_CREATE: [[is_member]],
    Permission.NOTE_GROW: [[is_not_binned, is_author, is_writer_somewhere]],
    Permission.ENTRY_EDIT: [
        [is_not_binned, is_author, is_unlimited],
        [is_published, is_facilitator_here],
        [is_published, is_wiki, is_writer_here, is_unlimited],
        [is_published, is_wiki, is_of_the_group],
    ],
    Permission.ENTRY_PUBLISH: [
        [is_in_the_writers_hands, is_author],
        [is_waiting, is_facilitator_here],
    ],
    Permission.ENTRY_BIN: [[is_not_binned, is_author]],  # moderators hide, with a reason
    Permission.ENTRY_RESTORE: [[is_binned, is_author], [is_binned, is_moderator]],
    Permission.ENTRY_HIDE: [
        [is_not_binned, is_facilitator_in_each],
        [is_not_binned, is_moderator],
    ],
    Permission.ENTRY_LIMIT: [[is_published, is_wiki, is_facilitator_here]],
    Permission.ENTRY_PROPOSE: [[is_published, may_not_edit]],
    Permission.ENTRY_CONVERT: [
        [is_not_binned, is_author, is_unlimited],
        [is_published, is_facilitator_here],
    ],
    Permission.ENTRY_BLACK_OUT: [[is_moderator], [is_facilitator_here]],
    Permission.ENTRY_ASSIGN_AUTHOR: [[is_admin]],
    Permission.ENTRY_SERIES: [[is_not_binned, is_author]],
    Permission.SERIES_EDIT: [[is_owner]],
    Permission.LESSON_CONFIRM: [[is_facilitator_here]],
    Permission.TELLER_CLAIM: [
        [is_not_binned, is_author],
        [is_published, is_facilitator_here],
    ],
    Permission.COMMENT_ADD: [[is_member, is_place], [is_member, is_published]],
    Permission.COMMENT_REMOVE: [[is_own]],
    Permission.COMMENT_HIDE: [[is_on_my_entry], [is_under_my_care], [is_moderator]],
    Permission.COMMUNITY_EDIT: [[is_facilitator_here], [is_admin]],
    Permission.PROGRAM_EDIT: [
        [is_facilitator_here],
        [is_province_facilitator],
        [is_admin],
    ],
    Permission.PROGRAM_PROPOSE: [[is_writer_somewhere]],
    Permission.PROGRAM_DECIDE: [
        [is_proposed, is_by_a_neighbour],
        [is_proposed, is_facilitator_here],
        [is_proposed, is_province_facilitator],
        [is_proposed, is_admin],
    ],
    Permission.WORDS_EDIT: [[is_facilitator_somewhere], [is_admin]],
    Permission.PEOPLE_INVITE: [[is_facilitator_here], [is_admin]],
    Permission.PEOPLE_RESET: [[is_neighbour, has_no_more_power], [is_admin]],
    Permission.RIGHT_GRANT: [[is_facilitator_here], [is_admin]],
    Permission.BADGE_GRANT: [[is_facilitator_somewhere], [is_admin]],
    Permission.UPLOAD_CREATE: [[is_writer_somewhere]],
    Permission.UPLOAD_EDIT: [
        [is_owner],
        [is_used_where_i_write],
        [is_used_under_my_care],
        [is_moderator, is_used_where_i_read],
    ],
    Permission.VOICE_ADD: [[is_not_public_yet, is_author]],
    Permission.VOICE_HEAR: [
        [is_in_queue, is_member],
        [is_recorder],
        [is_writer_of_note],
        [is_teller_of_note],
    ],
    Permission.VOICE_SEE: [
        [is_in_queue, is_member],
        [is_within_sight, is_typist],
        [is_recorder],
        [is_writer_of_note],
        [is_teller_of_note],
    ],
    Permission.VOICE_READ: [
        [is_typist],
        [is_writer_of_note],
        [is_teller_of_note],
        [is_typed, is_facilitator_of_note],
    ],
    Permission.VOICE_QUEUE: [[is_recorder], [is_teller_of_note]],
    Permission.VOICE_TYPE: [[is_to_be_typed, is_member]],
    Permission.VOICE_APPROVE: [
        [is_typed, is_teller_of_note],
        [is_typed, is_facilitator_of_note, is_not_typist],
    ],
    Permission.VOICE_WITHDRAW: [
        [is_recorder],
        [is_teller_of_note],
        [is_in_queue, is_facilitator_of_note],
        [is_in_queue, is_moderator],
    ],
    Permission.REPORTS_READ: [[is_moderator]],
    Permission.PEOPLE_BLOCK: [[is_moderator]],
    Permission.SITE_SET: [[is_admin]],
    Permission.CONTENT_IMPORT: [[is_admin]],
    Permission.AUDIT_READ: [[is_moderator]],
}


def can(actor: User | None, permission: Permission | str, target: Any = None) -> bool:
    """Whether ``actor`` (None: no account) may do ``permission`` to ``target``."""
    if actor is not None and not actor.is_active:
        actor = None
    return any(all(holds(actor, target) for holds in row) for row in GRANTS[Permission(permission)])


def ensure(actor: User | None, permission: Permission, target: Any = None) -> None:
    """Raise Forbidden unless ``can``."""
    if not can(actor, permission, target):
        raise Forbidden(actor, permission, target)
