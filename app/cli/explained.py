"""An explained search as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from app.services.explaining import EntryTold, Explanation, UnitTold


def lines(found: Explanation) -> Iterator[str]:
    """The explanation, one thought a line."""
    yield f"read as     {found.folded}"
    yield f"words       {' | '.join(token for token in found.tokens if token.strip())}"
    if found.number is not None:
        yield f"number      looked for as a record number: {found.number}"
    for phrase in found.phrases:
        yield f"exactly     “{phrase}”"
    for word in found.excluded:
        yield f"without     {word}"
    if found.is_plain:
        yield "signs       signs of a query language were read as text"
    yield from map(unit_line, found.units)
    if found.runs:
        yield f"in one      {' | '.join(found.runs)}   (letter for letter)"
    for note in found.notes:
        yield f"rule        {note}"
    if found.related:
        yield f"related     {', '.join(found.related)}"
    yield f"found       {found.total}" + (
        " by letters alone: nothing has the words" if found.is_by_grams else ""
    )
    for entry in found.entries:
        yield ""
        yield from entry_lines(entry)


def unit_line(unit: UnitTold) -> str:
    said = f"unit        {unit.text}   weight {unit.weight:.2f}, in {unit.holding} entries"
    if not unit.counts:
        said += ", ranks only"
    if unit.atoms != (unit.text,):
        said += f"; parts: {' + '.join(unit.atoms)}"
    if unit.forms:
        said += f"; also: {', '.join(unit.forms)}"
    return said


def entry_lines(entry: EntryTold) -> Iterator[str]:
    """One entry: place, reasons, what it has, what its score is made of."""
    yield f"{entry.number}  {entry.title}".rstrip()
    if not entry.is_found:
        yield f"  not found, because {'; '.join(entry.reasons)}"
    else:
        yield f"  place {entry.rank}, because {'; '.join(entry.reasons)}"
    for unit, fields in entry.held.items():
        yield f"  has {unit}" + (f" in {', '.join(fields)}" if fields else "")
    if entry.lacking:
        yield f"  lacks {', '.join(entry.lacking)}"
    if entry.score:
        parts = (
            ("words", entry.words),
            ("letters", entry.letters),
            ("in one piece", entry.runs),
            ("three letters in a row", entry.grams),
            ("record number", entry.record_number),
        )
        told = " + ".join(f"{name} {value:.2f}" for name, value in parts if abs(value) > 0.005)
        yield f"  score {entry.score:.2f} = {told}"
        yield f"  weight of what it has {entry.share:.2f}, enough is {entry.enough:.2f}"
