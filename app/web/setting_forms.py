"""The form of /admin/settings: one field for every key of services.settings.DEFAULTS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.errors import Invalid
from app.text.cleaning import clean_line, clean_text

MOST_LINKS = 12
LONGEST = 200


@dataclass(frozen=True, slots=True)
class SettingField:
    """How one setting is shown and read.  ``kind``: line, choice, number or links."""

    kind: str
    label: Any
    hint: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    lowest: int = 1
    highest: int = 10_000


FIELDS: dict[str, SettingField] = {
    "site_name": SettingField(
        "line", _l("Name of the site"), _l("Empty: as the machine was set up.")
    ),
    "help_contact": SettingField(
        "line",
        _l("Help line"),
        _l("A LINE id, telephone number or address of an office; it stands on every page."),
    ),
    "sign_up": SettingField(
        "choice",
        _l("Who may sign up"),
        choices=(
            ("invitation", _l("Whoever has an invitation")),
            ("open", _l("Everybody, as a member")),
        ),
    ),
    "footer_links": SettingField(
        "links",
        _l("Links at the foot of every page"),
        _l("One a line: name | address. For example: GotoKnow | https://www.gotoknow.org"),
    ),
    "bin_days": SettingField(
        "number", _l("Days that the bin keeps a text"), lowest=7, highest=3650
    ),
    "comments_per_hour": SettingField("number", _l("Comments of one account in an hour")),
    "entries_per_hour": SettingField("number", _l("Texts that one account publishes in an hour")),
    "reports_per_hour": SettingField("number", _l("Reports from one address in an hour")),
    "upload_quota_mb": SettingField(
        "number", _l("Megabytes of photos and files that one account may keep")
    ),
    "uploads_per_hour": SettingField("number", _l("Photos and files of one account in an hour")),
}


def as_typed(name: str, value: Any) -> str:
    """A setting as it stands in its field."""
    if FIELDS[name].kind == "links":
        return "\n".join(f"{link['name']} | {link['url']}" for link in value)
    return str(value)


def parse(typed: Mapping[str, str]) -> dict[str, Any]:
    """Every setting of the form as it is kept; Invalid names each fault."""
    values: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for name, field in FIELDS.items():
        try:
            values[name] = READERS[field.kind](field, typed.get(name, ""))
        except ValueError as error:
            faults[name] = [str(error)]
    if faults:
        raise Invalid(faults)
    return values


def read_line(field: SettingField, text: str) -> str:
    line = clean_line(text)
    if len(line) > LONGEST:
        raise ValueError(_("Too long: %(n)d letters; at most %(most)d.", n=len(line), most=LONGEST))
    return line


def read_choice(field: SettingField, text: str) -> str:
    if text not in [value for value, _words in field.choices]:
        raise ValueError(_("This is not one of the choices."))
    return text


def read_number(field: SettingField, text: str) -> int:
    digits = clean_line(text).replace(",", "")
    if not digits.isdecimal() or not field.lowest <= int(digits[:9]) <= field.highest:
        raise ValueError(
            _("A number from %(low)d to %(high)d.", low=field.lowest, high=field.highest)
        )
    return int(digits)


def read_links(field: SettingField, text: str) -> list[dict[str, str]]:
    links = []
    for line in clean_text(text).split("\n"):
        if not line.strip():
            continue
        name, _bar, url = (part.strip() for part in line.rpartition("|"))
        if not name or not is_web_address(url):
            raise ValueError(
                _("“%(line)s”: write name | address, the address with https://", line=line[:80])
            )
        links.append({"name": name[:LONGEST], "url": url})
    if len(links) > MOST_LINKS:
        raise ValueError(_("At most %(n)d links.", n=MOST_LINKS))
    return links


def is_web_address(url: str) -> bool:
    """An address on the web or a path of ours; never a script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc) and " " not in url
    return url.startswith("/") and not url.startswith(("//", "/\\"))


READERS = {
    "line": read_line,
    "choice": read_choice,
    "number": read_number,
    "links": read_links,
}
