"""From what a person typed to plain words, and from a long message to windows.

Nothing here judges. It undoes what hides a word (leetspeak, spaced letters, repeated
letters, look-alike letters, curly quotes, emoji) and cuts long messages up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

WHOLE_WORDS = 110
WINDOW_WORDS = 70
SENTENCE_WORDS = 40
MOST_WINDOWS = 120

_HOMOGLYPHS = str.maketrans(
    "аеорсухіјѕԁһӏԛԝкмтвнАЕОРСУХІЈЅКМТВНαεοικνρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlqwkmtbhAEOPCYXIJSKMTBHaeoiknptuxABEZHIKMNOPTYX",
)
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff\U0001f3fb-\U0001f3ff]")
_EMOJI = {
    "🔪": " emoji_knife ",
    "🗡": " emoji_knife ",
    "🔫": " emoji_gun ",
    "💊": " emoji_pills ",
    "🩸": " emoji_blood ",
    "⚰": " emoji_coffin ",
    "🪦": " emoji_grave ",
    "🌉": " emoji_bridge ",
    "🚆": " emoji_train ",
    "🚂": " emoji_train ",
    "🚌": " emoji_bus ",
    "🪢": " emoji_noose ",
    "🥀": " emoji_wilted ",
    "🕊": " emoji_dove ",
    "👋": " emoji_wave ",
    "💀": " emoji_skull ",
    "☠": " emoji_skull ",
    "😂": " emoji_laugh ",
    "🤣": " emoji_laugh ",
    "😭": " emoji_sob ",
    "🚪": " emoji_door ",
    "🪓": " emoji_knife ",
    "🩹": " emoji_plaster ",
}
_EMOJI_RE = re.compile("|".join(map(re.escape, _EMOJI)))
_SPACED = re.compile(r"(?<![A-Za-z0-9'])(?:[A-Za-z0-9!@$*][ .\-_*]{1,3}){3,}[A-Za-z0-9!@$](?![A-Za-z0-9'])")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "*": ""}
)
_LEET_WORD = re.compile(
    r"(?<![\w@$!*])[A-Za-z0-9@$!*]*(?:[A-Za-z][0-9@$!*]+[A-Za-z]|[0-9@$!][A-Za-z]*[0-9@$!]*[A-Za-z])[A-Za-z0-9@$!*]*(?![\w@$])"
)
_UNIT = re.compile(
    r"^(?:[0-9]+(?:am|pm|th|st|nd|rd|k|s|p|hrs?|h|m|mins?|min|yo|yrs?|y|d|gb|mb|x|quid|oclock|ish|years?|days?|weeks?|months?)|f[0-9]+|m[0-9]+|y[0-9]+)$",
    re.IGNORECASE,
)
_TEXTSPEAK = {
    "2nite": "tonight",
    "2night": "tonight",
    "2nyt": "tonight",
    "tonite": "tonight",
    "2nyte": "tonight",
    "2day": "today",
    "2moro": "tomorrow",
    "2morrow": "tomorrow",
    "2mrw": "tomorrow",
    "b4": "before",
    "l8r": "later",
    "m8": "mate",
    "gr8": "great",
    "4eva": "forever",
    "4ever": "forever",
    "ne1": "anyone",
    "no1": "no one",
    "every1": "everyone",
    "evry1": "everyone",
    "some1": "someone",
    "any1": "anyone",
    "sum1": "someone",
    "n1": "no one",
    "w8": "wait",
    "h8": "hate",
    "k1ll": "kill",
    "4": "for",
    "2": "to",
}
_WORD = re.compile(r"[a-z0-9_£$']+|[.!?,;:\"()…]|[^\w\s]", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+|(?<=[\U0001F300-\U0001FAFF])\s+(?=[A-Za-z])")


def normalise(text: str) -> str:
    """Give lower-case text with disguises undone; emoji that matter become ``emoji_*`` words."""
    text = _INVISIBLE.sub("", text).translate(_QUOTES)
    text = _EMOJI_RE.sub(lambda found: _EMOJI[found.group()], text)
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).translate(_HOMOGLYPHS)
    text = _SPACED.sub(_join, text).lower()
    text = _LEET_WORD.sub(_unleet, text)
    text = _REPEATED.sub(r"\1\1", text)
    return re.sub(r"[ \t\r\f\v]+", " ", text).strip()


def _join(found: re.Match[str]) -> str:
    return re.sub(r"[ .\-_*]", "", re.sub(r" {2,}| *[/|] *", "\0", found.group())).replace("\0", " ")


def _unleet(found: re.Match[str]) -> str:
    word = found.group()
    bare = word.rstrip("!")
    if word in _TEXTSPEAK or bare in _TEXTSPEAK:
        return _TEXTSPEAK.get(word) or _TEXTSPEAK[bare]
    if _UNIT.match(bare) or not re.search(r"[0-9@$!*]", bare):
        return word
    if sum(c.isdigit() for c in bare) > sum(c.isalpha() for c in bare) + 3:
        return word
    return bare.translate(_LEET)


def words(text: str) -> list[str]:
    """Split normalised text into words and marks; an apostrophe is dropped (``don't`` is ``dont``)."""
    found = []
    for word in _WORD.findall(text):
        bare = word.replace("'", "")
        if bare:
            found.append(bare)
    return found


def windows(text: str) -> list[str]:
    """Cut a message into pieces to be read one by one; every word is in at least one.

    Up to ``WHOLE_WORDS`` words: the whole message. More: sentences together up to ``WINDOW_WORDS``
    words, each window beginning with the last sentence of the one before. Never more than
    ``MOST_WINDOWS``: beyond that the windows grow, and the patterns still read the whole.
    """
    if len(text.split()) <= WHOLE_WORDS:
        return [text] if text.strip() else []
    pieces = _pieces(text)
    size = max(WINDOW_WORDS, 2 * sum(map(len, pieces)) // MOST_WINDOWS)
    found: list[list[str]] = [[]]
    last: list[str] = []
    for piece in pieces:
        if found[-1] and len(found[-1]) + len(piece) > size:
            found.append(last if len(last) + len(piece) <= size else [])
        found[-1] = found[-1] + piece
        last = piece
    return [" ".join(window) for window in found]


def _pieces(text: str) -> list[list[str]]:
    """Sentences as words; one without an end in overlapping stretches."""
    found: list[list[str]] = []
    for sentence in _SENTENCE.split(text):
        tokens = sentence.split()
        starts = range(0, max(1, len(tokens) - SENTENCE_WORDS // 2), SENTENCE_WORDS // 2)
        found.extend(tokens[start : start + SENTENCE_WORDS] for start in starts if tokens)
    return found


def tail(messages: Sequence[str], most: int) -> list[str]:
    """Give the last ``most`` messages that say something; a command says nothing."""
    return [message for message in messages if message.strip() and not message.startswith("/")][-most:]
