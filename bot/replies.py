"""Responses into messages: choices, contacts that fit the person, and requests for a human."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import structlog

from bot.contacts import Contact, Directory
from bot.crisis import ANSWERED_NO, ANSWERED_UNCLEAR, ANSWERED_YES, Finding
from bot.store import Author, Draft
from bot.words import Response, Words

log = structlog.get_logger()

NAME = "Harbour"

OPENING = "utter_opening"
HOLDING = "utter_holding"
STILL_HOLDING = "utter_still_holding"
COULD_NOT_ANSWER = "utter_could_not_answer"
NOBODY_ON_DUTY = "utter_handoff_nobody_on_duty"
WAITING = "utter_handoff_waiting"
ASKED = "asked"
REASONS = (ASKED, "crisis", "misunderstood")
CRISIS = ("utter_crisis", "utter_crisis_question")
CRISIS_AGAIN = "utter_crisis_again"
# After an answer to a direct question, by what detection made of it.
CRISIS_ANSWERED = {
    ANSWERED_YES: ("utter_crisis_yes",),
    ANSWERED_UNCLEAR: ("utter_crisis_unsure",),
    ANSWERED_NO: ("utter_crisis_no", "utter_crisis_back"),
}


@dataclass(frozen=True)
class Reply:
    """What is said, and why a person is asked for, if one is."""

    drafts: Sequence[Draft]
    handoff: str | None = None


class Replies:
    """Makes messages of responses."""

    def __init__(self, words: Words, directory: Directory) -> None:
        words.require((OPENING, HOLDING, STILL_HOLDING, COULD_NOT_ANSWER, NOBODY_ON_DUTY))
        words.require((*CRISIS, CRISIS_AGAIN, *chain.from_iterable(CRISIS_ANSWERED.values())))
        self._words = words
        self._directory = directory

    def require(self, names: Sequence[str]) -> None:
        """Raise ``MissingWords`` at start when ``domain.yml`` lacks something that is said."""
        self._words.require(names)

    def own(self, name: str, slots: Mapping[str, Any], now: datetime) -> Reply:
        """What the bot says itself."""
        return self.of([self._words.say(name, slots)], slots, now)

    def crisis(
        self,
        finding: Finding,
        slots: Mapping[str, Any],
        now: datetime,
        *,
        waiting: bool,
        said: Sequence[str] = (),
        on_duty: bool = False,
    ) -> Reply:
        """The words for a crisis, for when the brain is not there to say them; not again what was ``said`` lately."""
        known = {**slots, "crisis_level": finding.level.value, "crisis_about": finding.about.value}
        if finding.reason in CRISIS_ANSWERED:
            names: tuple[str, ...] = CRISIS_ANSWERED[finding.reason]
        else:
            names = (CRISIS_AGAIN,) if any(name.startswith(CRISIS[0]) for name in said) else CRISIS
        responses = [self._words.say(name, known) for name in names]
        return self.of(responses, known, now, waiting=waiting, on_duty=on_duty)

    def of(
        self,
        responses: Sequence[Response],
        slots: Mapping[str, Any],
        now: datetime,
        *,
        waiting: bool = False,
        on_duty: bool = False,
    ) -> Reply:
        """Messages of responses, no contact twice.

        Whoever asks for a person is told the truth about who is there (``on_duty``); whoever
        waits for one already (``waiting``) and did not ask again is not told again.
        """
        handoff = next((_reason(r.custom["handoff"]) for r in responses if "handoff" in r.custom), None)
        said = list(responses)
        if handoff and (handoff == ASKED or not waiting):
            asking = next(index for index, r in enumerate(said) if "handoff" in r.custom)
            said.insert(asking + 1, self._words.say(WAITING if on_duty else NOBODY_ON_DUTY, slots))
        shown: set[str] = set()
        return Reply([self._draft(response, slots, now, shown) for response in said], handoff)

    def _draft(self, response: Response, slots: Mapping[str, Any], now: datetime, shown: set[str]) -> Draft:
        contacts = [c for c in self._contacts(response, slots, now) if c.id not in shown]
        shown.update(contact.id for contact in contacts)
        return Draft(
            Author.BOT,
            response.text,
            name=NAME,
            choices=[{"label": b.label, "payload": b.payload} for b in response.buttons],
            contacts=[contact.shown() for contact in contacts],
            response=response.name,
        )

    def _contacts(self, response: Response, slots: Mapping[str, Any], now: datetime) -> Sequence[Contact]:
        """Who fits. A need that the directory does not have, from an older model, must not swallow the words."""
        need = response.custom.get("contacts")
        if not need:
            return []
        if not isinstance(need, str) or need not in self._directory.needs:
            log.error("need_unknown", response=response.name)
            return []
        return self._directory.for_need(need, slots, now)


def _reason(given: object) -> str:
    """Why a person is asked for; anything unknown counts as asked."""
    return given if isinstance(given, str) and given in REASONS else ASKED
