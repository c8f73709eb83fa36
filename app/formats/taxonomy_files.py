"""communities.yaml, programs.yaml and glossary.yaml: lists of groups of values.

An item with a fault is left out and named with its line; the others come in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.formats.fields import Fields
from app.formats.frontmatter import LIST_LIMIT, parse
from app.formats.records import (
    CommunityRecord,
    GlossaryRecord,
    HostRecord,
    LinkRecord,
    MoneyRecord,
    NameRecord,
    ProgramRecord,
    ReadError,
)
from app.text.cleaning import clean_line
from app.vocabulary import Certainty, CommunityKind, GlossaryKind, ProgramLinkKind

TaxonomyRecord = CommunityRecord | ProgramRecord | GlossaryRecord


def read_list(text: str, *, path: str) -> Iterator[TaxonomyRecord | ReadError]:
    """The records of one of the three files; its name tells which.

    :param path: ends in a key of READERS.
    """
    try:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        root = parse(text, path=path, limit=LIST_LIMIT)
    except ReadError as error:
        yield error
        return
    if root.is_word and root.word is None:
        return
    if root.items is None:
        yield ReadError("not_list", path, root.line)
        return
    read = READERS[path.rsplit("/", 1)[-1]]
    for item in root.items:
        fields = Fields(item, path)
        record = read(fields)
        fields.finish()
        if fields.problems:
            yield from _first_of_each_line(fields, is_group=item.pairs is not None)
        else:
            yield record


def _first_of_each_line(fields: Fields, *, is_group: bool) -> list[ReadError]:
    """The complaints, but only the first about a value that is no group at all."""
    return fields.problems if is_group else fields.problems[:1]


def _community(fields: Fields) -> CommunityRecord:
    return CommunityRecord(
        name=fields.word("name", required=True),
        slug=fields.word("slug", required=True),
        name_en=fields.word("name_en"),
        aliases=fields.words("aliases"),
        kind=fields.choice("kind", CommunityKind),
        code=fields.word("code"),
        parent=fields.word("parent"),
        places=fields.words("places"),
        names=_names(fields),
        about=fields.text("about"),
        note=fields.text("note"),
        path=fields.path,
        line=fields.line,
    )


def _program(fields: Fields) -> ProgramRecord:
    return ProgramRecord(
        name=fields.word("name", required=True),
        slug=fields.word("slug", required=True),
        short_name=fields.word("short_name"),
        aliases=fields.words("aliases"),
        names=_names(fields),
        years=_years_as_told(fields),
        hosts=_hosts(fields),
        funded_by=_links(fields, "funded_by", ProgramLinkKind.FUNDED_BY),
        came_from=_links(fields, "came_from", ProgramLinkKind.CONTINUES),
        became=_links(fields, "became", ProgramLinkKind.CONTINUES),
        money=tuple(_money(group) for group in fields.groups("money")),
        core=fields.flag("core"),
        mechanism=fields.word("mechanism"),
        note=fields.text("note"),
        path=fields.path,
        line=fields.line,
    )


def _glossary(fields: Fields) -> GlossaryRecord:
    return GlossaryRecord(
        short=fields.word("short", required=True),
        expansion=_expansions(fields),
        kind=fields.choice("kind", GlossaryKind) or GlossaryKind.TWO_WAY,
        category=fields.word("category"),
        since=fields.word("from"),
        until=fields.word("to"),
        note=fields.text("note"),
        path=fields.path,
        line=fields.line,
    )


READERS: dict[str, Callable[[Fields], TaxonomyRecord]] = {
    "communities.yaml": _community,
    "programs.yaml": _program,
    "glossary.yaml": _glossary,
}


def _certainty(fields: Fields) -> Certainty:
    return fields.choice("certainty", Certainty) or Certainty.STATED


def _names(fields: Fields) -> tuple[NameRecord, ...]:
    """Names over time: plain words, or groups with their dates."""
    names: list[NameRecord] = []
    for item in fields.items("names"):
        if item.is_word:
            names.append(NameRecord(name=fields.clean(item, clean_line)))
            continue
        inside = Fields(item, fields.path, fields.problems)
        names.append(
            NameRecord(
                name=inside.word("name", required=True),
                status=inside.word("status"),
                since=inside.word("from"),
                until=inside.word("to"),
                certainty=_certainty(inside),
                source=inside.word("source"),
            )
        )
        inside.finish()
    return tuple(names)


def _years_as_told(fields: Fields) -> str:
    """``2548–2549`` as it stands, or a list of years joined by commas."""
    return ", ".join(fields.words("years"))


def _hosts(fields: Fields) -> tuple[HostRecord, ...]:
    """Hosts: plain names, or groups with their year."""
    hosts: list[HostRecord] = []
    for item in fields.items("hosts"):
        if item.is_word:
            hosts.append(HostRecord(name=fields.clean(item, clean_line)))
            continue
        inside = Fields(item, fields.path, fields.problems)
        hosts.append(
            HostRecord(
                name=inside.word("name", required=True),
                year=inside.year("year"),
                certainty=_certainty(inside),
                source=inside.word("source"),
            )
        )
        inside.finish()
    return tuple(hosts)


def _links(fields: Fields, name: str, kind: ProgramLinkKind) -> tuple[LinkRecord, ...]:
    """Other programs or payers: plain words, or groups that say when and how surely."""
    links: list[LinkRecord] = []
    for item in fields.items(name):
        if item.is_word:
            links.append(LinkRecord(target=fields.clean(item, clean_line), kind=kind))
            continue
        inside = Fields(item, fields.path, fields.problems)
        key = next((word for word in ("slug", "name") if word in inside.pairs), "program")
        links.append(
            LinkRecord(
                target=inside.word(key, required=True),
                kind=inside.choice("kind", ProgramLinkKind) or kind,
                year=inside.word("year"),
                certainty=_certainty(inside),
                source=inside.word("source"),
                note=inside.text("note"),
            )
        )
        inside.finish()
    return tuple(links)


def _money(fields: Fields) -> MoneyRecord:
    record = MoneyRecord(
        what=fields.word("what"),
        amount=fields.number("amount", least=0, most=10**15),
        code=fields.word("code"),
        year=fields.word("year"),
        fiscal=fields.flag("fiscal"),
        kind=fields.word("kind"),
        channel=fields.word("channel"),
        scope=fields.word("scope"),
        approximate=fields.flag("approximate"),
        spending=fields.word("spending"),
        certainty=_certainty(fields),
        source=fields.word("source"),
        note=fields.text("note"),
    )
    fields.finish()
    return record


def _expansions(fields: Fields) -> tuple[str, ...]:
    """The long forms: a list, or one text with bars between them."""
    found = (part.strip() for word in fields.words("expansion") for part in word.split("|"))
    return tuple(dict.fromkeys(part for part in found if part))
