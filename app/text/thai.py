"""The one place that knows Thai code points and the segmenter.

``normalise`` makes two spellings of the same words equal, ``fold`` does the same for
search and remembers where each letter stood, ``segment`` cuts a text into words.
What an author typed is never changed: these are for comparing and for the index.

Words come from the list of PyThaiNLP without its compounds (see ``load_words``), cut by
nlpo3; where nlpo3 has no wheel, newmm of PyThaiNLP cuts with the same list.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import logging
import re
import tempfile
import threading
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

#: Part of every fingerprint: raise it when a rule below changes what it returns.
RULES_VERSION = 1

#: Thai letters, vowels and marks without the digits and the signs ๏ ๚ ๛ ฿.
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
#: Marks that stand above or below a letter.
MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_TONES = "\u0e48-\u0e4b"

#: Letters in a row that are given to the segmenter at once.  Longer runs are cut:
#: honest Thai has a space or a line end every few dozen letters.
LONGEST_RUN = 300

# Digits, spaces and capitals: one letter for one letter.
_ONE_TO_ONE = {
    **{chr(ord("๐") + n): str(n) for n in range(10)},
    **{chr(n): " " for n in range(0x20)},
    "\x7f": " ",
    **{chr(n): chr(n + 32) for n in range(ord("A"), ord("Z") + 1)},
}
#: The few letters of a Thai text that change; str.translate looks all of them up, and takes
#: four times as long.
_CHANGING = re.compile("[\x00-\x1f\x7fA-Z๐-๙]")
_INVISIBLE = dict.fromkeys(
    (
        0xAD,
        0x61C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    )
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def _foreign(match: re.Match[str]) -> str:
    """Neither ASCII nor Thai: compatibility forms, case and invisible signs."""
    seen = _SURROGATE.sub("\ufffd", match[0].translate(_INVISIBLE))
    return re.sub(r"\s", " ", unicodedata.normalize("NFKC", seen).casefold())


@cache
def _in_order(cluster: str) -> str:
    """Vowels before tones before the killer, each once; ํ + า is ำ; ำ and า stand last."""
    last = ""
    if "\u0e33" in cluster or ("\u0e4d" in cluster and "\u0e32" in cluster):
        last, cluster = "\u0e33", re.sub("[\u0e33\u0e32\u0e4d]", "", cluster)
    elif "\u0e32" in cluster:
        last, cluster = "\u0e32", cluster.replace("\u0e32", "")
    once = dict.fromkeys(cluster)
    ranked = sorted(
        once, key=lambda mark: 1 if "\u0e48" <= mark <= "\u0e4b" else 2 if mark >= "\u0e4c" else 0
    )
    return "".join(ranked) + last


def _clusters(text: str) -> bool:
    return _WRONG.search(text) is not None


_WRONG = re.compile(
    f"[\u0e48-\u0e4e][\u0e31\u0e34-\u0e3a\u0e47]|([{MARKS}])\\1|[\u0e32\u0e33][{_TONES}\u0e4d]|\u0e4d[{_TONES}]?\u0e32"
)
_FOREIGN = re.compile("[^\x00-\x7f\u0e00-\u0e7f]")
_Repl = Callable[[re.Match[str]], str]


class _Rule(NamedTuple):
    """``pattern`` -> ``by``; skipped when ``needed`` says that the text holds no such case."""

    pattern: re.Pattern[str]
    by: _Repl
    needed: Callable[[str], bool] = lambda text: True


def _nothing(match: re.Match[str]) -> str:
    return ""


def _dotted(match: re.Match[str]) -> str:
    letters = match[0].replace(".", "")
    # A greeting card is not the institute: ส.ค.ส. keeps its dots, สคส. has none inside.
    return match[0] if letters == "สคส" else f"{letters}."


_NORMAL: tuple[_Rule, ...] = (
    _Rule(
        re.compile("[a-z]?[^\x00-\x7f\u0e00-\u0e7f]+"),
        _foreign,
        lambda text: _FOREIGN.search(text) is not None,
    ),
    _Rule(
        re.compile(
            f"[{MARKS}]+(?:[\u0e32\u0e33][{_TONES}\u0e4d]*)?|[\u0e32\u0e33][{_TONES}\u0e4d]+"
        ),
        lambda match: _in_order(match[0]),
        _clusters,
    ),
    _Rule(re.compile("\u0e40\u0e40"), lambda match: "\u0e41", lambda text: "\u0e40\u0e40" in text),
    _Rule(re.compile(" {2,}"), lambda match: " ", lambda text: "  " in text),
    _Rule(re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), _nothing, lambda text: "," in text),
    # The space first: a pattern that begins with one letter is looked for ten times as fast.
    _Rule(re.compile(f" (?:(?<=[0-9] )(?=[{THAI}])|(?<=[{THAI}] )(?=[0-9]))"), _nothing),
)
_FOR_SEARCH: tuple[_Rule, ...] = (
    *_NORMAL,
    # Single letters with dots are one short form: ธ.ก.ส. = ธกส.  Two of them may be the end
    # of one and another (กศน.ต.), so they must not touch a word.
    _Rule(
        re.compile(f"(?<!\\.)(?:[ก-ฮ]\\.){{3,}}|(?<![{THAI}.])(?:[ก-ฮ]\\.){{2}}"),
        _dotted,
        lambda text: "." in text,
    ),
    # The space of a short form before a place does not count: "ต. บางจาก", "กิ่ง อ. นบพิตำ".
    _Rule(
        re.compile(f"(?<![{THAI}.])(?:กิ่ง ?อ|[ตอจมบ])\\. ?(?=[{THAI}0-9])"),
        lambda match: match[0].replace(" ", ""),
        lambda text: "." in text,
    ),
)


def normalise(text: str) -> str:
    """``text`` in the form in which two spellings of the same words are equal.

    Canonical order of vowels, tones and sara am, doubled marks, เเ -> แ, invisible signs
    and no-break spaces, case, Thai digits, thousands commas, and the space between a
    number and a Thai word.  NFC mends none of the Thai cases.  Never raises: a lone
    surrogate becomes U+FFFD.
    """
    return _applied(text, _NORMAL).strip()


def fold(text: str) -> str:
    """``normalise`` and, for search, short forms without their inner dots (ธ.ก.ส. -> ธกส.)."""
    return _applied(text, _FOR_SEARCH)


def _applied(text: str, rules: tuple[_Rule, ...]) -> str:
    text = _one_to_one(text)
    for rule in rules:
        if rule.needed(text):
            text = rule.pattern.sub(rule.by, text)
    return text


def _one_to_one(text: str) -> str:
    return _CHANGING.sub(lambda match: _ONE_TO_ONE[match[0]], text)


class Folded(NamedTuple):
    """A folded text that knows where its letters stood."""

    text: str
    #: Position in the original of each letter, and of the end; non-decreasing.
    starts: list[int]
    original: str

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """The stretch of the original behind ``text[start:stop]``, without blanks at its end."""
        first, last = self.starts[start], self.starts[stop]
        while last > first + 1 and (
            self.original[last - 1].isspace() or ord(self.original[last - 1]) in _INVISIBLE
        ):
            last -= 1
        return first, last


def fold_with_positions(text: str) -> Folded:
    """``fold(text)`` with the position in ``text`` of every letter."""
    folded, starts = _one_to_one(text), list(range(len(text) + 1))
    for rule in _FOR_SEARCH:
        if rule.needed(folded):
            folded, starts = _tracked(rule, folded, starts)
    return Folded(folded, starts, text)


def _tracked(rule: _Rule, text: str, starts: list[int]) -> tuple[str, list[int]]:
    pieces: list[str] = []
    moved: list[int] = []
    end = 0
    for match in rule.pattern.finditer(text):
        new = rule.by(match)
        first, last = match.span()
        pieces += (text[end:first], new)
        moved += starts[end:first]
        moved += (starts[first:last] + [starts[last - 1]] * len(new))[: len(new)]
        end = last
    if not pieces:
        return text, starts
    pieces.append(text[end:])
    moved += starts[end:]
    return "".join(pieces), moved


# --- words -------------------------------------------------------------------------------


class Token(NamedTuple):
    """A word and where it stands in the text that was cut (code points)."""

    text: str
    start: int
    stop: int


#: Thai, or letters of another script, or digits: scripts are parted before cutting,
#: because every segmenter tried glues or splits at their borders in its own way.
RUNS = re.compile(f"[{THAI}]+|[0-9]+|(?:(?![{THAI}])[^\\W\\d_])+|\\d+")
#: Words whose commonness is known; the rarest of them is one in 40,000 words.
COMMONEST = 3_000
_MARK = re.compile(f"[{MARKS}\u0e30\u0e32\u0e33\u0e45]")
_SHORT_FORM_TAIL = re.compile("[ก-ฮ]{2,8}$")


class _WordSet:
    """Words that may be looked up at a place of a text, longest first."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = frozenset(words)
        lengths: dict[str, set[int]] = {}
        for word in self.words:
            lengths.setdefault(word[:2], set()).add(len(word))
        #: Lengths that occur after each pair of first letters, longest first.
        self.lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def longest_at(self, run: str, start: int, borders: set[int], *, free_end: int) -> int:
        """Letters of the longest word at ``run[start:]`` that ends well; 0 for none.

        A word ends well at a border; one of ``free_end`` letters or more anywhere but
        before a mark.
        """
        for length in self.lengths.get(run[start : start + 2], ()):
            stop = start + length
            ends_well = stop in borders or (length >= free_end and not _MARK.match(run, stop))
            if stop <= len(run) and ends_well and run[start:stop] in self.words:
                return length
        return 0


#: Words of the site that no dictionary has: places, programs, the glossary.
_own = _WordSet()
#: Short forms of the site, without their dot.
_short_forms: frozenset[str] = frozenset()
#: Words of the dictionary that are made of others (see load_words).
_compounds = _WordSet()
#: All other words of the dictionary.
_simple: frozenset[str] = frozenset()
#: Moves with every change of the words above.
_version = 0
_lock = threading.Lock()
_cutter: Callable[[str], list[str]] | None = None


def add_words(words: Iterable[str]) -> None:
    """Let ``segment`` know more words from now on; no restart, and the index stays good.

    A word that ends in a dot is a short form and is cut off before that dot
    (ผ่านทางกศน. -> ผ่าน ทาง กศน).  Words with spaces or digits are left to search,
    which finds them letter by letter.
    """
    set_words([*_own.words, *(f"{short}." for short in _short_forms), *words])


def set_words(words: Iterable[str]) -> None:
    """Like ``add_words``, in place of all words given before."""
    global _own, _short_forms, _version
    folded = {fold(word).strip() for word in words}
    _short_forms = frozenset(
        word.replace(".", "") for word in folded if re.fullmatch("[ก-ฮ.]+\\.", word)
    )
    _own = _WordSet(word for word in folded if len(word) > 2 and re.fullmatch(f"[{THAI}]+", word))
    _version += 1


def words_version() -> int:
    """A number that moves when ``segment`` may cut otherwise than before, in this process."""
    return _version


def is_word(text: str) -> bool:
    """Whether ``text`` (folded) is a word of the dictionary or of this site."""
    warm()
    return text in _simple or text in _compounds.words or text in _own.words


def long_words() -> frozenset[str]:
    """Words that the index holds in parts: compounds of the dictionary, and our own words."""
    warm()
    return _compounds.words | _own.words


@cache
def _commonness() -> dict[str, float]:
    """How often a word stands in Thai text, of all words; the COMMONEST ones.

    Source: word frequencies of the Thai National Corpus, CC0, as PyThaiNLP ships them.
    """
    path = _corpus_file("tnc_freq.txt")
    if path is None or not path.is_file():
        return {}
    counts: dict[str, int] = {}
    total = 0
    for line in path.read_text("utf-8").splitlines():
        word, _, count = line.partition("\t")
        if count.isdecimal():
            total += int(count)
            if len(counts) < COMMONEST:  # the file begins with the commonest
                counts[fold(word)] = counts.get(fold(word), 0) + int(count)
    return {word: count / total for word, count in counts.items()}


def commonness(word: str) -> float:
    """Of all words of Thai text, the share that is ``word`` (folded); 0.0 for rarer ones."""
    return _commonness().get(word, 0.0)


def segment(text: str) -> list[Token]:
    """The words of ``text`` with their places: the dictionary's, its compounds and our own.

    Give it folded text: a mark out of order is no word's spelling.  Separators and signs
    are left out.  Linear in the length of ``text``, whatever the text.
    """
    tokens: list[Token] = []
    for start, run, is_short_form in _runs(text):
        spans = [(0, len(run))] if is_short_form else _spans(run)
        tokens += [Token(run[a:b], start + a, start + b) for a, b in spans]
    return tokens


def cut(text: str) -> list[str]:
    """The smallest words of ``text`` by the dictionary alone: what the index holds.

    Our own words are left out on purpose: they come and go while the index stays.
    """
    words: list[str] = []
    for _, run, is_short_form in _runs(text):
        if is_short_form:
            words.append(run)
        else:
            words += _pieces(run)
    return words


def word_starts(text: str) -> list[int]:
    """Where words of ``text`` begin by the dictionary alone, ascending: quicker than segment."""
    starts: list[int] = []
    for start, run, is_short_form in _runs(text):
        for piece in [run] if is_short_form else _pieces(run):
            starts.append(start)
            start += len(piece)
    return starts


def _runs(text: str) -> Iterable[tuple[int, str, bool]]:
    """(start, run, is a short form): one script each, none longer than LONGEST_RUN."""
    for match in RUNS.finditer(text):
        start, run = match.start(), match[0]
        head = len(run)
        if _short_forms and text[match.end() : match.end() + 1] == ".":
            head -= _short_form_at_the_end(run)
        for a, b in _steps(run[:head]):
            yield start + a, run[a:b], False
        if head < len(run):
            yield start + head, run[head:], True


def _short_form_at_the_end(run: str) -> int:
    """Letters of the longest known short form that ends ``run``; 0 for none."""
    match = _SHORT_FORM_TAIL.search(run)
    if match is None:
        return 0
    for start in range(match.start(), len(run) - 1):
        if run[start:] in _short_forms:
            return len(run) - start
    return 0


def _steps(run: str) -> Iterable[tuple[int, int]]:
    start = 0
    while start < len(run):
        stop = min(start + LONGEST_RUN, len(run))
        # A letter carries at most a handful of marks; more of them is no text.
        for _ in range(6):
            if stop < len(run) and _MARK.match(run, stop):
                stop -= 1
        yield start, stop
        start = stop


def _pieces(run: str) -> list[str]:
    if not "\u0e01" <= run[0] <= "\u0e4e":
        return [run]
    return (_cutter or _load_cutter())(run)


def _spans(run: str) -> list[tuple[int, int]]:
    """``run`` cut by the dictionary, joined or moved where a longer word is known.

    Compounds end where their parts do.  Our own words of five letters or more may end
    anywhere: an unknown name is cut at random, and what follows is cut wrongly with it.
    """
    borders, end = [0], 0
    for piece in _pieces(run):
        end += len(piece)
        borders.append(end)
    spans: list[tuple[int, int]] = []
    known, start = set(borders), 0
    while start < len(run):
        length = _own.longest_at(run, start, known, free_end=5) or _compounds.longest_at(
            run, start, known, free_end=len(run) + 1
        )
        stop = start + length if length else borders[bisect_right(borders, start)]
        spans.append((start, stop))
        start = stop
    return spans


# --- the dictionary ----------------------------------------------------------------------


def warm() -> None:
    """Load the dictionary now (0.4 s, 20 MB) rather than at the first search."""
    if _cutter is None:
        _load_cutter()


@cache
def fingerprint() -> str:
    """Names the rules, the word list and the segmenter; an index made under another is rebuilt."""
    path = _word_list()
    words = hashlib.sha256(path.read_bytes() if path else b"").hexdigest()[:12]
    return f"{RULES_VERSION}-{_segmenter()}-{words}"


def _segmenter() -> str:
    return "nlpo3" if importlib.util.find_spec("nlpo3") else "newmm"


def _corpus_file(name: str) -> Path | None:
    """A file inside PyThaiNLP; its import (0.2 s, 15 MB) is not needed for that."""
    spec = importlib.util.find_spec("pythainlp")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "corpus" / name


def _word_list() -> Path | None:
    return _corpus_file("words_th.txt")


def word_lines() -> list[str]:
    """PyThaiNLP's word list, one word a line."""
    path = _word_list()
    if path is None or not path.is_file():
        raise RuntimeError("The word list of pythainlp is missing. Install the package pythainlp.")
    return path.read_text("utf-8").splitlines()


def load_words(lines: Iterable[str]) -> tuple[set[str], set[str]]:
    """(words, compounds) of a list; compounds have six letters and are made of words of three.

    The index is cut by the words without the compounds, so that พอเพียง is a word of
    เศรษฐกิจพอเพียง.  On 1,190 questions over 240 paragraphs (XQuAD) ranking by words alone
    rose from MRR 0.960 to 0.964, and from 0.928 to 0.944 where each question had a typing
    error; the dictionary takes a third of the memory.
    """
    words = {word for word in map(str.strip, lines) if re.fullmatch(f"[{THAI}]+", word)}
    compounds = {word for word in words if len(word) >= 6 and _is_compound(word, words)}
    return words - compounds, compounds


def _is_compound(word: str, words: set[str]) -> bool:
    reachable = [0]
    for stop in range(3, len(word) + 1):
        if any(
            stop - start >= 3 and word[start:stop] in words
            for start in reachable
            if stop - start < len(word)
        ):
            reachable.append(stop)
    return reachable[-1] == len(word)


def _load_cutter() -> Callable[[str], list[str]]:
    global _cutter, _compounds, _simple
    with _lock:
        if _cutter is None:
            words, compounds = load_words(word_lines())
            _compounds, _simple = _WordSet(compounds), frozenset(words)
            _cutter = _nlpo3_cutter(words) if _segmenter() == "nlpo3" else newmm_cutter(words)
    return _cutter


def _nlpo3_cutter(words: set[str]) -> Callable[[str], list[str]]:
    import nlpo3

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("\n".join(sorted(words)))
        file.flush()
        said, loaded = nlpo3.load_dict(file.name, "app")
    if not loaded:
        raise RuntimeError(f"nlpo3 did not take the word list: {said}")
    _give_memory_back()

    def cut_run(run: str) -> list[str]:
        # safe=True alters the text (299 of 300 texts in a trial), so it stays off.
        pieces: list[str] = nlpo3.segment(run, "app", safe=False)
        return pieces

    return cut_run


def newmm_cutter(words: set[str]) -> Callable[[str], list[str]]:
    """Cuts a run of Thai by ``words`` with PyThaiNLP alone, where nlpo3 has no wheel."""
    from pythainlp.tokenize.newmm import segment as newmm
    from pythainlp.util import Trie

    log.warning("nlpo3 is not installed: words are cut by newmm, five times slower")
    trie = Trie(words)
    return lambda run: newmm(run, custom_dict=trie)


def _give_memory_back() -> None:
    """nlpo3 frees a third of what it took while loading; only glibc can hand it back."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        log.debug("no malloc_trim here")
