"""What every measurement tells: plain lines as they come, and JSON at the end on wish."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PAGE_KB = 1024


class Report:
    """Lines of figures; ``rows`` keeps them by name."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def tell(self, name: str, **figures: Any) -> None:
        """One line: a name and its figures, each with its unit in its own name."""
        self.rows[name] = figures
        said = "  ".join(f"{key} {_short(value)}" for key, value in figures.items())
        print(f"{name:<42} {said}", flush=True)

    def times(self, name: str, runs: Sequence[Sequence[float]], **more: Any) -> None:
        """p50, p95 and the longest of seconds measured in several runs: medians of the runs."""
        p50, p95, most = (
            statistics.median(figure(sorted(run)) for run in runs) * 1000
            for figure in (statistics.median, lambda run: percentile(run, 0.95), max)
        )
        self.tell(name, p50_ms=p50, p95_ms=p95, max_ms=most, runs=len(runs), **more)

    def write(self, path: Path | None) -> None:
        """Keep the figures as JSON in ``path``, if one is given."""
        if path is not None:
            path.write_text(json.dumps(self.rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``ordered`` lies (nearest rank)."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def memory_mb() -> dict[str, float]:
    """PSS and RSS of this process in MB, as Linux counts them."""
    found = {}
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        for line in file:
            name, _colon, rest = line.partition(":")
            if name in ("Pss", "Rss"):
                found[f"{name.upper()}_MB"] = int(rest.split()[0]) / PAGE_KB
    return found


def size_mb(folder: Path) -> float:
    """Megabytes of all files under ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 1.5 else f"{value:.1f}"
    return str(value)
