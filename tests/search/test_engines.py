"""The contract, for every engine."""

from __future__ import annotations

import random

import pytest

from app.search.engines.memory import MemoryEngine
from app.search.registry import ENGINES, open_engine
from tests.search.contract import EngineContract
from tests.support.search import PUBLIC, asking, document


class TestMemory(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path):
        return MemoryEngine()


class TestWhoosh(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path):
        engine = open_engine("whoosh", tmp_path, create=True)
        yield engine
        engine.close()


class TestTantivy(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path):
        engine = open_engine("tantivy", tmp_path, create=True)
        yield engine
        engine.close()


def test_every_engine_has_its_suite():
    assert {f"Test{name.capitalize()}" for name in ENGINES} <= set(globals())


def test_an_unknown_engine_is_named_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="Known are: whoosh, tantivy, memory"):
        open_engine("sphinx", tmp_path)


@pytest.mark.parametrize("name", ["whoosh", "tantivy"])
def test_an_engine_finds_counts_and_ranks_as_the_reference_does(tmp_path, name):
    dice = random.Random(5)
    words = ["ครู", "ชุมชน", "แผนแม่บท", "นครศรีธรรมราช", "กศน.", "3 ตำบล", "2550", "งบ", "ปุ๋ยหมัก"]
    words += ["เศรษฐกิจพอเพียง", "KM", "ที่", "ของ", "และ", "เวที", "คอน", "อบต.", "สวนยาง", "เรียนรู้"]
    documents = [
        document(
            "".join(dice.choices(words, k=dice.randint(3, 30))),
            number=number,
            title=" ".join(dice.choices(words, k=2)),
            kind=dice.choice(("post", "lesson")),
            communities=tuple(dice.sample(("a", "b", "c"), 2)),
            years=(dice.randint(2548, 2551),),
            audience=dice.choice((("public",), ("public",), ("user:1",))),
        )
        for number in range(1, 61)
    ]
    reference, engine = MemoryEngine(), open_engine(name, tmp_path, create=True)
    for held in (reference, engine):
        for start in range(0, 60, 7):  # several segments
            held.apply(documents[start : start + 7], sequence=start)
    for _ in range(60):
        text = dice.choice(("", " ")).join(dice.choices(words, k=dice.randint(1, 5)))
        query = asking(text, per_page=100, **dice.choice(({}, {"kind": "post"}, {"year": "2549"})))
        expected = reference.search(query, audience=PUBLIC)
        result = engine.search(query, audience=PUBLIC)

        assert {hit.key for hit in result.hits} == {hit.key for hit in expected.hits}, text
        assert (result.total, result.facets) == (expected.total, expected.facets)
        scores = {hit.key: hit.score for hit in expected.hits}
        assert {
            hit.key: pytest.approx(hit.score, rel=1e-3, abs=1e-3) for hit in result.hits
        } == scores
        assert (result.best, result.is_unsure) == (expected.best, expected.is_unsure)
    engine.close()
