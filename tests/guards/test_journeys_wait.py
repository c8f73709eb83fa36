"""A journey waits for the page that it asked for before it looks at it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from config import ROOT

JOURNEYS = sorted((ROOT / "tests/journeys").glob("test_*.py"))
#: What leaves a page, pressed by itself: the call comes back while the old page still stands.
PRESSED = {"click", "tap", "dblclick"}
#: What looks at once; ``expect(...)``, ``fill`` and the like wait by themselves.
LOOKS = {"url", "count", "content", "inner_text", "all_inner_texts", "input_value", "evaluate"}


def hasty(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines that look at a page right after a press, or wait for a page that was there before."""
    for node in ast.walk(tree):
        if called(node) == "wait_for_load_state":
            assert isinstance(node, ast.expr)
            yield node.lineno, "wait_for_load_state() is content with the old page"
        for statements in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(statements, list):
                yield from (
                    (now.lineno, "this looks before the next page is there")
                    for before, now in pairwise(statements)
                    if is_a_press(before) and looks_at_once(now)
                )


def is_a_press(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and called(statement.value) in PRESSED


def looks_at_once(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return any(getattr(node, "attr", "") in LOOKS for node in ast.walk(statement.value))
    return isinstance(statement, ast.Assert)


def called(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return ""


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.name)
def test_no_journey_looks_before_the_page_is_there(path: Path) -> None:
    found = [f"{path.name}:{line}: {why}" for line, why in hasty(ast.parse(path.read_text()))]
    assert not found, "\n".join(["use follow(), press() or expect():", *found])


def test_a_hasty_journey_is_noticed() -> None:
    hasty_one = "page.locator('a').click()\nassert page.url == ''\npage.wait_for_load_state()"
    assert [line for line, _ in hasty(ast.parse(hasty_one))] == [2, 3]
