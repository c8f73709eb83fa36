"""Templates compiled once for a whole run of tests.

Every test makes an app of its own, whose Jinja starts with nothing.  From a cache on disk
each template is read again by each app; compiled code depends on nothing but its source,
so here all apps of a process share it.
"""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class SharedCode(BytecodeCache):
    """Jinja's cache of compiled templates, in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code
