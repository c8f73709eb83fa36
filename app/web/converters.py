"""Parts of addresses."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter


class RecordNumber(IntegerConverter):
    """``<number:…>``: a whole number of at most 15 digits, which every database can hold."""

    regex = r"\d{1,15}"


def init_app(app: Flask) -> None:
    app.url_map.converters["number"] = RecordNumber
