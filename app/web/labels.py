"""The words people see for the closed lists of vocabulary.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.text.lesson import BOXES
from app.vocabulary import (
    Certainty,
    CommunityKind,
    ConsentKind,
    EntryKind,
    GlossaryKind,
    LessonForm,
    LessonState,
    License,
    PhotoConsent,
    ProgramLinkKind,
    Right,
    Status,
    TokenScope,
)

KINDS: dict[str, Any] = {
    EntryKind.POST: _l("Post"),
    EntryKind.STORY: _l("Story"),
    EntryKind.LESSON: _l("Lesson"),
    EntryKind.PAGE: _l("Knowledge page"),
    EntryKind.FORUM: _l("Forum record"),
    EntryKind.JOURNAL: _l("Short note"),
}
FORMS: dict[str, Any] = {
    LessonForm.FULL: _l("Lesson"),
    LessonForm.QUICK: _l("Quick lesson"),
    LessonForm.FREE: _l("Lesson (free text)"),
}
STATUSES: dict[str, Any] = {
    Status.DRAFT: _l("Draft"),
    Status.WAITING: _l("Waiting for review"),
    Status.PUBLISHED: _l("Published"),
    Status.HIDDEN: _l("Hidden"),
    Status.BINNED: _l("In the bin"),
}
STATES: dict[str, Any] = {
    LessonState.TOLD: _l("Told"),
    LessonState.TRIED: _l("Tried"),
    LessonState.CONFIRMED: _l("Confirmed"),
    LessonState.USED_ELSEWHERE: _l("Used elsewhere"),
    LessonState.NO_LONGER: _l("No longer works"),
}
CONSENT_KINDS: dict[str, Any] = {
    ConsentKind.SPOKEN: _l("Spoken"),
    ConsentKind.SIGNED: _l("Signed on paper"),
}
RIGHTS: dict[str, Any] = {
    Right.MEMBER: _l("Member"),
    Right.WRITER: _l("Writer"),
    Right.FACILITATOR: _l("Facilitator"),
    Right.MODERATOR: _l("Moderator"),
    Right.ADMIN: _l("Administrator"),
}
COMMUNITY_KINDS: dict[str, Any] = {
    CommunityKind.PROVINCE: _l("Province"),
    CommunityKind.AMPHOE: _l("Amphoe"),
    CommunityKind.BRANCH_AMPHOE: _l("Branch amphoe"),
    CommunityKind.TAMBON: _l("Tambon"),
    CommunityKind.VILLAGE: _l("Village"),
    CommunityKind.GROUP: _l("Group"),
    CommunityKind.NETWORK: _l("Network"),
}
CERTAINTIES: dict[str, Any] = {
    Certainty.STATED: _l("Supported by a source"),
    Certainty.INFERRED: _l("Not yet confirmed"),
    Certainty.GENERAL: _l("Not yet confirmed"),
    Certainty.UNCERTAIN: _l("Not yet confirmed"),
    Certainty.UNKNOWN: _l("Not known"),
}
FACETS: dict[str, Any] = {
    "kind": _l("Kind"),
    "community": _l("Place/community"),
    "program": _l("Program/work"),
    "year": _l("Year"),
    "fiscal_year": _l("Fiscal year"),
    "tag": _l("Keyword"),
    "author": _l("Author"),
    "state": _l("State of the lesson"),
}
SORTS: dict[str, Any] = {
    "relevance": _l("Most relevant"),
    "newest": _l("Newest"),
    "oldest": _l("Oldest"),
    "title": _l("Title"),
}
PHOTO_CONSENTS: dict[str, Any] = {
    PhotoConsent.NOT_ASKED: _l("Not asked yet: members only"),
    PhotoConsent.YES: _l("They agreed: everyone may see it"),
    PhotoConsent.NO: _l("They did not agree: only its editors"),
}
TOKEN_SCOPES: dict[str, Any] = {
    TokenScope.READ: _l("Read only"),
    TokenScope.WRITE: _l("Read and write"),
}

#: Categories of the glossary, in the order in which they are offered.
WORD_CATEGORIES: dict[str, Any] = {
    "KM": _l("Knowledge management"),
    "program": _l("Programs and budgets"),
    "place": _l("Places"),
    "local-gov": _l("Local government"),
    "agency": _l("Agencies"),
    "education": _l("Schools and universities"),
    "topic": _l("Topics"),
    "title": _l("Titles"),
    "date": _l("Dates and years"),
    "dialect": _l("Southern Thai"),
    "variant": _l("Common misspellings"),
}
WORD_KINDS: dict[str, Any] = {
    GlossaryKind.WHOLE_TOKEN: _l("Both ways, where the short form stands alone"),
    GlossaryKind.TWO_WAY: _l("Both ways, anywhere in a text"),
    GlossaryKind.ONE_WAY: _l("One way: the word also finds the full form"),
}
SPENDING: dict[str, Any] = {
    "planned": _l("Planned"),
    "spent": _l("Spent"),
    "unknown": _l("Not known"),
}
PROGRAM_STEPS: dict[str, Any] = {
    ProgramLinkKind.CONTINUES: _l("continues as"),
    ProgramLinkKind.REPLACED: _l("replaced by"),
    ProgramLinkKind.RENAMED: _l("renamed to"),
    ProgramLinkKind.TRAINING_ARM: _l("has as its training arm"),
    ProgramLinkKind.FUNDED_BY: _l("paid for"),
    ProgramLinkKind.RELATED: _l("related to"),
}

#: What Creative Commons calls the terms of a licence.
_CC: dict[str, Any] = {
    "by": _l("Attribution"),
    "by-sa": _l("Attribution-ShareAlike"),
    "by-nc": _l("Attribution-NonCommercial"),
    "by-nc-sa": _l("Attribution-NonCommercial-ShareAlike"),
    "by-nd": _l("Attribution-NoDerivatives"),
    "by-nc-nd": _l("Attribution-NonCommercial-NoDerivatives"),
}
_CC0 = _l("Public domain dedication")


def license_name(license_id: str) -> Any:
    """A licence as it is chosen and shown under a text: its code, and its name in words."""
    if license_id.startswith("cc-by"):
        terms, version = license_id.removeprefix("cc-").removesuffix("-th").rsplit("-", 1)
        land = " TH" if license_id.endswith("-th") else ""
        return f"CC {terms.upper()} {version}{land} {_CC[terms]}"
    return {
        License.CC0.value: f"CC0 1.0 {_CC0}",
        License.ALL_RIGHTS_RESERVED.value: _l("All rights reserved"),
        License.NOT_RECORDED.value: _l("No licence stated"),
    }[license_id]


def license_url(license_id: str) -> str:
    """Where the licence is explained; empty where there is nothing to link to."""
    if license_id == License.CC0:
        return "https://creativecommons.org/publicdomain/zero/1.0/deed.th"
    if not license_id.startswith("cc-by"):
        return ""
    thai = license_id.endswith("-th")
    terms, version = license_id.removeprefix("cc-").removesuffix("-th").rsplit("-", 1)
    return f"https://creativecommons.org/licenses/{terms}/{version}/{'th/' if thai else 'deed.th'}"


def kind_of(entry: Any) -> Any:
    """What to call an entry: a quick lesson says so."""
    if entry.kind is EntryKind.LESSON and entry.form is not None:
        return FORMS[entry.form]
    return KINDS[entry.kind]


def box(key: str) -> Any:
    """One of the eight boxes of the lesson form, by key."""
    return next(found for found in BOXES if found.key == key)
