"""How a row looks in Telegram: plain text with entities, in parts that Telegram takes.

Entities mark places by UTF-16 units and nothing in the text is markup, so no character
that a person, the bot or staff write can break a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.store import Author, Message

LONGEST = 4096  # Bot API, sendMessage, in UTF-16 units
SHORT_NUMBER = 6  # apps make longer numbers in a text tappable by themselves
OWN_CHOICE = "telegram:"

_AFTER_PARAGRAPH = re.compile(r"\n\s*\n")
_AFTER_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|\n")
_AFTER_WORD = re.compile(r"\s+")


@dataclass(frozen=True)
class Entity:
    """A stretch of text, in UTF-16 units, that is bold or a link."""

    kind: str  # "bold" or "text_link"
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True)
class Button:
    """A button below a message."""

    label: str
    data: str


@dataclass(frozen=True)
class Part:
    """One Telegram message: a text, or the card of a number that can be rung."""

    text: str
    entities: Sequence[Entity] = ()
    buttons: Sequence[Button] = ()
    number_to_ring: str = ""


@dataclass
class _Block:
    """Text that stays together, while it is being put together."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str, kind: str = "", url: str | None = None) -> None:
        if kind and text:
            self.entities.append(Entity(kind, units(self.text), units(text), url))
        self.text += text

    def join(self, other: _Block) -> None:
        gap = "\n\n" if self.text else ""
        start = units(self.text + gap)
        self.entities += [Entity(e.kind, e.offset + start, e.length, e.url) for e in other.entities]
        self.text += gap + other.text


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def parts_of(message: Message, longest: int = LONGEST) -> list[Part]:
    """The Telegram messages that a row becomes. None, when there is nothing to show."""
    blocks = [_Block(piece) for piece in split(message.text, longest - 100)]
    if message.author is Author.STAFF and message.name and blocks:
        signed = _Block()
        signed.add(message.name, "bold")
        signed.add("\n")
        signed.entities += [Entity(e.kind, e.offset + units(signed.text), e.length, e.url) for e in blocks[0].entities]
        signed.text += blocks[0].text
        blocks[0] = signed
    for contact in message.contacts:
        _append(blocks, _contact(contact), longest)
    if not blocks:
        return []
    parts = [Part(block.text, block.entities) for block in blocks]
    parts[-1] = Part(parts[-1].text, parts[-1].entities, _buttons(message))
    return [*parts, *_cards(message.contacts)]


def split(text: str, longest: int) -> list[str]:
    """Cut a text where a paragraph, a sentence or a word ends, into pieces that are short enough."""
    pieces = []
    rest = text.strip()
    while units(rest) > longest:
        fitting = _fitting(rest, longest)
        end = _last_end(fitting) or len(fitting)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _fitting(text: str, longest: int) -> str:
    """As much of the beginning as fits; no character is cut in two."""
    return text.encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore")


def _last_end(text: str) -> int:
    """Where the last paragraph, else sentence, else word ends; not in the first half, if that can be."""
    for pattern in (_AFTER_PARAGRAPH, _AFTER_SENTENCE, _AFTER_WORD):
        ends = [match.end() for match in pattern.finditer(text) if match.start() > len(text) // 2]
        if ends:
            return ends[-1]
    return 0


def _append(blocks: list[_Block], block: _Block, longest: int) -> None:
    if blocks and units(blocks[-1].text) + 2 + units(block.text) <= longest:
        blocks[-1].join(block)
    else:
        blocks.append(block)


def _contact(contact: Mapping[str, Any]) -> _Block:
    block = _Block()
    block.add(contact["name"], "bold")
    if contact.get("note"):
        block.add(f"\n{contact['note']}")
    for action in contact["actions"]:
        block.add("\n")
        _add_action(block, action)
    return block


def _add_action(block: _Block, action: Mapping[str, str]) -> None:
    """A line for one thing to do. Telegram takes no tel: links; its apps find numbers and addresses in the text."""
    label, href = action["label"], action["href"]
    if action["kind"] == "web":
        block.add(label, "text_link", href)
        return
    reached = _reached(href)
    block.add(label if reached in re.sub(r"\s", "", label) else f"{label}: {reached}")


def _reached(href: str) -> str:
    return href.partition(":")[2].partition("?")[0]


def _cards(contacts: Sequence[Mapping[str, Any]]) -> list[Part]:
    """A card for the first short number: apps do not make those tappable in a text."""
    for contact in contacts:
        for action in contact["actions"]:
            number = _reached(action["href"])
            if action["kind"] == "call" and len(number) <= SHORT_NUMBER:
                return [Part(contact["name"], number_to_ring=number)]
    return []


def _buttons(message: Message) -> list[Button]:
    return [
        Button(
            choice["label"],
            choice["payload"] if choice["payload"].startswith(OWN_CHOICE) else f"{message.number}-{index}",
        )
        for index, choice in enumerate(message.choices)
    ]
