"""The smallest Flask site: what a server costs by itself.

``/`` is a page of 20 kB, ``/big`` one of 2 MB (more than the buffers of a connection),
``/length`` reads what is sent to it.
"""

from __future__ import annotations

import os

from flask import Flask, request

SIZE = int(os.environ.get("PAGE_BYTES", "20000"))
PAGE = ("<!doctype html><title>bare</title>" + "<p>" + "ก" * 60 + "</p>\n") * (SIZE // 225 + 1)
BIG = PAGE * 100

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return PAGE


@app.get("/big")
def big() -> str:
    return BIG


@app.post("/length")
def length() -> str:
    return str(len(request.get_data()))
