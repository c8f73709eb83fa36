"""What a tantivy index holds of a document, and how it is read back.

Indexed: words (repeated by their weight), the grams of the text and of the title, choices of
the facets, key, number, and what may be offered while typing.  Stored: one record of bytes
with all that the exact ranking and an excerpt need, so that a candidate costs one read.

The last change of the log is a document too, which nobody may find: it is in the same
commit as the documents it speaks of.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import tantivy

from app.search import analysis, facets
from app.search.analysis import IndexTerms, Stops
from app.search.documents import Document
from app.search.engine import IndexUnusable
from app.search.engines.folder import fingerprint_of
from app.search.engines.tantivy_letters import gram_text
from app.search.letters import encode
from app.search.suggestions import candidates
from app.text.sorting import sort_key

#: Raised when the fields below change; an index of another layout has to be rebuilt.
LAYOUT = 1
#: The document that holds the sequence; no entry's key begins so, and it has no audience.
SEQUENCE_KEY = "@sequence"
#: The choice that every document has: its count is the number of hits.
EVERY = "*"
_TITLE_LETTERS = 96  # of a title's sort key; longer ones are equal from there on
#: Bytes of one term at most; tantivy leaves out longer ones.
_MOST_TERM = 30_000
_NUMBERS = struct.Struct("<qdIIIIII")  # number, created, length, three stops, two sizes
#: White space parts words in the index; inside a word (a tag) it is written as these.
_BLANKS = {ord(blank): 0xE000 + ord(blank) for blank in "\t\n\x0c\r \x00"}
_BLANKS_BACK = {new: old for old, new in _BLANKS.items()}


def fingerprint() -> str:
    """Names layout, library and analysis; an index made by others has to be rebuilt."""
    version: str = tantivy.__version__  # type: ignore[attr-defined]  # missing in its types
    made_by = f"{version} {LAYOUT} {analysis.fingerprint()}"
    return fingerprint_of("tantivy", hashlib.sha256(made_by.encode()).hexdigest()[:16])


def schema() -> tantivy.Schema:
    """The fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("held", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="words", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="words", index_option="position")
    builder.add_text_field("titles", tokenizer_name="words", index_option="position")
    builder.add_text_field("choices", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("audience", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("offered", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("folded", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_integer_field("number", indexed=True, fast=True)
    builder.add_integer_field("age", fast=True)
    builder.add_integer_field("length", fast=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def open_index(folder: Path, *, create: bool = False) -> tantivy.Index:
    """The index in ``folder``, with the one tokenizer that the fields name."""
    with damage_named(folder):
        if create:
            folder.mkdir()
            index = tantivy.Index(schema(), str(folder), reuse=False)
        else:
            index = tantivy.Index.open(str(folder))
        index.config_reader(reload_policy="manual")  # no thread that watches the folder
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("words", words)
        return index


@contextlib.contextmanager
def damage_named(where: object) -> Iterator[None]:
    """Give what a damaged index raises its one name.

    Tantivy says ValueError for nearly everything; a panic of its is no Exception in Python.
    """
    try:
        yield
    except IndexUnusable:
        raise
    except (ValueError, KeyError, IndexError, TypeError, struct.error) as cause:
        raise IndexUnusable(f"The index in {where} is damaged: {cause!r}") from cause
    except OSError as cause:
        raise IndexUnusable(f"The index in {where} cannot be read: {cause!r}") from cause
    except BaseException as cause:
        if type(cause).__name__ != "PanicException":
            raise
        raise IndexUnusable(f"The index in {where} is damaged: {cause}") from cause


@contextlib.contextmanager
def writing(where: object) -> Iterator[None]:
    """Give what stops a writer its one name: the disk.

    :raises OSError: for what tantivy calls a ValueError: no room, a folder that is gone, a
        thread of its own that ended on either.  What was committed before is untouched.
    """
    try:
        yield
    except (ValueError, SystemError) as cause:
        raise OSError(f"The index in {where} cannot be written: {cause}") from cause
    except BaseException as cause:
        if type(cause).__name__ != "PanicException":
            raise
        raise OSError(f"The index in {where} cannot be written: {cause}") from cause


def clean(text: str) -> str:
    """``text`` without what UTF-8 cannot say (lone surrogates), as short as a term may be."""
    if len(text) * 3 > _MOST_TERM:
        text = text[: _MOST_TERM // 3]
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def id_of(key: str) -> int:
    """A number for ``key``, the same everywhere."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=7).digest())


def term_of(word: str) -> str:
    """``word`` as the index writes it."""
    return clean(word).translate(_BLANKS)


def word_of(term: str) -> str:
    """The word that ``term_of`` wrote."""
    return term.translate(_BLANKS_BACK)


def written(word: str) -> bytes:
    """``word`` as a record holds it."""
    return encode(f" {term_of(word)} ")


def choice(facet: str, slug: str) -> str:
    """The term for a choice."""
    return f"{facet}:{clean(slug)}"


def sequence_document(sequence: int) -> tantivy.Document:
    """The last change of the log."""
    held = tantivy.Document()
    held.add_text("key", SEQUENCE_KEY)
    held.add_bytes("record", json.dumps({"sequence": sequence}).encode())
    return held


def document_of(document: Document, terms: IndexTerms) -> tantivy.Document:
    """What the index holds of ``document``."""
    held = tantivy.Document()
    key = clean(document.key)
    held.add_text("key", key)
    held.add_text("held", f"{key}\x1f{document.version}")
    words, record_words = _words(terms.words)
    held.add_text("words", words)
    grams, title_grams = gram_text(terms.text, terms.stops.title)
    held.add_text("grams", grams)
    held.add_text("titles", title_grams)
    held.add_text("choices", EVERY)
    for name, values in facets.values_of(document).items():
        for value in values:
            held.add_text("choices", choice(name, value))
    for token in dict.fromkeys(document.audience):
        held.add_text("audience", clean(token))
    for offered in dict.fromkeys(candidates(document)):
        if offered.folded:
            folded = clean(offered.folded).replace("\n", " ")
            held.add_text("folded", folded)
            shown = (folded, offered.kind, clean(offered.text), clean(offered.key))
            held.add_text("offered", "\x1f".join(shown))
    title = clean(sort_key(document.title)[:_TITLE_LETTERS])
    held.add_text("title", f"{title} {document.number:020}")
    held.add_integer("id", id_of(document.key))
    held.add_integer("number", document.number)
    created = int(document.created.timestamp())
    held.add_integer("age", created * (1 << 24) + document.number % (1 << 24))
    held.add_integer("length", terms.length)
    numbers = _NUMBERS.pack(
        document.number, created, terms.length, *terms.stops, len(terms.text), len(record_words)
    )
    held.add_bytes("record", b"".join((numbers, terms.text, record_words, document.to_json())))
    return held


def _words(weights: dict[str, float]) -> tuple[str, bytes]:
    """(words as often as they weigh, words by their exact weight)."""
    by_weight: dict[float, list[str]] = defaultdict(list)
    for word, weight in weights.items():
        by_weight[weight].append(word)
    repeated, exact = [], []
    for weight, group in by_weight.items():
        joined = " ".join(group)
        if len(joined.split(" ")) != len(group) or not joined.isprintable():
            joined = " ".join(map(term_of, group))
        repeated += [joined] * max(1, int(weight + 0.5))
        exact.append(f"\x00{weight!r}\x00 {joined} ")
    return " ".join(repeated), encode("".join(exact))


class Record:
    """What is stored of one document, read back where it lies."""

    __slots__ = ("_document", "_words", "created", "length", "number", "stops", "text")

    def __init__(self, data: bytes) -> None:
        number, created, length, title, own, names, text, words = _NUMBERS.unpack_from(data)
        first = _NUMBERS.size
        self.number: int = number
        self.created: float = created
        self.length: int = length
        self.stops = Stops(title, own, names)
        self.text = data[first : first + text]
        self._words = data[first + text : first + text + words]
        self._document = data[first + text + words :]
        if len(self.text) != text or len(self._words) != words:
            raise ValueError("a record was cut")

    def document(self) -> Document:
        """The document as it was given."""
        return Document.from_json(self._document)

    def weight(self, term: bytes) -> float:
        """Weighted mentions of a word, as ``written``."""
        words = self._words
        at = words.find(term)
        if at < 0:
            return 0.0
        stop = words.rfind(b"\x00", 0, at + 1)
        return float(words[words.rfind(b"\x00", 0, stop) + 1 : stop])
