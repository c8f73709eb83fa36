"""Addresses compiled once for a whole run of tests.

Every test makes an app of its own, and two thirds of the making was Werkzeug compiling the
same few hundred rules again.  What it makes of a rule depends on nothing but the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_BUILDERS: dict[tuple[object, ...], Callable[..., Any]] = {}
_compile = Rule._compile_builder


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _BUILDERS:
        _BUILDERS[key] = _compile(rule, append_unknown)
    return _BUILDERS[key]


def remember_rules() -> None:
    """Let all apps of this process share what is compiled of their rules."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]
