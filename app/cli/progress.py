"""A progress bar for what can take more than two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

#: Below this there is nothing to watch.
FEW = 20


@contextmanager
def bar(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """Yields a function that is told how many are done."""
    if total < FEW:
        yield lambda _done: None
        return
    with click.progressbar(length=total, label=label, show_pos=True) as shown:
        yield lambda done: shown.update(done - shown.pos)
