"""Whole conversations through the public API against the real brain.

Each ``*.yml`` beside this file holds conversations: what a person says or presses, what
must have been said by the end, and what must not. ``said.yml`` holds, for each label,
the expressions that count as having said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import ROOT
from tests.harbour import Harbour, Person

HERE = Path(__file__).parent
SAID: dict[str, list[str]] = yaml.safe_load((HERE / "said.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))[
    "responses"
]

# The detector is set for recall first, and docs/crisis.md gives the share of needless finds. A conversation
# marked `needless_crisis_words` has one, and is excused from there on: what fails before that, or without it, fails.
CRISIS_WORDS = {variation["text"] for name in ("utter_crisis", "utter_crisis_again") for variation in RESPONSES[name]}


def conversations() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yml")):
        if path.name != "said.yml":
            for number, conversation in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), start=1):
                yield pytest.param(conversation, id=f"{path.stem}-{number}-{conversation['name']}")


def shown(messages: list[dict[str, Any]]) -> str:
    """All that a person sees of the bot's messages, contacts and links included."""
    lines = []
    for message in messages:
        lines.append(message["text"])
        for contact in message["contacts"]:
            lines.append(f"{contact['name']} {contact['note']}")
            lines += [f"{action['label']} {action['href']}" for action in contact["actions"]]
    return "\n".join(lines)


def says(label: str, text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in SAID[label])


@pytest.mark.parametrize("conversation", list(conversations()))
def test_conversation(harbour: Harbour, conversation: dict[str, Any]) -> None:
    person = Person(harbour.url)
    said: list[dict[str, Any]] = []
    for step in conversation["steps"]:
        answer = person.choose(step["choose"]) if "choose" in step else person.say(step["say"])
        said += answer
        texts = [message["text"] for message in answer]
        assert any(texts), f"no words in answer to {step}"
        if conversation.get("needless_crisis_words") and CRISIS_WORDS & set(texts):
            pytest.xfail(f"needless crisis words after {step}: docs/crisis.md")
        for name in step.get("expect", []):
            variations = {variation["text"] for variation in RESPONSES[name]}
            assert variations & set(texts), f"after {step}: {name} was not said, but {texts}"
        if "handoff" in step:
            asked = person.read()["state"] == "waiting"
            assert asked is step["handoff"], f"after {step}: {'a person' if asked else 'nobody'} was asked for: {texts}"
    words = shown(person.read()["messages"])
    for label in conversation.get("must", []):
        assert says(label, words), f"never said: {label}\n{words}"
    for label in conversation.get("never", []):
        assert not says(label, shown(said)), f"said what must never be said: {label}\n{words}"
