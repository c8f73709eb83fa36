"""Imports point down.  See docs/architecture.md, "Who may import whom"."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"

FOUNDATION = {"vocabulary", "errors", "clock", "policy", "mail", "db"}
#: room -> rooms below it that it may import; "text" imports none of ours.
MAY_IMPORT = {
    "text": set(),
    "vocabulary": set(),
    "errors": set(),
    "clock": set(),
    "db": set(),
    "mail": {"clock"},
    "policy": {"vocabulary", "errors", "models"},  # models for types only
    "models": {"db", "vocabulary"},
    "queries": {"models", "db", "text", "policy", "vocabulary", "errors", "clock"},
    "search": {"text", "vocabulary", "errors", "clock"},
    "formats": {"text", "vocabulary", "errors", "clock"},
    "services": {"queries", "models", "search", "formats", "text", "migrations", *FOUNDATION},
    "web": {
        "services",
        "queries",
        "search",
        "formats",
        "text",
        "vocabulary",
        "errors",
        "clock",
        "policy",
    },
    "cli": {"services", "queries", "formats", "text", "vocabulary", "errors", "clock", "policy"},
    "migrations": {"db"},
    "serving": {"services", "text", "create_app", *FOUNDATION},
    "__main__": {"migrations", "create_app", "errors"},
}
#: Rooms whose types the pages may name without importing them at run time.
TYPES_ONLY = {"web": {"models"}, "cli": {"models"}, "policy": {"models"}}


def modules() -> list[Path]:
    return sorted(path for path in APP.rglob("*.py") if path != APP / "__init__.py")


def imported(path: Path) -> list[tuple[str, int, bool]]:
    """(module of ours, line, for types only), also inside functions."""
    found = []
    tree = ast.parse(path.read_text("utf-8"))
    typing_lines = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = (
                [node.module]
                if node.module != "app"
                else [f"app.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found += [
            (name, node.lineno, node.lineno in typing_lines)
            for name in names
            if name.split(".")[0] == "app"
        ]
    return found


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(APP).as_posix())
def test_no_import_points_up(path):
    mine = path.relative_to(APP).parts[0].removesuffix(".py")
    wrong = []
    for module, line, typing in imported(path):
        target = room(module)
        if target == mine or target in MAY_IMPORT[mine]:
            continue
        if typing and target in TYPES_ONLY.get(mine, set()):
            continue
        wrong.append(f"{path.name}:{line} imports {module}")
    assert not wrong


def test_services_have_no_circle():
    below = {
        path.stem: {
            m.split(".")[2] for m, _line, _typing in imported(path) if m.startswith("app.services.")
        }
        for path in (APP / "services").glob("*.py")
        if path.stem != "__init__"
    }
    for path in (APP / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "app.services":
                below[path.stem] |= {alias.name for alias in node.names}

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        for lower in below.get(name, ()):
            walk(lower, (*way, name))

    for name in below:
        walk(name, ())


def test_only_transaction_commits():
    for path in modules():
        text = path.read_text("utf-8")
        if path.name != "db.py" and "search" not in path.parts:  # an index commits for itself
            assert ".commit()" not in text, f"{path} commits; use app.db.transaction()"
