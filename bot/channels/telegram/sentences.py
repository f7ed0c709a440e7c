"""What is said in Telegram only. All of it is in ``domain.yml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.channels.telegram.look import OWN_CHOICE
from bot.replies import Replies
from bot.store import Author, Draft
from bot.words import Words

PRIVACY = "utter_telegram_privacy"
PROFILE = "utter_telegram_profile"
HELP = "utter_telegram_help"
GET_HELP = "utter_telegram_get_help"
CONTACTS = "utter_telegram_contacts"
ERASE_QUESTION = "utter_telegram_erase_question"
ERASED = "utter_telegram_erased"
NOT_ERASED = "utter_telegram_not_erased"
HIDDEN = "utter_telegram_hidden"
HIDDEN_PARTLY = "utter_telegram_hidden_partly"
NOTHING_KEPT = "utter_telegram_nothing_kept"
OLD_BUTTON = "utter_telegram_old_button"
GROUP = "utter_telegram_group"
SLOW_DOWN = "utter_telegram_slow_down"
TOO_LONG = "utter_message_too_long"
PHOTO = "utter_telegram_photo"
VIDEO = "utter_telegram_video"
VOICE = "utter_telegram_voice"
STICKER = "utter_telegram_sticker"
FILE = "utter_telegram_file"
CONTACT = "utter_telegram_contact"
LOCATION = "utter_telegram_location"
OTHER = "utter_telegram_other"
ALL = (
    PRIVACY, PROFILE, HELP, GET_HELP, CONTACTS, ERASE_QUESTION, ERASED, NOT_ERASED, HIDDEN, HIDDEN_PARTLY,
    NOTHING_KEPT, OLD_BUTTON, GROUP, SLOW_DOWN, TOO_LONG, PHOTO, VIDEO, VOICE, STICKER, FILE, CONTACT, LOCATION, OTHER,
)  # fmt: skip

ERASE = f"{OWN_CHOICE}erase"
KEEP = f"{OWN_CHOICE}keep"


@dataclass(frozen=True)
class Profile:
    """What the bot's page and menu in Telegram say."""

    description: str
    short_description: str
    commands: Mapping[str, str]
    get_help: str  # the button that stays
    ask_human: str  # what /human is as a message


class Sentences:
    """Drafts of the words that are Telegram's own.

    They are the system's and not the bot's: they are said while staff have the
    conversation too.
    """

    def __init__(self, words: Words, replies: Replies, now: Callable[[], datetime]) -> None:
        words.require(ALL)
        self._words = words
        self._replies = replies
        self._now = now

    def say(self, name: str) -> list[Draft]:
        """The message of this name, its contacts filled in."""
        return [replace(draft, author=Author.SYSTEM) for draft in self._replies.own(name, {}, self._now()).drafts]

    def text(self, name: str) -> str:
        """The words alone, for where no row can be."""
        return self._words.say(name, {}).text

    def stand_in(self, name: str) -> str:
        """What the transcript has in place of something that was not kept."""
        return str(self._words.say(name, {}).custom["stands_for"])

    def erase_question(self) -> list[Draft]:
        """Whether really everything is to be erased."""
        labels = self._custom(ERASE_QUESTION)
        choices = [{"label": labels["erase"], "payload": ERASE}, {"label": labels["keep"], "payload": KEEP}]
        return [replace(draft, choices=choices) for draft in self.say(ERASE_QUESTION)]

    def label(self, payload: str) -> str:
        """What the button for an own choice says."""
        return str(self._custom(ERASE_QUESTION)[payload.removeprefix(OWN_CHOICE)])

    def profile(self) -> Profile:
        """The bot's page and menu."""
        custom = self._custom(PROFILE)
        return Profile(
            description=self.text(PROFILE),
            short_description=custom["short"],
            commands=custom["commands"],
            get_help=custom["get_help"],
            ask_human=custom["ask_human"],
        )

    def _custom(self, name: str) -> Mapping[str, Any]:
        return self._words.say(name, {}).custom


def first_choice_of(drafts: Sequence[Draft], intent: str) -> tuple[int, int] | None:
    """Find the choice that stands for an intent: which draft, and which of its choices."""
    for position, draft in enumerate(drafts):
        for index, choice in enumerate(draft.choices):
            if choice["payload"] == f"/{intent}":
                return position, index
    return None
