"""Search knows our glossary during these tests, and nothing of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.search import synonyms
from app.text import thai
from tests.support.search import GLOSSARY


@pytest.fixture(autouse=True)
def glossary() -> Iterator[synonyms.Synonyms]:
    learned = synonyms.learn(GLOSSARY)
    thai.set_words([*learned.words(), "มะม่วงสองต้น", "บางจาก"])
    yield learned
    synonyms.learn([])
    thai.set_words([])
