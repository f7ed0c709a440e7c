# ruff: noqa: E501, SIM905 - lists of words read better as text
"""When the words of a pattern are there and the crisis is not: negation, quotation, idiom, past, play.

A guard takes away a pattern's say, and leaves the decision to the learned half. Only a short denial
(``denied``) also makes the learned half ask where it would bring a person in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.crisis.levels import Level
from bot.crisis.matching import Hit

BREAKS = frozenset([".", "!", "?", ";", "…"])
CLAUSE_BREAKS = BREAKS | {",", "but", "because", '"', ":", "(", ")", "and", "so", "if"}
NEGATIONS = frozenset(
    "not never wouldnt wont didnt isnt nor dont no without wasnt havent arent hardly doesnt nobodys noone naw nah unless shouldnt".split()
)
NOT_NEGATING = frozenset("just only joking kidding sure know stop help lying care messing playing matter".split())
TOLD = frozenset(
    "told tells tell telling said says saying asked asks ordered wants wanted suggested wrote writes messaged texted keeps ordering".split()
)
LIVE = frozenset(
    "cam camera live stream streaming webcam film filming call vc video discord facetime watch watching proof server group".split()
)
PAST = re.compile(
    r"\b(?:years?|yrs|decades?|year) (?:ago|back|since)|used to|when i was|back then|long (?:ago|past|behind)|behind me|"
    r"(?:in|since) (?:19|20)[0-9]{2}|at (?:1[0-9]|2[0-9]|uni|school)\b|in (?:the pandemic|my teens|my twenties|year [0-9]+)|last year|years clean|"
    r"recovered|well now|fine now|ok now|okay now|happy now|better now|month clean|(?:in|since) [0-9]{2}\b"
)
PLAY = frozenset(
    "game games gaming film movie episode netflix book novel song lyrics album minecraft fortnite cod gta roblox hangman podcast series "
    "telly homework essay band character chapter panto drama gcse romeo macbeth pubg play playing boss level scene preacher villain poem single".split()
)
LAUGHS = frozenset("lol lmao haha hahaha lmfao rofl emoji_laugh jk hehe".split())
NEGATED_INSIDE = frozenset(["wants_to_die"])  # "kill never myself"
NEGATION_BELONGS = frozenset(["no_wish_to_live", "here_now"])  # "dont want to live", "wont let me leave"
LITERAL = frozenset(["violence", "here_now", "will_attack"])
SHORT = 14
OF_ONESELF = frozenset(["kill_when", "wants_to_die", "no_wish_to_live", "going_now"])


def _before(tokens: Sequence[str], start: int, most: int) -> list[str]:
    found: list[str] = []
    for token in reversed(tokens[max(0, start - most) : start]):
        if token in CLAUSE_BREAKS:
            break
        found.insert(0, token)
    return found


def _sentence(tokens: Sequence[str], start: int, end: int) -> list[str]:
    first = next((i + 1 for i in range(start - 1, -1, -1) if tokens[i] in BREAKS), 0)
    last = next((i for i in range(end, len(tokens)) if tokens[i] in BREAKS), len(tokens))
    return list(tokens[first:last])


def negated(tokens: Sequence[str], hit: Hit) -> bool:
    """Whether the clause before the hit turns it round (``im not gonna``)."""
    inside = tokens[hit.start : hit.end] if hit.group in NEGATED_INSIDE else ()
    before = _before(tokens, hit.start, 5) + list(inside)
    for place, word in enumerate(before):
        following = before[place + 1] if place + 1 < len(before) else ""
        if word in NEGATIONS and following not in NOT_NEGATING:
            return True
    return False


def told(tokens: Sequence[str], hit: Hit) -> bool:
    """Whether someone told the person to (``he told me to kill myself``)."""
    before = list(tokens[max(0, hit.start - 7) : hit.start + 4])
    return any(a in TOLD and "me" in before[i + 1 : i + 3] for i, a in enumerate(before))


def quoted(tokens: Sequence[str], hit: Hit) -> bool:
    """Whether the hit stands inside double quotation marks."""
    return tokens[: hit.start].count('"') % 2 == 1 and '"' in tokens[hit.end - 1 :]


def _harmless_setting(tokens: Sequence[str], hit: Hit) -> bool:
    sentence = _sentence(tokens, hit.start, hit.end)
    return bool(set(sentence) & PLAY or set(tokens) & LAUGHS) or PAST.search(" ".join(sentence)) is not None


def _kilometres(tokens: Sequence[str], hit: Hit) -> bool:
    return tokens[hit.start] == "kms" and hit.start > 0 and tokens[hit.start - 1][:1].isdigit()


def _turned(tokens: Sequence[str], hit: Hit, idioms: Sequence[Hit]) -> bool:
    if hit.group not in NEGATION_BELONGS and hit.level is not Level.CHECK_IN and negated(tokens, hit):
        return True
    if hit.group not in LITERAL and any(idiom.start < hit.end and hit.start < idiom.end for idiom in idioms):
        return True
    return quoted(tokens, hit) or _kilometres(tokens, hit) or _harmless_setting(tokens, hit)


def denied(tokens: Sequence[str], hits: Sequence[Hit]) -> bool:
    """Whether a short message has a pattern in it only to say that it is not so, or was long ago."""
    crises = [hit for hit in hits if hit.level.hands_over]
    if len(tokens) > SHORT or not crises:
        return False
    return all(negated(tokens, hit) or PAST.search(" ".join(_sentence(tokens, hit.start, hit.end))) for hit in crises)


def sort_out(tokens: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Leave the hits that have a say, at the level they are to be read at."""
    idioms = [hit for hit in hits if hit.group == "idiom"]
    others = [hit for hit in hits if hit.group == "someone_at_risk"]
    found: list[Hit] = []
    for hit in hits:
        if hit.level is Level.NONE or _turned(tokens, hit, idioms):
            continue
        if hit.group in OF_ONESELF and told(tokens, hit) and not set(tokens) & LIVE:
            found.append(replace(hit, group="told_them_to_die", level=Level.CHECK_IN))
        elif hit.group in OF_ONESELF and any(other.start <= hit.start < other.end for other in others):
            found.append(replace(hit, level=Level.THIRD_PARTY))
        else:
            found.append(hit)
    return found
