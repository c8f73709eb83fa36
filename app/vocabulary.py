"""The closed lists of the product: every word a column, a form field or an address may hold.

The value of a member is what is stored and exchanged; its Thai and English labels
live with the pages (``web/labels.py``).  Sources: product.md sections 3 to 6.
"""

from __future__ import annotations

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry is; all kinds share one sequence of record numbers."""

    POST = "post"
    STORY = "story"
    LESSON = "lesson"
    PAGE = "page"
    FORUM = "forum"
    JOURNAL = "journal"  # จดสั้น: one box, kept in the journal of its writer


#: Kinds that the writers of a community edit together.
WIKI_KINDS = frozenset({EntryKind.LESSON, EntryKind.PAGE, EntryKind.FORUM})
#: Kinds that lists without a filter hold; short notes stand in the journals of their writers.
LISTED_KINDS = tuple(kind for kind in EntryKind if kind is not EntryKind.JOURNAL)


class LessonForm(StrEnum):
    """How much of the lesson form an entry fills."""

    FULL = "full"
    QUICK = "quick"
    FREE = "free"  # an old text whose headings are not the eight of the form


class Status(StrEnum):
    """Where an entry stands between its writer and the public."""

    DRAFT = "draft"
    WAITING = "waiting"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    BINNED = "binned"


class LessonState(StrEnum):
    """How far a lesson has proved itself."""

    TOLD = "told"
    TRIED = "tried"
    CONFIRMED = "confirmed"
    USED_ELSEWHERE = "used_elsewhere"
    NO_LONGER = "no_longer"


class PartKind(StrEnum):
    """A row of a lesson or forum; the value is the letter of its link (#k1, #g1, #n1, #q1)."""

    POINT = "k"
    PRINCIPLE = "g"
    STEP = "n"
    LINE = "q"


class LineSide(StrEnum):
    """What a line of a forum record is, to the group that wrote it."""

    PROBLEM = "problem"
    ANSWER = "answer"


class StepState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class PersonRole(StrEnum):
    """What somebody did for an entry, with or without an account."""

    TELLER = "teller"
    RECORDER = "recorder"
    PARTICIPANT = "participant"
    AUTHOR = "author"  # beside the one who began it


class ConsentKind(StrEnum):
    """How a teller without account agreed to be published."""

    SPOKEN = "spoken"
    SIGNED = "signed"


class Right(StrEnum):
    """What an account may do; see policy.py."""

    MEMBER = "member"
    WRITER = "writer"
    FACILITATOR = "facilitator"
    MODERATOR = "moderator"
    ADMIN = "admin"


#: Rights that always hold for one community or one program.
SCOPED_RIGHTS = frozenset({Right.WRITER, Right.FACILITATOR})


class CommunityKind(StrEnum):
    """Levels of the tree of places, then the two kinds of groups of people."""

    PROVINCE = "province"
    AMPHOE = "amphoe"
    BRANCH_AMPHOE = "branch_amphoe"  # กิ่งอำเภอ
    TAMBON = "tambon"
    VILLAGE = "village"
    GROUP = "group"
    NETWORK = "network"


PLACE_KINDS = frozenset(
    {
        CommunityKind.PROVINCE,
        CommunityKind.AMPHOE,
        CommunityKind.BRANCH_AMPHOE,
        CommunityKind.TAMBON,
        CommunityKind.VILLAGE,
    }
)


class Confirmation(StrEnum):
    """Whether a facilitator has agreed to a proposed place or program."""

    CONFIRMED = "confirmed"
    PROPOSED = "proposed"
    REFUSED = "refused"


class Certainty(StrEnum):
    """How well a fact is known; everything but STATED is marked wherever it is shown."""

    STATED = "stated"
    INFERRED = "inferred"
    GENERAL = "general"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


class ProgramLinkKind(StrEnum):
    """A step from an earlier program (``origin``) to a later one (``outcome``), or its money."""

    CONTINUES = "continues"
    REPLACED = "replaced"
    RENAMED = "renamed"
    TRAINING_ARM = "training_arm"
    FUNDED_BY = "funded_by"
    RELATED = "related"


class CommentStatus(StrEnum):
    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"


class UploadKind(StrEnum):
    """What a person sent: shown as a picture, handed out as a file, or listened to."""

    PHOTO = "photo"
    FILE = "file"
    VOICE = "voice"


class UploadState(StrEnum):
    """Where an upload stands between the sender's device and its readers."""

    ARRIVING = "arriving"  # parts are still to come
    WAITING = "waiting"  # whole; the worker prepares it
    READY = "ready"
    REFUSED = "refused"  # the worker could not read it; nothing of it is kept
    WITHDRAWN = "withdrawn"  # somebody asked that it vanish; nothing of it is kept


class VoiceState(StrEnum):
    """How far a recording has come towards being text."""

    KEPT = "kept"  # with its draft alone
    QUEUED = "queued"  # in ฝากพิมพ์: any member may type it
    TYPED = "typed"  # waits for the teller or a facilitator
    APPROVED = "approved"  # the text stands in the entry


#: States in which members hear a recording.
VOICE_IN_QUEUE = (VoiceState.QUEUED, VoiceState.TYPED)


class PhotoConsent(StrEnum):
    """Whether the people in a picture agreed that it is shown."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


class ReportStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class NoticeKind(StrEnum):
    """What a notice tells; its words stand in web/notices.py."""

    EDITED = "edited"
    UNDONE = "undone"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REVIEW_DUE = "review_due"
    STEP_DUE = "step_due"
    TALKED = "talked"
    COAUTHOR = "coauthor"
    STEPPED_BACK = "stepped_back"
    PROGRAM_PROPOSED = "program_proposed"
    VOICE_TYPED = "voice_typed"
    VOICE_APPROVED = "voice_approved"
    VOICE_SENT_BACK = "voice_sent_back"


#: About a recording: told also to those who may not read its draft, which is not named.
VOICE_NOTICES = frozenset(
    {NoticeKind.VOICE_TYPED, NoticeKind.VOICE_APPROVED, NoticeKind.VOICE_SENT_BACK}
)


class ProposalStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class LimitedTo(StrEnum):
    """Who alone edits a text that a facilitator has limited."""

    FACILITATORS = "facilitators"  # it is locked
    COMMUNITY = "community"  # its writers: of a place, group or network


class GlossaryKind(StrEnum):
    """How far a short form and its expansion stand for each other; see docs/thai-search.md."""

    TWO_WAY = "two-way"
    ONE_WAY = "one-way"
    WHOLE_TOKEN = "whole-token"


class TokenScope(StrEnum):
    """What an API token may do."""

    READ = "read"
    WRITE = "write"


class JobKind(StrEnum):
    """Work for later; each has a line in services/worker.py."""

    MAIL = "mail"
    RERENDER = "rerender"
    UPLOAD = "upload"
    REPAIR_LINKS = "repair_links"
    FOLLOW_UP = "follow_up"


class JobState(StrEnum):
    WAITING = "waiting"
    FAILED = "failed"


class AuditAction(StrEnum):
    """Deeds that are kept in the log; the log is only ever added to."""

    CREATE = "create"
    SAVE = "save"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    BIN = "bin"
    RESTORE = "restore"
    HIDE = "hide"
    UNHIDE = "unhide"
    ASSIGN_AUTHOR = "assign_author"
    RENAME = "rename"
    UNDO = "undo"
    LIMIT = "limit"
    UNLIMIT = "unlimit"
    PROPOSAL_ACCEPT = "proposal_accept"
    PROPOSAL_REFUSE = "proposal_refuse"
    CONVERT = "convert"
    REVIEW = "review"
    BLACK_OUT = "black_out"
    STEP_BACK = "step_back"
    ERASE = "erase"
    COMMENT_HIDE = "comment_hide"
    COMMENT_UNHIDE = "comment_unhide"
    COMMENT_REMOVE = "comment_remove"
    REPORT_CLOSE = "report_close"
    ACCOUNT_CREATE = "account_create"
    ACCOUNT_BLOCK = "account_block"
    ACCOUNT_UNBLOCK = "account_unblock"
    RIGHT_GRANT = "right_grant"
    RIGHT_REMOVE = "right_remove"
    BADGE = "badge"
    INVITE = "invite"
    RESET_CODE = "reset_code"
    PASSWORD = "password"
    TOKEN = "token"
    CLAIM_CODE = "claim_code"
    CLAIM = "claim"
    LESSON_STATE = "lesson_state"
    STEP_CLOSE = "step_close"
    COMMUNITY_SAVE = "community_save"
    PROGRAM_SAVE = "program_save"
    PROGRAM_CONFIRM = "program_confirm"
    PROGRAM_REFUSE = "program_refuse"
    TAG_MERGE = "tag_merge"
    WORD_SAVE = "word_save"
    SETTING = "setting"
    CONSENT_TEXT = "consent_text"
    IMPORT = "import"
    UPLOAD = "upload"
    UPLOAD_CONSENT = "upload_consent"
    UPLOAD_WITHDRAW = "upload_withdraw"
    VOICE_CONSENT = "voice_consent"
    VOICE_QUEUE = "voice_queue"
    VOICE_TAKE_BACK = "voice_take_back"
    VOICE_TYPE = "voice_type"
    VOICE_APPROVE = "voice_approve"
    VOICE_SEND_BACK = "voice_send_back"


class License(StrEnum):
    """Licence ids of entries (engineering.md section 5)."""

    CC_BY_3_TH = "cc-by-3.0-th"
    CC_BY_SA_3_TH = "cc-by-sa-3.0-th"
    CC_BY_NC_3_TH = "cc-by-nc-3.0-th"
    CC_BY_NC_SA_3_TH = "cc-by-nc-sa-3.0-th"
    CC_BY_ND_3_TH = "cc-by-nd-3.0-th"
    CC_BY_NC_ND_3_TH = "cc-by-nc-nd-3.0-th"
    CC_BY_4 = "cc-by-4.0"
    CC_BY_SA_4 = "cc-by-sa-4.0"
    CC_BY_NC_4 = "cc-by-nc-4.0"
    CC_BY_NC_SA_4 = "cc-by-nc-sa-4.0"
    CC_BY_ND_4 = "cc-by-nd-4.0"
    CC_BY_NC_ND_4 = "cc-by-nc-nd-4.0"
    CC0 = "cc0-1.0"
    ALL_RIGHTS_RESERVED = "all-rights-reserved"
    NOT_RECORDED = "not-recorded"
