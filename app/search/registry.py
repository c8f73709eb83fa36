"""The engines by name.  To add one, add a line to ENGINES and a subclass of the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from app.search.engine import SearchEngine


def _whoosh(folder: Path, create: bool) -> SearchEngine:
    from app.search.engines.whoosh import WhooshEngine

    return WhooshEngine(folder, create=create)


def _tantivy(folder: Path, create: bool) -> SearchEngine:
    from app.search.engines.tantivy import TantivyEngine

    return TantivyEngine(folder, create=create)


def _memory(folder: Path, create: bool) -> SearchEngine:
    from app.search.engines.memory import MemoryEngine

    return MemoryEngine()


ENGINES: Mapping[str, Callable[[Path, bool], SearchEngine]] = {
    "whoosh": _whoosh,  # embedded, the default
    "tantivy": _tantivy,  # embedded too, for large sites
    "memory": _memory,  # exact and slow: the reference that tests trust
}

#: Engines that only tests use; no command offers them.
FOR_TESTS = frozenset({"memory"})


def offered() -> list[str]:
    """The names that may be chosen for a site."""
    return [name for name in ENGINES if name not in FOR_TESTS]


def open_engine(name: str, folder: Path | str, *, create: bool = False) -> SearchEngine:
    """The engine ``name`` with its index in ``folder``.

    :param create: open even if there is no good index, for ``rebuild`` or a first ``apply``.
    :raises IndexUnusable: if there is no good index and ``create`` is not set.
    :raises ValueError: if there is no such engine.
    """
    if name not in ENGINES:
        raise ValueError(f"There is no search engine {name!r}. Known are: {', '.join(ENGINES)}.")
    return ENGINES[name](Path(folder), create)
