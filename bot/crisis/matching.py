"""The patterns at work: spaCy's Matcher over words in one spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.crisis.levels import Level
from bot.crisis.patterns import GROUPS, SETS

STRETCH, OVERLAP = 64, 20
_STOPS = [".", "!", "?", ";", "…"]


@dataclass(frozen=True)
class Hit:
    """A pattern found in words ``start`` to ``end`` (exclusive)."""

    group: str
    level: Level
    start: int
    end: int


def _token(piece: str, sets: Mapping[str, str]) -> dict[str, Any]:
    optional = piece.endswith("?") and len(piece) > 1
    piece = piece[:-1] if optional else piece
    if piece.startswith("*"):
        return {"ORTH": {"NOT_IN": _STOPS}, "OP": f"{{0,{int(piece[1:])}}}"}
    if piece.startswith("~"):
        found: dict[str, Any] = {"ORTH": {"FUZZY1": piece[1:]}}
    else:
        names: list[str] = []
        for part in piece.split("|"):
            names += sets[part[1:]].split() if part.startswith("$") else [part]
        found = {"ORTH": {"IN": names}} if len(names) > 1 else {"ORTH": names[0]}
    if optional:
        found["OP"] = "?"
    return found


def compile_line(line: str, sets: Mapping[str, str] = SETS) -> list[dict[str, Any]]:
    """Give the spaCy pattern that a line of ``patterns`` describes."""
    return [_token(piece, sets) for piece in line.split()]


def _needs(line: str, sets: Mapping[str, str]) -> list[frozenset[str]]:
    """The words of which a text must have one, for each piece of a line that is fixed."""
    found = []
    for piece in line.split():
        if piece[0] in "*~" or (piece.endswith("?") and len(piece) > 1):
            continue
        names: list[str] = []
        for part in piece.split("|"):
            names += sets[part[1:]].split() if part.startswith("$") else [part]
        found.append(frozenset(names))
    return sorted(found, key=len)


def _stretches(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give sentences as (start, end); a sentence without an end in overlapping stretches.

    No pattern crosses the end of a sentence, and a few short texts cost less than one long.
    """
    start = 0
    for place in [*(i for i, token in enumerate(tokens) if token in _STOPS), len(tokens)]:
        for first in range(start, max(place - OVERLAP, start + 1), STRETCH - OVERLAP):
            if first < place:
                yield first, min(first + STRETCH, place)
        start = place + 1


@dataclass(frozen=True)
class _Line:
    group: str
    text: str
    needs: tuple[frozenset[str], ...]


class Patterns:
    """All groups; a line's own spaCy Matcher runs when a text has the words it needs.

    One Matcher for all lines would ask every line about every word: 10 ms for 300
    characters. With the words looked up first it is under a millisecond.
    """

    def __init__(self) -> None:
        from spacy.matcher import Matcher
        from spacy.tokens import Doc
        from spacy.vocab import Vocab

        self._vocab, self._matcher, self._doc = Vocab(), Matcher, Doc
        self._made: dict[int, Any] = {}
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._lines = [
            _Line(name, line, tuple(_needs(line, SETS)))
            for name, (_, lines) in GROUPS.items()
            for line in lines.strip().splitlines()
        ]
        for index, line in enumerate(self._lines):
            if not line.needs:
                self._always.append(index)
            for word in line.needs[0] if line.needs else ():
                self._by_word.setdefault(word, []).append(index)

    def find(self, tokens: Sequence[str]) -> list[Hit]:
        """Find every group's hits in words in one spelling, sentence by sentence."""
        found: set[Hit] = set()
        for start, end in _stretches(tokens):
            found.update(self._find_in(tokens[start:end], start))
        return sorted(found, key=lambda hit: (hit.start, hit.end, hit.group))

    def _find_in(self, tokens: Sequence[str], offset: int) -> set[Hit]:
        doc = self._doc(self._vocab, words=list(tokens))
        found = set()
        for index in self._candidates(set(tokens)):
            group = self._lines[index].group
            for _, start, end in self._line(index)(doc):
                found.add(Hit(group, GROUPS[group][0], offset + start, offset + end))
        return found

    def _candidates(self, present: set[str]) -> list[int]:
        likely = {index for word in present for index in self._by_word.get(word, ())}
        return self._always + [
            i for i in sorted(likely) if all(not need.isdisjoint(present) for need in self._lines[i].needs)
        ]

    def _line(self, index: int) -> Any:
        if index not in self._made:
            matcher = self._matcher(self._vocab)
            matcher.add("line", [compile_line(self._lines[index].text, SETS)], greedy="LONGEST")
            self._made[index] = matcher
        return self._made[index]
