"""Reading the fields of small forms into typed values."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from app.errors import Invalid
from app.text.cleaning import UncleanText, clean_line, clean_text


def line(name: str) -> str:
    """A field of one line."""
    return clean_line(request.form.get(name, ""))


def text(name: str) -> str:
    """A field of several lines."""
    return clean_text(request.form.get(name, ""))


def lines(name: str) -> tuple[str, ...]:
    """A field with one value on each line; empty ones are left out, each once."""
    cleaned = (clean_line(one) for one in request.form.get(name, "").splitlines())
    return tuple(dict.fromkeys(one for one in cleaned if one))


def chosen(name: str) -> tuple[str, ...]:
    """The ticked values of a group."""
    return tuple(dict.fromkeys(request.form.getlist(name)))


def whole_number(name: str) -> int | None:
    """A number in Thai or Arabic digits; None when the field is empty."""
    typed = line(name)
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 9:
        raise Invalid({name: [_("“%(text)s” is not a number.", text=typed)]})
    return int(typed)  # int() reads Thai digits too


def unclean(error: UncleanText) -> str:
    """What to say of a sign that cannot be kept."""
    return _("There is a sign that cannot be kept: %(what)s. Type it again.", what=str(error))
