"""Everything Harbour can say on one page, for a safeguarding lead to read and sign off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.contacts import Contact, Directory
from bot.readability import reading_age

TEMPLATE = "review.html"


@dataclass(frozen=True)
class Variation:
    """One wording of a response, and when it is used."""

    when: str
    text: str
    choices: Sequence[tuple[str, str]]  # label, where it leads
    contacts: Sequence[Contact]
    asks_for_person: str
    age: float


@dataclass(frozen=True)
class Step:
    """A response within a flow."""

    name: str
    variations: Sequence[Variation]


@dataclass(frozen=True)
class Flow:
    """A rule or story: what sets it off, and what is said, in order."""

    topic: str
    name: str
    starts: str
    steps: Sequence[Step]


class Review:
    """Reads the domain, the stories and the contacts."""

    def __init__(self, root: Path) -> None:
        domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
        self._responses: Mapping[str, list[dict[str, Any]]] = domain["responses"]
        self._forms: Mapping[str, Any] = domain.get("forms") or {}
        self._stories = sorted((root / "data" / "stories").glob("*.yml"))
        self.directory = Directory.load(root / "data" / "contacts.yml")

    def flows(self) -> list[Flow]:
        """Every rule and story, one after the other."""
        found = []
        for path in self._stories:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            for told in [*content.get("rules", ()), *content.get("stories", ())]:
                name = told.get("rule") or told.get("story")
                found.append(Flow(path.stem, name, _starts(told["steps"]), self._steps(told["steps"])))
        return found

    def unreached(self, flows: Sequence[Flow]) -> list[Step]:
        """Responses that no flow names."""
        reached = {step.name for flow in flows for step in flow.steps}
        return [self._step(name) for name in self._responses if name not in reached]

    def ages(self) -> list[float]:
        """The reading age of each wording."""
        return [reading_age(v["text"]) for variations in self._responses.values() for v in variations if v.get("text")]

    def _steps(self, steps: Sequence[Mapping[str, Any]]) -> list[Step]:
        names: list[str] = []
        for step in steps:
            action = step.get("action", "")
            if action in self._responses:
                names.append(action)
            elif action in self._forms:
                names += [f"utter_ask_{action}_{slot}" for slot in self._forms[action]["required_slots"]]
        return [self._step(name) for name in dict.fromkeys(names)]

    def _step(self, name: str) -> Step:
        return Step(name, [self._variation(raw) for raw in self._responses[name]])

    def _variation(self, raw: Mapping[str, Any]) -> Variation:
        custom = raw.get("custom") or {}
        by_id = {contact.id: contact for contact in self.directory.contacts}
        conditions = [f"{c['name']} is {c['value']}" for c in raw.get("condition") or ()]
        return Variation(
            when=" and ".join(conditions) or "otherwise",
            text=raw.get("text") or "",
            choices=[(button["title"], button["payload"]) for button in raw.get("buttons") or ()],
            contacts=[by_id[contact_id] for contact_id in self.directory.needs.get(custom.get("contacts", ""), ())],
            asks_for_person=custom.get("handoff", ""),
            age=reading_age(raw.get("text") or ""),
        )


def _starts(steps: Sequence[Mapping[str, Any]]) -> str:
    """What sets a flow off: its first intent, with what was said beside it."""
    for step in steps:
        if "intent" in step:
            said = ", ".join(
                f"{k}: {v}" for e in step.get("entities") or () if isinstance(e, dict) for k, v in e.items()
            )
            return f"{step['intent']} ({said})" if said else str(step["intent"])
    return "a question that was asked before"


def render(root: Path, target: Path) -> None:
    """Write the page."""
    review = Review(root)
    flows = review.flows()
    ages = review.ages()
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    ).get_template(TEMPLATE)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        page.render(
            flows=flows,
            unreached=review.unreached(flows),
            contacts=review.directory.contacts,
            median_age=median(ages),
            oldest_age=max(ages),
            wordings=len(ages),
            made_on=datetime.now(UTC).date(),
        ),
        encoding="utf-8",
    )
