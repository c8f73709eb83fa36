"""One entry as a Markdown file with front matter: posts/900001.md, pages/about.md.

``read_entry(write_entry(entry), path=path_of(entry)) == entry`` for every entry without
comments; those travel beside the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

from app.formats.fields import Fields
from app.formats.frontmatter import Value, compose, parse, split
from app.formats.records import ConsentRecord, EntryRecord, ReadError, SourceRecord
from app.text.cleaning import UncleanText, clean_text
from app.text.forum import MOST_PEOPLE
from app.vocabulary import ConsentKind, EntryKind, LessonForm, LessonState, License, Status

#: Folder of each kind.  Stories, short notes and forum records are told like posts and lie
#: with them.
FOLDERS = {
    EntryKind.POST: "posts",
    EntryKind.STORY: "posts",
    EntryKind.LESSON: "lessons",
    EntryKind.PAGE: "pages",
    EntryKind.FORUM: "posts",
    EntryKind.JOURNAL: "posts",
}
_KIND_OF_FOLDER = {
    "posts": EntryKind.POST,
    "lessons": EntryKind.LESSON,
    "pages": EntryKind.PAGE,
}
#: Who waits, is hidden or binned is the site's affair and never comes from a file.
_STATUSES = (Status.DRAFT, Status.PUBLISHED)
_PART_ID = re.compile(r"[kgnq][1-9][0-9]{0,5}\Z")


def path_of(entry: EntryRecord) -> str:
    """Where ``entry`` lies in a content folder: pages by slug, all others by number."""
    name = entry.slug if entry.kind is EntryKind.PAGE else entry.number
    return f"{FOLDERS[entry.kind]}/{name or 'new'}.md"


def read_entry(text: str, *, path: str = "") -> EntryRecord:
    """The entry that a file holds.

    :param text: the whole file.
    :param path: its place in the folder; tells the kind where the file does not, and the
        slug of a page.
    :raises ReadError: the first complaint; :func:`entry_or_problems` gives all.
    """
    found = list(entry_or_problems(text, path=path))
    if isinstance(found[0], ReadError):
        raise found[0]
    return found[0]


def entry_or_problems(text: str, *, path: str = "") -> Iterator[EntryRecord | ReadError]:
    """Either the one entry of the file, or everything that is wrong with it."""
    try:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        parts = split(text, path=path)
        fields = Fields(parse(parts.front, path=path, first_line=2), path)
    except ReadError as error:
        yield error
        return
    body = ""
    try:
        body = clean_text(parts.body).strip("\n")
    except UncleanText as error:
        line = parts.line + parts.body.count("\n", 0, error.position)
        fields.complain("unclean", line, character=f"U+{error.code_point:04X}")
    entry = _entry(fields, body, parts.line)
    if fields.problems:
        yield from fields.problems
    else:
        yield entry


def _entry(fields: Fields, body: str, line: int) -> EntryRecord:
    place = PurePosixPath(fields.path)
    by_folder = _KIND_OF_FOLDER.get(place.parent.name, EntryKind.POST)
    kind = fields.choice("kind", EntryKind) or by_folder
    entry = EntryRecord(
        number=fields.number("number"),
        kind=kind,
        slug=place.stem if kind is EntryKind.PAGE else "",
        form=fields.choice("form", LessonForm),
        status=fields.choice("status", Status, allowed=_STATUSES) or Status.PUBLISHED,
        book=fields.word("book"),
        title=fields.word("title", required=kind is not EntryKind.JOURNAL),
        summary=fields.text("summary"),
        author=fields.word("author"),
        coauthors=fields.words("coauthors"),
        tellers=fields.words("teller"),
        consent=_consent(fields),
        recorder=fields.word("recorder"),
        created=fields.moment("created"),
        updated=fields.moment("updated"),
        license=fields.choice("license", License) or License.NOT_RECORDED,
        communities=fields.words("communities"),
        programs=fields.words("programs"),
        years=fields.years("years"),
        tags=fields.words("tags"),
        source=_source(fields),
        state=fields.choice("state", LessonState),
        happened=fields.day("happened"),
        drawn=fields.day("drawn"),
        present=fields.number("present", most=MOST_PEOPLE),
        groups=fields.number("groups", most=MOST_PEOPLE),
        contact=fields.word("contact"),
        participants=fields.words("with"),
        evidence=fields.words("evidence"),
        removed=_part_ids(fields),
        body=body,
        path=fields.path,
        line=line,
        lines=dict(fields.key_lines),
    )
    fields.finish()
    return entry


def _source(fields: Fields) -> SourceRecord | None:
    node = fields.node("source")
    if node is None:
        return None
    inside = Fields(node, fields.path, fields.problems)
    source = SourceRecord(
        system=inside.word("system", required=node.pairs is not None),
        url=inside.word("url"),
        imported=inside.moment("imported"),
        missing=inside.words("missing"),
        reads=inside.number("reads", least=0),
        leftover=inside.text("leftover"),
    )
    inside.finish()
    return source


def _consent(fields: Fields) -> ConsentRecord | None:
    node = fields.node("consent")
    if node is None:
        return None
    inside = Fields(node, fields.path, fields.problems)
    kind, day = inside.choice("kind", ConsentKind), inside.day("date")
    for name, value in (("kind", kind), ("date", day)):
        if value is None and not inside.node(name) and node.pairs is not None:
            inside.complain("required", inside.line, name=name)
    consent = ConsentRecord(
        kind=kind or ConsentKind.SPOKEN, day=day or date.min, taken_by=inside.word("taken_by")
    )
    inside.finish()
    return consent


def _part_ids(fields: Fields) -> tuple[str, ...]:
    ids = fields.words("removed")
    for part in ids:
        if not _PART_ID.match(part):
            fields.complain("bad_part", fields.line_of("removed"), value=part[:80])
    return ids


def write_entry(entry: EntryRecord) -> str:
    """The file of ``entry``, names in the order of the contract, empty ones left out."""
    values: dict[str, Value] = {
        "number": entry.number or "",
        "kind": entry.kind.value,
        "form": entry.form.value if entry.form else "",
        "status": entry.status.value,
        "book": entry.book,
        "title": entry.title,
        "summary": entry.summary,
        "author": entry.author,
        "coauthors": list(entry.coauthors),
        "teller": list(entry.tellers),
        "consent": _consent_values(entry.consent) if entry.consent else {},
        "recorder": entry.recorder,
        "created": _iso(entry.created),
        "updated": _iso(entry.updated),
        "license": entry.license.value,
        "communities": list(entry.communities),
        "programs": list(entry.programs),
        "years": list(entry.years),
        "tags": list(entry.tags),
        "source": _source_values(entry.source) if entry.source else {},
        "state": entry.state.value if entry.state else "",
        "happened": _iso(entry.happened),
        "drawn": _iso(entry.drawn),
        "present": entry.present or "",
        "groups": entry.groups or "",
        "contact": entry.contact,
        "with": list(entry.participants),
        "evidence": list(entry.evidence),
        "removed": list(entry.removed),
    }
    return compose(values, entry.body)


def _source_values(source: SourceRecord) -> dict[str, Value]:
    return {
        "system": source.system,
        "url": source.url,
        "imported": _iso(source.imported),
        "missing": list(source.missing),
        "reads": "" if source.reads is None else source.reads,
        "leftover": source.leftover,
    }


def _consent_values(consent: ConsentRecord) -> dict[str, Value]:
    return {
        "kind": consent.kind.value,
        "date": _iso(consent.day),
        "taken_by": consent.taken_by,
    }


def _iso(value: date | None) -> str:
    """ISO form of a day or a moment; a moment with its zone."""
    return value.isoformat() if value else ""
