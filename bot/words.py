"""The sentences of ``domain.yml``, for what the bot says without the brain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Button:
    """A choice: what it says, and what it stands for."""

    label: str
    payload: str


@dataclass(frozen=True)
class Response:
    """One thing to say, as the brain or ``domain.yml`` gives it."""

    name: str
    text: str
    buttons: tuple[Button, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, raw: Mapping[str, Any]) -> Response:
        """Read one response, in the shape that Rasa uses."""
        return cls(
            name=name,
            text=raw.get("text") or "",
            buttons=tuple(Button(b["title"], b["payload"]) for b in raw.get("buttons") or ()),
            custom=raw.get("custom") or {},
        )


class MissingWords(LookupError):
    """``domain.yml`` lacks something that the bot says itself."""


class Words:
    """Looks up responses by name."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._responses = responses

    @classmethod
    def load(cls, domain: Path) -> Words:
        """Read the responses of a domain file."""
        return cls(yaml.load(domain.read_text(encoding="utf-8"), yaml.CSafeLoader)["responses"])

    def require(self, names: Iterable[str]) -> None:
        """Raise ``MissingWords`` at start, rather than leave someone without an answer."""
        missing = sorted(name for name in set(names) if all(v.get("condition") for v in self._responses.get(name, ())))
        if missing:
            raise MissingWords(f"domain.yml has no responses (with a wording for everyone) named {', '.join(missing)}")

    def say(self, name: str, slots: Mapping[str, Any]) -> Response:
        """Return the variation whose conditions the slots meet, else the one without.

        Raises ``KeyError`` when ``domain.yml`` has no such response.
        """
        variations = self._responses[name]
        fitting = [v for v in variations if _fits(v, slots)]
        chosen = next((v for v in fitting if v.get("condition")), fitting[0])
        return Response.of(name, chosen)


def _fits(variation: Mapping[str, Any], slots: Mapping[str, Any]) -> bool:
    return all(slots.get(c["name"]) == c["value"] for c in variation.get("condition") or ())
