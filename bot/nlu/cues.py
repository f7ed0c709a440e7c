"""Small facts about a message's form that decide between intents.

"im 15" and "im 51" look alike to a sentence encoder and to letter patterns; so do "he
paid" and "i paid", or a message about a daughter and one about oneself. Each cue here is
one yes or no for the classifier. None decides alone, and none fills a slot: that is
``data/signals.yml``'s work.
"""

from __future__ import annotations

import re
from typing import List

import numpy as np
import numpy.typing as npt

_CHILD_AGE = (
    r"(?:1[0-7]|[89]|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)\b"
    r"(?!\s*(?:hours|days|weeks|months|quid|pounds|grand|k\b))"
)
_KIN = (
    r"(?:son|daughter|brother|sister|boy|girl|lad|mate|friend|bestie|wife|husband|boyfriend|girlfriend|partner"
    r"|mum|mam|mom|dad|da|cousin|nephew|niece|grandson|granddaughter|pupil|student|colleague|housemate|flatmate"
    r"|roommate|client|stepson|stepdaughter|kid|child|uncle|aunt|auntie|neighbour|missus|teammate|twin|nan|gran"
    r"|grandad|employee|patient|tenant|carer)\b"
)
_MY_KIN = r"\b(?:my|our|me|wor)\s+(?:\w+\s+){0,3}" + _KIN
_ASKING = (
    r"^\s*(?:what|how|should|shud|do|does|can|is|are|will|would|could|who|where|when|why|which|if|am|may|might|did)\b"
)

_PATTERNS = {
    "asks_anywhere": r"\?",
    "asks_at_the_end": r"\?\s*$",
    "begins_with_a_question": _ASKING,
    "own_age_is_a_childs": r"\b(?:i'?m|i am|am|my age is|aged?|turned|i turn)\s*(?:only|just|actually)?\s*"
    + _CHILD_AGE,
    "own_age_is_an_adults": r"\b(?:i'?m|i am)\s*(?:a )?(?:1[89]|[2-9]\d)\b",
    "a_childs_age": r"\b" + _CHILD_AGE,
    "their_age_is_a_childs": r"\b(?:he|she|they|who)(?:'?s| is|'?re| are)?\s*(?:only|just)?\s*" + _CHILD_AGE,
    "told_of_a_minor": r"\b(?:she|he|girl|daughter)(?:'?s| was| is)\s*(?:only|actually|really)?\s*"
    r"(?:under ?age|a minor|" + _CHILD_AGE + ")",
    "school": r"\b(?:year (?:[789]|1[0-3])|yr ?(?:[789]|1[01])|sixth form|gcse\w*|a levels?|my form|tutor|period \d"
    r"|homework|my school|in school|at school|head of year|s[1-6])\b",
    "someone_of_theirs": _MY_KIN,
    "begins_with_someone_of_theirs": r"^\W*(?:\w+\W+){0,3}" + _MY_KIN.removeprefix(r"\b"),
    "i_paid": r"\b(?:i|i'?ve|i have|have|already|we)\s+(?:\w+\s+){0,2}"
    r"(?:paid|payed|sent (?:him|her|them|it|the)? ?(?:money|£|\$|\d)|transferred|wired|gave|given|coughed)",
    "money": r"[£$€]\s?\d|\b\d+\s?(?:quid|pounds|k|euros?|dollars|grand)\b"
    r"|\b(?:bitcoin|crypto|btc|gift cards?|steam cards?|paypal|western union|moneygram|revolut|itunes)",
    "an_ex": r"\bex(?:es|-?\w+)?\b",
    "posted": r"\b(?:posted|uploaded|shared|sent it|leaked|published|put (?:it|them|my)|(?:is|are) (?:on|up))\b",
    "made_up_images": r"\b(?:ai|deep ?fake\w*|fakes?|photoshop\w*|edited|generated|face ?swap\w*|morphed)\b",
    "an_email": r"\b(?:e-?mails?|inbox|spam|password in it)\b",
    "about_oneself": r"\b(?:me|my|mine|i)\b",
    "police": r"\b(?:police|polis|101|999|cops?|feds|officer|report)\b",
}
_CUES = [re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS.values()]
_LAST_SENTENCE_ASKS = re.compile(_ASKING, re.IGNORECASE)
_WORDS_UP_TO = (2, 5, 12, 30)

WIDTH = len(_CUES) + 1 + len(_WORDS_UP_TO) + 1

Cues = npt.NDArray[np.float32]


def cues(texts: List[str]) -> Cues:
    """Zeros and ones of shape ``(len(texts), WIDTH)``."""
    return np.array([_cues_of(text) for text in texts], dtype=np.float32).reshape(len(texts), WIDTH)


def _cues_of(text: str) -> List[bool]:
    plain = text.replace("’", "'").strip()
    last_sentence = re.split(r"(?<=[.!?])\s+", plain)[-1]
    size = sum(len(plain.split()) > limit for limit in _WORDS_UP_TO)
    return [
        *(bool(cue.search(plain)) for cue in _CUES),
        bool(_LAST_SENTENCE_ASKS.search(last_sentence)),
        *(size == index for index in range(len(_WORDS_UP_TO) + 1)),
    ]
