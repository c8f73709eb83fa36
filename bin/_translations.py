"""The Thai words of the interface: bin/translations compile | check | merge.

English texts stand in the code and are their own translation.  The Thai ones stand in
``app/translations/th/LC_MESSAGES/messages.po`` and, while a room is being built, in
``app/translations/fragments/<room>.th.po``.

compile   make messages.mo of both; bin/serve and bin/test do it by themselves
check     name every text of the code that has no Thai translation, and every hole
          (%(name)s) that differs; exit status 1 when there is one
merge     move the fragments into messages.po, and drop what the code no longer says
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "app" / "translations"
PO = FOLDER / "th" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")

KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def main(arguments: list[str]) -> int:
    actions = {"compile": compile_mo, "check": check, "merge": merge}
    if len(arguments) != 1 or arguments[0] not in actions:
        print(__doc__)
        return 0 if arguments in (["--help"], ["-h"]) else 2
    return actions[arguments[0]]()


def compile_mo() -> int:
    """Write messages.mo whole or not at all; a running site never sees half a file."""
    catalog, conflicts = thai()
    for line in conflicts:
        print(line, file=sys.stderr)
    try:
        MO.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=MO.parent, delete=False) as out:
            write_mo(out, catalog)
        os.chmod(out.name, 0o644)
        os.replace(out.name, MO)
    except OSError as error:
        print(f"{MO} cannot be written ({error.strerror}): texts may be English.", file=sys.stderr)
    return 0


def check() -> int:
    catalog, faults = thai()
    wanted = said()
    for message in wanted:
        if not message.id:  # the header of the catalog
            continue
        found = catalog.get(message.id, message.context)
        if found is None or not all(texts(found.string)):
            places = ", ".join(f"{file}:{line}" for file, line in message.locations[:3])
            faults.append(f"no Thai for {texts(message.id)[0]!r} ({places})")
        elif holes(found.string) - holes(message.id):
            faults.append(f"other holes in the Thai of {texts(message.id)[0]!r}")
    print("\n".join(faults) if faults else f"All {len(wanted)} texts have their Thai.")
    return 1 if faults else 0


def merge() -> int:
    catalog, conflicts = thai()
    if conflicts:
        print("\n".join(conflicts), file=sys.stderr)
        return 1
    merged = empty()
    for message in said():
        found = catalog.get(message.id, message.context)
        if found is not None:
            merged.add(message.id, found.string, message.locations, context=message.context)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as out:
        write_po(out, merged, sort_output=True, width=100, include_lineno=False)
    for fragment in fragments():
        fragment.unlink()
    print(f"{len(merged)} texts in {PO.relative_to(ROOT)}")
    return 0


def thai() -> tuple[Catalog, list[str]]:
    """All Thai texts, and the places where two files translate one text differently."""
    catalog, faults = empty(), []
    for file in [PO, *fragments()]:
        if not file.exists():
            continue
        with file.open("rb") as text:
            read = read_po(text, locale="th")
        for message in read:
            if not message.id or not any(texts(message.string)):
                continue
            known = catalog.get(message.id, message.context)
            if known is None:
                catalog.add(message.id, message.string, context=message.context)
            elif texts(known.string) != texts(message.string):
                faults.append(
                    f"{file.name}: {texts(message.id)[0]!r} is {texts(message.string)[0]!r} here, "
                    f"{texts(known.string)[0]!r} elsewhere"
                )
    return catalog, faults


def said() -> Catalog:
    """Every text that the code hands to gettext, with its places."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = empty()
    here = os.getcwd()
    os.chdir(ROOT)  # the patterns of babel.cfg are meant from there
    try:
        for file, line, text, _, context in extract_from_dir(
            ".", methods, options, keywords=KEYWORDS
        ):
            found.add(text, locations=[(os.path.relpath(file), line)], context=context)
    finally:
        os.chdir(here)
    return found


def empty() -> Catalog:
    return Catalog(locale="th", project="เมืองนครเรียนรู้", charset="utf-8", fuzzy=False)


def fragments() -> list[Path]:
    return sorted((FOLDER / "fragments").glob("*.po"))


def texts(value: Message | str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[arg-type]


def holes(value: str | tuple[str, ...] | list[str]) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", " ".join(texts(value))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
