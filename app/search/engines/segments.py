"""One segment of the index on disk: written once, read by memory map, never changed.

A segment is eight files:

``.trm``  Whoosh's ordered hash of terms: field and term -> where its postings stand
``.pst``  the postings as plain arrays: document numbers (4 bytes), then weights (4 bytes)
``.txt``  the folded text of every document, one byte for each Thai letter
``.doc``  every document as compressed JSON
``.fwd``  the words of every document with their weights, from which segments are merged
``.npz``  numbers, dates, lengths, facets of all documents as arrays
``.sug``  what its documents add to the suggestions, read when somebody types
``.voc``  its words with the number of documents that hold them, read for spelling

Whoosh's own posting blocks are pickles of 128 postings that have to be unpacked one by
one; arrays are used where they lie.  Nothing in a segment is a pickle.
"""

from __future__ import annotations

import json
import mmap
import struct
import warnings
import zlib
from array import array
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.search import facets
from app.search.analysis import IndexTerms, Stops
from app.search.documents import Document
from app.search.letters import encode, gram_bytes, grams
from app.search.suggestions import OF_NO_PLACE, Candidate, Suggestions, candidates
from app.text.sorting import sort_key

with warnings.catch_warnings():
    # Whoosh 2.7.4 is older than Python's warnings about its escapes and its "is 0".
    warnings.simplefilter("ignore")
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.filetables import FileFormatError, OrderedHashReader, OrderedHashWriter
    from whoosh.filedb.structfile import StructFile

SUFFIXES = (".trm", ".pst", ".txt", ".doc", ".fwd", ".npz", ".sug", ".voc")
#: Fields of the term hash, in the order of their keys.
GRAM, KEY, WORD = b"g", b"k", b"w"
_PLACE = struct.Struct("<QI")  # offset in .pst in bytes, number of postings
_TITLE_BYTES = 96  # of a title's sort key; longer ones are equal from there on
_MOST_KNOWN = 20_000  # places of terms kept in memory

Ids = NDArray[np.uint32]
Weights = NDArray[np.float32]
_NO_IDS: Ids = np.zeros(0, np.uint32)
_NO_WEIGHTS: Weights = np.zeros(0, np.float32)


class _TermWriter(OrderedHashWriter):
    """Whoosh's ordered hash with its notes in JSON instead of a pickle."""

    def _write_extras(self) -> None:
        notes = {"indextype": self.index.typecode, "indexlen": len(self.index)}
        self.dbfile.write_string(json.dumps(notes).encode("ascii"))
        self.index.to_file(self.dbfile)


class _TermReader(OrderedHashReader):
    def _read_extras(self) -> None:
        self.extras = json.loads(self.dbfile.read_string())
        self.indexbase = self.dbfile.tell()
        self.indexlen = self.extras["indexlen"]
        code = self.extras["indextype"]
        self.indexsize = struct.calcsize(code)
        getters = {"B": "byte", "H": "ushort", "i": "int", "I": "uint", "q": "long"}
        self._get_pos = getattr(self.dbfile, f"get_{getters[code]}")


class _MappedFile(StructFile):
    """A file of Whoosh read by position only.

    Whoosh seeks and then reads, which two threads cannot do at once on one file.
    """

    def get(self, position: int, length: int) -> bytes:
        found: bytes = self.file[position : position + length]
        return found


class SegmentWriter:
    """Collects documents and writes them as one segment."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.postings = 0  # collected so far; a measure of memory
        self._words: dict[str, tuple[array[int], array[float]]] = {}
        self._grams: list[NDArray[np.uint32]] = []
        self._keys: dict[str, int] = {}
        self._numbers: list[tuple[int, ...]] = []
        self._titles: list[bytes] = []
        self._facets: dict[str, list[tuple[int, str]]] = {
            name: [] for name in (*facets.FACETS, "audience")
        }
        self._texts = (folder / f"{name}.txt").open("wb")
        self._documents = (folder / f"{name}.doc").open("wb")
        self._forward = (folder / f"{name}.fwd").open("wb")
        self._text_starts, self._document_starts, self._forward_starts = [0], [0], [0]
        self._offered: list[tuple[int, Candidate]] = []
        self._tags: set[Candidate] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, document: Document, terms: IndexTerms) -> None:
        """Add one document; its key must be new to the segment."""
        place = len(self._numbers)
        self._keys[document.key] = place
        for word, weight in terms.words.items():
            found = self._words.get(word)
            if found is None:
                found = self._words[word] = (array("I"), array("f"))
            found[0].append(place)
            found[1].append(weight)
        self._grams.append(terms.grams)
        self.postings += len(terms.grams) + len(terms.words)
        self._numbers.append(
            (
                document.number,
                int(document.created.timestamp()),
                int(document.updated.timestamp()),
                terms.length,
                document.version,
                *terms.stops,
            )
        )
        self._titles.append(sort_key(document.title).encode("utf-8")[:_TITLE_BYTES])
        for name, values in {**facets.values_of(document), "audience": document.audience}.items():
            self._facets[name] += ((place, value) for value in dict.fromkeys(values))
        self._offer(place, document)
        self._append(self._texts, self._text_starts, terms.text)
        self._append(self._documents, self._document_starts, zlib.compress(document.to_json(), 1))
        words = json.dumps(terms.words, ensure_ascii=False).encode("utf-8", "replace")
        self._append(self._forward, self._forward_starts, zlib.compress(words, 1))

    def _offer(self, place: int, document: Document) -> None:
        for offered in candidates(document):
            if offered.kind != "tag":
                self._offered.append((place, offered))
            elif offered not in self._tags:
                self._tags.add(offered)
                self._offered.append((OF_NO_PLACE, offered))

    def _append(self, file: Any, starts: list[int], data: bytes) -> None:
        file.write(data)
        starts.append(starts[-1] + len(data))

    def finish(self) -> dict[str, int]:
        """Write everything out; returns the size in bytes of each file."""
        for file in (self._texts, self._documents, self._forward):
            file.close()
        self._write_postings()
        self._write_arrays()
        self._write_json(".sug", self._offered)
        self._write_json(".voc", {word: len(ids) for word, (ids, _) in self._words.items()})
        return {
            suffix: (self.folder / f"{self.name}{suffix}").stat().st_size for suffix in SUFFIXES
        }

    def _write_json(self, suffix: str, value: Any) -> None:
        told = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        (self.folder / f"{self.name}{suffix}").write_bytes(zlib.compress(told, 1))

    def abandon(self) -> None:
        """Remove what was written; for a batch that failed."""
        for file in (self._texts, self._documents, self._forward):
            file.close()
        for suffix in SUFFIXES:
            (self.folder / f"{self.name}{suffix}").unlink(missing_ok=True)

    def _write_postings(self) -> None:
        storage = FileStorage(str(self.folder), supports_mmap=False)
        terms = _TermWriter(storage.create_file(f"{self.name}.trm"))
        with (self.folder / f"{self.name}.pst").open("wb") as postings:
            end = 0
            for term, count, data in self._sorted_postings():
                postings.write(data)
                terms.add(term, _PLACE.pack(end, count))
                end += len(data)
        terms.close()

    def _sorted_postings(self) -> Iterator[tuple[bytes, int, bytes]]:
        """(field and term, number of postings, their bytes) in the order of the terms."""
        yield from self._sorted_grams()
        keys = sorted((key.encode("utf-8", "replace"), place) for key, place in self._keys.items())
        for key, place in keys:
            yield KEY + key, 1, place.to_bytes(4, "little")
        words = sorted((encode(word), word) for word in self._words)
        last = b""
        for term, word in words:
            if term == last or not term:  # two signs that TIS-620 writes alike
                continue
            ids, weights = self._words[word]
            last = term
            yield (
                WORD + term,
                len(ids),
                np.asarray(ids, "<u4").tobytes() + np.asarray(weights, "<f4").tobytes(),
            )

    def _sorted_grams(self) -> Iterator[tuple[bytes, int, bytes]]:
        if not self._grams:
            return
        keys = np.concatenate(self._grams)
        lengths = [len(found) for found in self._grams]
        places = np.repeat(np.arange(len(lengths), dtype="<u4"), lengths)
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], places[order]
        firsts = np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint32(1)))
        for first, stop in zip(firsts.tolist(), [*firsts[1:].tolist(), len(keys)], strict=True):
            yield GRAM + gram_bytes(int(keys[first])), stop - first, places[first:stop].tobytes()

    def _write_arrays(self) -> None:
        numbers = np.array(self._numbers, np.int64).reshape(-1, 8)
        arrays: dict[str, Any] = {
            "number": numbers[:, 0],
            "created": numbers[:, 1],
            "updated": numbers[:, 2],
            "length": numbers[:, 3].astype(np.float32),
            "version": numbers[:, 4],
            "stops": numbers[:, 5:].astype(np.uint32),
            "title": np.array(self._titles, f"S{_TITLE_BYTES}"),
            "text_start": np.array(self._text_starts, np.int64),
            "document_start": np.array(self._document_starts, np.int64),
            "forward_start": np.array(self._forward_starts, np.int64),
        }
        vocabulary: dict[str, list[str]] = {}
        for name, rows in self._facets.items():
            values = sorted({value for _, value in rows})
            place_of = {value: place for place, value in enumerate(values)}
            vocabulary[name] = values
            arrays[f"{name}_docs"] = np.array([place for place, _ in rows], np.uint32)
            arrays[f"{name}_values"] = np.array([place_of[value] for _, value in rows], np.uint32)
        told = json.dumps(vocabulary, ensure_ascii=False).encode("utf-8", "replace")
        arrays["vocabulary"] = np.frombuffer(told, np.uint8)
        np.savez(self.folder / f"{self.name}.npz", **arrays)


class Segment:
    """A segment opened for reading.

    :raises OSError, ValueError, KeyError, struct.error: if a file is missing or damaged.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            self.arrays: dict[str, NDArray[Any]] = {key: arrays[key] for key in arrays.files}
        self.vocabulary: dict[str, list[str]] = json.loads(self.arrays.pop("vocabulary").tobytes())
        self.size = len(self.arrays["number"])
        try:
            self._terms = self._open_terms()
        except FileFormatError as cause:
            raise ValueError(str(cause)) from cause
        self._postings = _mapped(folder / f"{name}.pst")
        self.text = _mapped(folder / f"{name}.txt")
        self._documents = _mapped(folder / f"{name}.doc")
        self._forward = _mapped(folder / f"{name}.fwd")
        self.text_start: NDArray[np.int64] = self.arrays.pop("text_start")
        self._known: dict[bytes, tuple[int, int]] = {}

    def _open_terms(self) -> _TermReader:
        data = _mapped(self.folder / f"{self.name}.trm")
        return _TermReader(_MappedFile(data), len(data))

    def _place(self, term: bytes) -> tuple[int, int]:
        """(offset, number) of the postings of ``term``; (0, 0) when there are none."""
        place = self._known.get(term)
        if place is None:
            if len(self._known) > _MOST_KNOWN:
                self._known = {}
            found = self._terms.get(term)
            place = self._known[term] = _PLACE.unpack(found) if found is not None else (0, 0)
        return place

    def _ids(self, offset: int, count: int) -> Ids:
        return np.frombuffer(self._postings, "<u4", count, offset)

    def word(self, encoded: bytes) -> tuple[Ids, Weights]:
        """Documents that hold an atom, and its weighted mentions."""
        offset, count = self._place(WORD + encoded)
        if not count:
            return _NO_IDS, _NO_WEIGHTS
        return self._ids(offset, count), np.frombuffer(
            self._postings, "<f4", count, offset + 4 * count
        )

    def gram(self, key: int) -> Ids:
        """Documents that hold a gram."""
        offset, count = self._place(GRAM + gram_bytes(key))
        return self._ids(offset, count) if count else _NO_IDS

    def grams_beginning(self, two: bytes) -> Ids:
        """Documents that hold two letters in a row, each once, sorted."""
        prefix = GRAM + two
        lists = []
        for key, value in self._terms.items_from(prefix):
            if not key.startswith(prefix):
                break
            lists.append(self._ids(*_PLACE.unpack(value)))
        return np.unique(np.concatenate(lists)) if lists else _NO_IDS

    def place_of(self, key: str) -> int | None:
        """The place of the document ``key``, deleted or not."""
        offset, count = self._place(KEY + key.encode("utf-8", "replace"))
        return int(self._ids(offset, count)[0]) if count else None

    def document(self, place: int) -> Document:
        """The document at ``place`` as it was given."""
        first, stop = self.arrays["document_start"][place : place + 2].tolist()
        return Document.from_json(zlib.decompress(self._documents[first:stop]))

    def terms(self, place: int) -> IndexTerms:
        """The terms of the document at ``place``, without cutting its text again."""
        first, stop = self.arrays["forward_start"][place : place + 2].tolist()
        text = self.text[self.text_start[place] : self.text_start[place + 1]]
        return IndexTerms(
            words=json.loads(zlib.decompress(self._forward[first:stop])),
            length=int(self.arrays["length"][place]),
            grams=grams(text),
            text=text,
            stops=Stops(*self.arrays["stops"][place].tolist()),
        )

    def versions(self) -> Iterator[tuple[str, int, int]]:
        """(key, place, version) of every document, deleted or not."""
        versions = self.arrays["version"]
        for term, value in self._terms.items_from(KEY):
            if not term.startswith(KEY):
                return
            place = int(self._ids(*_PLACE.unpack(value))[0])
            yield term[len(KEY) :].decode("utf-8"), place, int(versions[place])

    def atoms(self) -> dict[str, int]:
        """Atom -> number of documents that hold it, deleted documents included."""
        counts: dict[str, int] = self._read_json(".voc")
        return counts

    def _read_json(self, suffix: str) -> Any:
        return json.loads(zlib.decompress((self.folder / f"{self.name}{suffix}").read_bytes()))

    @cached_property
    def suggestions(self) -> Suggestions:
        """What its documents add to the suggestions, deleted ones included."""
        return Suggestions((place, Candidate(*row)) for place, row in self._read_json(".sug"))


def _mapped(path: Path) -> mmap.mmap:
    """The bytes of a file, shared with every process that maps it.

    An empty file becomes one byte that nothing points to: maps cannot be empty.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return mmap.mmap(-1, 1)
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
