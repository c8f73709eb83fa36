"""Fields of the API: each cleans what it takes, and says in a sentence why it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from flask_babel import gettext as _
from marshmallow import ValidationError, fields

from app.services.drafts import MOST_BODY, MOST_SUMMARY, MOST_TITLE
from app.text.cleaning import UncleanText, clean_line, clean_text
from app.text.years import CE_YEARS, MOST_YEARS, TurnedRound, parse_day, parse_years

#: Names in one list (communities, tags, people); the services have tighter rules of their own.
MOST_NAMES = 60
MOST_NAME = 300  # code points
MOST_LINE = 1_000

__all__ = [
    "MOST_BODY",
    "MOST_SUMMARY",
    "MOST_TITLE",
    "Choice",
    "Day",
    "Line",
    "Names",
    "OneOf",
    "Parts",
    "Text",
    "Whole",
    "Years",
]


def _cleaned(value: Any, clean: Callable[[str], str], most: int) -> str:
    if not isinstance(value, str):
        raise ValidationError(_("Text is needed."))
    try:
        text = clean(value)
    except UncleanText as error:
        raise ValidationError(
            _("The text holds a character that cannot be kept: %(what)s", what=str(error))
        ) from None
    if len(text) > most:
        said = _("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)
        raise ValidationError(said)
    return text


class Line(fields.String):
    """Text of one line."""

    def __init__(self, *, most: int = MOST_LINE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return _cleaned(value, clean_line, self.most)


class Text(Line):
    """Text of any number of lines."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        return _cleaned(value, clean_text, self.most)


class Choice(fields.String):
    """One word of a closed list; loads as the member of ``words``."""

    def __init__(self, words: type[StrEnum], *, only: tuple[StrEnum, ...] = (), **kwargs: Any):
        self.choices = {word.value: word for word in only or tuple(words)}
        told: list[str | None] = list(self.choices)
        if kwargs.get("allow_none"):
            told.append(None)
        metadata = {"enum": told, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(
                _("One of these is needed: %(words)s", words=", ".join(self.choices))
            )
        return self.choices[value]


class OneOf(fields.String):
    """One of some words."""

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(metadata={"enum": list(words)}, **kwargs)
        self.words = words

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if value not in self.words:
            known = ", ".join(self.words)
            raise ValidationError(_("One of these is needed: %(words)s", words=known))
        return str(value)


class Names(fields.Raw):
    """A list of names, each once; a single name may stand without a list, as in a file."""

    NAME: ClassVar[dict[str, Any]] = {}  # what the description says of each name beside

    def __init__(self, *, what: str, most: int = MOST_NAMES, **kwargs: Any) -> None:
        self.most = most
        name = {"type": "string", "maxLength": MOST_NAME} | self.NAME
        shape = {
            "anyOf": [name, {"type": "array", "items": name, "maxItems": most}],
            "description": what,
        }
        super().__init__(metadata=shape, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> tuple[str, ...]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list):
            raise ValidationError(_("A list of names is needed."))
        if len(given) > self.most:
            raise ValidationError(_("At most %(number)d names.", number=self.most))
        found, faults = [], {}
        for place, one in enumerate(given):
            try:
                found.append(_cleaned(one, clean_line, MOST_NAME))
            except ValidationError as error:
                faults[place] = error.messages
        if faults:
            raise ValidationError(faults)
        return tuple(dict.fromkeys(name for name in found if name))


class Parts(Names):
    """Ids of rows of a lesson: k2, g1, n3."""

    PART = re.compile(r"[kgnq][1-9][0-9]{0,5}")
    NAME: ClassVar[dict[str, Any]] = {"pattern": f"^{PART.pattern}$"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> tuple[str, ...]:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and not self.PART.fullmatch(one):
                said = _("“%(value)s” is not the id of a row, such as k2.", value=one[:40])
                raise ValidationError(said)
        return super()._deserialize(value, attr, data, **kwargs)


class Years(fields.Raw):
    """Years as numbers or words, พ.ศ. or ค.ศ.; loads as พ.ศ."""

    def __init__(self, **kwargs: Any) -> None:
        year = {"anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 60}]}
        shape = {
            "type": "array",
            "items": year,
            "maxItems": MOST_YEARS,
            "description": "2548, 2005 (read as C.E.), “ค.ศ. 2005”, or a range “2548..2550”; "
            "kept and told as พ.ศ.",
        }
        super().__init__(metadata=shape, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise ValidationError(_("A list of years is needed."))
        found: set[int] = set()
        faults: dict[int, list[str]] = {}
        for place, one in enumerate(value[: MOST_YEARS + 1]):
            if isinstance(one, bool) or not isinstance(one, int | str):
                faults[place] = [_("A year is needed, such as 2548.")]
                continue
            found.update(_years_of(str(one)[:60], place, faults))
        if faults:
            raise ValidationError(faults)
        if len(value) > MOST_YEARS or len(found) > MOST_YEARS:
            raise ValidationError(_("At most %(number)d years.", number=MOST_YEARS))
        return tuple(sorted(found))


def _years_of(text: str, place: int, faults: dict[int, list[str]]) -> tuple[int, ...]:
    try:
        return parse_years(text)
    except TurnedRound:
        said = _("“%(text)s” ends before it begins. Write the earlier year first.", text=text)
        faults[place] = [said]
        return ()
    except ValueError:
        faults[place] = [_("“%(value)s” is not a year, such as 2548.", value=text)]
        return ()


class Day(fields.Date):
    """A day: 2007-10-19; a year from 2400 on is พ.ศ."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                day = parse_day(value)
            except ValueError:
                day = None
            if day is not None and day.year in CE_YEARS:
                return day
        raise ValidationError(_("A day of the C.E. calendar is needed: 2007-10-19."))


class Whole(fields.Integer):
    """A whole number of an address, within bounds."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        metadata = {"minimum": least, "maximum": most, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        text = str(value).strip()
        if not text.isdecimal() or len(text) > 9 or not self.least <= int(text) <= self.most:
            raise ValidationError(
                _(
                    "A whole number from %(least)d to %(most)d is needed.",
                    least=self.least,
                    most=self.most,
                )
            )
        return int(text)
