"""Tables: columns, relations, constraints; no verbs.

Importing this package makes every table known to the metadata.
"""

from app.models.account import (
    ApiToken,
    ClaimCode,
    Consent,
    ConsentText,
    Invitation,
    ResetCode,
    RightGrant,
    User,
)
from app.models.autosave import Autosave, WritingTemplate
from app.models.comment import Comment, CommunityComment
from app.models.entry import (
    Entry,
    EntryPerson,
    EntryYear,
    LessonPart,
    entry_community,
    entry_program,
    entry_tag,
)
from app.models.journal import Growth
from app.models.lesson import LessonStateChange, LineGrowth, StepClosing
from app.models.link import Link, Redirect
from app.models.moderation import Audit, Report
from app.models.presence import Presence
from app.models.program import MoneyFact, Program, ProgramHost, ProgramLink, ProgramName
from app.models.revision import Revision
from app.models.searches import Search
from app.models.series import Series, SeriesPart
from app.models.site import (
    Change,
    Counter,
    FormToken,
    GlossaryWord,
    Job,
    Setting,
    Throttle,
    Visit,
)
from app.models.taxonomy import (
    Book,
    Community,
    CommunityAncestor,
    CommunityName,
    Tag,
    community_place,
)
from app.models.upload import EntryUpload, Upload
from app.models.voice import VoiceNote
from app.models.wiki import BlackOut, EditLimit, FormerTitle, Notice, Proposal, Review

__all__ = [
    "ApiToken",
    "Audit",
    "Autosave",
    "BlackOut",
    "Book",
    "Change",
    "ClaimCode",
    "Comment",
    "Community",
    "CommunityAncestor",
    "CommunityComment",
    "CommunityName",
    "Consent",
    "ConsentText",
    "Counter",
    "EditLimit",
    "Entry",
    "EntryPerson",
    "EntryUpload",
    "EntryYear",
    "FormToken",
    "FormerTitle",
    "GlossaryWord",
    "Growth",
    "Invitation",
    "Job",
    "LessonPart",
    "LessonStateChange",
    "LineGrowth",
    "Link",
    "MoneyFact",
    "Notice",
    "Presence",
    "Program",
    "ProgramHost",
    "ProgramLink",
    "ProgramName",
    "Proposal",
    "Redirect",
    "Report",
    "ResetCode",
    "Review",
    "Revision",
    "RightGrant",
    "Search",
    "Series",
    "SeriesPart",
    "Setting",
    "StepClosing",
    "Tag",
    "Throttle",
    "Upload",
    "User",
    "Visit",
    "VoiceNote",
    "WritingTemplate",
    "community_place",
    "entry_community",
    "entry_program",
    "entry_tag",
]
