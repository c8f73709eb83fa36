"""What the formats read and write: plain values with the names of the content folder.

A record says what a file says and nothing more: names of places, programs and people are
words here, and whoever stores them finds out whom they mean.  ``path`` and ``lines`` tell
where a word stood, so that a later complaint can still name file and line.

    EntryRecord       one post, lesson, page, forum …    posts/900001.md
      SourceRecord    where it was brought from
      CommentRecord   what was said under it
    CommunityRecord   a place, group or network          communities.yaml
    ProgramRecord     a program with its history         programs.yaml
    GlossaryRecord    a short form and what it means     glossary.yaml
    FileRecord        an attached file                   files/<sha256>.<ext>
    ReadError         what could not be read, where and why
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.vocabulary import (
    Certainty,
    CommunityKind,
    ConsentKind,
    EntryKind,
    GlossaryKind,
    LessonForm,
    LessonState,
    License,
    ProgramLinkKind,
    Status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """Where an entry was brought from, and what did not come with it."""

    system: str
    url: str = ""
    imported: datetime | None = None
    missing: tuple[str, ...] = ()  # front-matter names: author, license, reads …
    reads: int | None = None  # at the source; None: not told, which is not 0
    leftover: str = ""  # text of the page that fitted no field, word for word


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRecord:
    """One comment of an imported page, in the order of the page."""

    author: str
    text: str  # Markdown
    created: datetime | None = None
    number: int | None = None  # at the source, when the page shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """How the tellers without account agreed.  ``taken_by`` names a person: whoever exports
    for the public leaves it empty."""

    kind: ConsentKind
    day: date
    taken_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """One entry with the names of the front matter, and its text.

    Two records are equal when they say the same; where they stood does not count.
    """

    kind: EntryKind
    title: str
    body: str = ""  # Markdown, NFC, "\n", no blank lines at its ends
    number: int | None = None  # None: the next free one
    slug: str = ""  # pages only: from the name of the file
    form: LessonForm | None = None
    status: Status = Status.PUBLISHED
    book: str = ""
    summary: str = ""
    author: str = ""
    coauthors: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()
    consent: ConsentRecord | None = None
    recorder: str = ""
    participants: tuple[str, ...] = ()  # "with" in the file
    created: datetime | None = None
    updated: datetime | None = None
    license: License = License.NOT_RECORDED
    communities: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    years: tuple[int, ...] = ()  # พ.ศ.
    tags: tuple[str, ...] = ()
    source: SourceRecord | None = None
    state: LessonState | None = None
    happened: date | None = None
    drawn: date | None = None
    present: int | None = None  # forums: how many people came
    groups: int | None = None
    contact: str = ""
    evidence: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()  # part ids that must not be given out again: k2
    comments: tuple[CommentRecord, ...] = ()  # travel beside the file, not in it
    path: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)  # of the first line of the body
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRecord:
    """A name that a place or program had, with its time as the source tells it."""

    name: str
    status: str = ""
    since: str = ""  # "from" in the file: ISO date or พ.ศ. year
    until: str = ""  # "to" in the file
    certainty: Certainty = Certainty.STATED
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRecord:
    """A place, or a group or network linked to places."""

    name: str
    slug: str
    name_en: str = ""
    aliases: tuple[str, ...] = ()
    kind: CommunityKind | None = None
    code: str = ""
    parent: str = ""
    places: tuple[str, ...] = ()
    names: tuple[NameRecord, ...] = ()
    about: str = ""
    note: str = ""
    path: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRecord:
    """Who ran a program in one year."""

    name: str
    year: int = 0  # พ.ศ.; 0: not told
    certainty: Certainty = Certainty.STATED
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """The other end of a step in a program's history: a slug, or the name of a payer."""

    target: str
    kind: ProgramLinkKind
    year: str = ""
    certainty: Certainty = Certainty.STATED
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRecord:
    """One sum in baht with its year, scope and source."""

    what: str = ""
    amount: int | None = None
    code: str = ""
    year: str = ""
    fiscal: bool = False  # whether ``year`` is a fiscal year
    kind: str = ""
    channel: str = ""
    scope: str = ""
    approximate: bool = False
    spending: str = ""  # planned | spent | unknown
    certainty: Certainty = Certainty.STATED
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRecord:
    """A program, its names over time, who ran and paid it, and what became of it."""

    name: str
    slug: str
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    names: tuple[NameRecord, ...] = ()
    years: str = ""  # as told: "2548–2549"
    hosts: tuple[HostRecord, ...] = ()
    funded_by: tuple[LinkRecord, ...] = ()
    came_from: tuple[LinkRecord, ...] = ()
    became: tuple[LinkRecord, ...] = ()
    money: tuple[MoneyRecord, ...] = ()
    core: bool = False
    mechanism: str = ""
    note: str = ""
    path: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryRecord:
    """A short form and the words it stands for."""

    short: str
    expansion: tuple[str, ...] = ()
    kind: GlossaryKind = GlossaryKind.TWO_WAY
    category: str = ""  # agency, place, variant …
    since: str = ""  # "from" in the file
    until: str = ""  # "to" in the file
    note: str = ""
    path: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file of the folder whose content agrees with its name."""

    sha256: str
    extension: str
    size: int  # bytes
    path: str = field(default="", compare=False)


Record = EntryRecord | CommunityRecord | ProgramRecord | GlossaryRecord | FileRecord


def N_(text: str) -> str:
    """Mark an English sentence for the translators; it is translated where it is shown."""
    return text


#: The reasons, as whole sentences with named holes.  The holes are filled after translation.
MESSAGES: Mapping[str, str] = {
    "missing": N_("There is no file or folder of this name."),
    "unreadable": N_("The file cannot be opened: %(cause)s."),
    "not_a_file": N_("This is neither a file nor a folder that can be read."),
    "outside": N_("The link leads out of the folder and was not followed."),
    "empty_folder": N_("The folder holds nothing that can be imported. Known are: %(known)s."),
    "unknown_format": N_("Files of this kind cannot be imported. Known are: %(known)s."),
    "too_large": N_("The file is larger than %(limit)s MB."),
    "encoding": N_("The text is not UTF-8. Save the file as UTF-8 and try again."),
    "unclean": N_("The text holds a character that cannot be stored: %(character)s."),
    "empty": N_("The file is empty."),
    "no_front_matter": N_(
        "The file must begin with a line of three hyphens, the front matter, and "
        "another line of three hyphens."
    ),
    "open_front_matter": N_("The front matter is not closed by a line of three hyphens."),
    "yaml": N_("The YAML cannot be read: %(problem)s."),
    "yaml_anchor": N_("Anchors, aliases and tags of YAML are not allowed here."),
    "yaml_depth": N_("The YAML is nested too deeply."),
    "yaml_size": N_("The YAML is too long."),
    "yaml_documents": N_("There must be only one YAML document."),
    "not_names": N_("Names with values are expected here, such as “title: …”."),
    "not_list": N_("A list is expected here."),
    "not_word": N_("“%(name)s” takes one value, not a list or a group of values."),
    "not_words": N_("“%(name)s” takes a list of plain values."),
    "twice": N_("“%(name)s” is written twice."),
    "required": N_("“%(name)s” is missing."),
    "unknown_key": N_("“%(name)s” is not a known name. Known are: %(known)s."),
    "unknown_key_near": N_("“%(name)s” is not a known name. Did you mean “%(nearest)s”?"),
    "unknown_value": N_("“%(value)s” is not known for “%(name)s”. Known are: %(known)s."),
    "unknown_value_near": N_(
        "“%(value)s” is not known for “%(name)s”. Did you mean “%(nearest)s”?"
    ),
    "bad_number": N_(
        "“%(value)s” is not a whole number from %(least)s to %(most)s, which “%(name)s” needs."
    ),
    "bad_flag": N_("“%(name)s” takes true or false, not “%(value)s”."),
    "bad_moment": N_(
        "“%(value)s” is not a date and time, which “%(name)s” needs: 2007-10-19T14:59:00+07:00."
    ),
    "bad_day": N_("“%(value)s” is not a date, which “%(name)s” needs: 2007-10-19."),
    "bad_year": N_("“%(value)s” is not a year, which “%(name)s” needs: 2548."),
    "bad_part": N_("“%(value)s” is not the id of a part, such as k2."),
    "taken": N_("%(what)s stands in %(other)s already."),
    "wrong_sum": N_("The content of the file does not agree with its name (SHA-256)."),
    "not_gotoknow": N_(
        "This is not a saved GotoKnow page: no record number (หมายเลขบันทึก) "
        "with its dates was found."
    ),
    "no_title": N_("The page has no title."),
}
_WITH_LINE = N_("%(path)s, line %(line)s: %(reason)s")
_WITH_PATH = N_("%(path)s: %(reason)s")


class ReadError(ValueError):
    """Something that could not be read; the rest of its folder comes in all the same.

    Readers of a folder yield it among the records, readers of one text raise it.

    :param code: a key of MESSAGES.
    :param path: the file, relative to what was given to the reader; empty when not known.
    :param line: from 1; 0 when the whole file is meant.
    :param params: what fills the holes of the sentence.
    """

    def __init__(
        self,
        code: str,
        path: str = "",
        line: int = 0,
        params: Mapping[str, object] | None = None,
    ) -> None:
        self.code = code
        self.path = path
        self.line = line
        self.params: Mapping[str, object] = dict(params or {})
        super().__init__(code, path, line, self.params)

    def reason(self, translate: Callable[[str], str] = str) -> str:
        """Why, in words.  ``translate`` is gettext for the reader's language."""
        return translate(MESSAGES[self.code]) % self.params

    def message(self, translate: Callable[[str], str] = str) -> str:
        """Where and why, in words."""
        reason = self.reason(translate)
        if not self.path:
            return reason
        sentence = _WITH_LINE if self.line else _WITH_PATH
        return translate(sentence) % {
            "path": self.path,
            "line": self.line,
            "reason": reason,
        }

    def at(self, path: str) -> ReadError:
        """The same complaint about the file ``path``."""
        return ReadError(self.code, path, self.line, self.params)

    def __str__(self) -> str:
        return self.message()
