"""The words: all reachable, easy to read, sourced, and none of what must never be said."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from bot.readability import reading_age, syllables
from bot.review import Review, render
from bot.settings import ROOT

DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
WORDINGS = [
    pytest.param(variation["text"], id=f"{name}-{number}")
    for name, variations in DOMAIN["responses"].items()
    for number, variation in enumerate(variations)
]
SAID: dict[str, list[str]] = yaml.safe_load((ROOT / "tests/conversations/said.yml").read_text(encoding="utf-8"))
NEVER = [
    "blame", "ask_for_images", "request_details_of_images", "promise_outcome", "promise_secrecy", "advise_paying",
    "claim_human", "help_offender", "insult_back", "argue", "end_chat", "pressure_police", "out_user", "give_method",
    "moralise", "tell_to_confront",
]  # fmt: skip
ADVICE_IN_THE_SEEDS = 30


@pytest.mark.parametrize("text", WORDINGS)
def test_nothing_that_must_never_be_said(text: str) -> None:
    for label in NEVER:
        for pattern in SAID[label]:
            assert not re.search(pattern, text, re.IGNORECASE), f"{label}: {pattern}"


@pytest.mark.parametrize("text", WORDINGS)
def test_short_enough_for_someone_who_is_frightened(text: str) -> None:
    assert len(text.split()) <= 48
    assert reading_age(text) <= 13


def test_the_median_reading_age() -> None:
    assert median(Review(ROOT).ages()) <= 9


def test_choices_are_few_and_short() -> None:
    for name, variations in DOMAIN["responses"].items():
        for variation in variations:
            buttons = variation.get("buttons") or []
            assert len(buttons) <= 4, name
            assert all(len(button["title"]) <= 35 for button in buttons), name


def test_every_response_is_in_a_flow() -> None:
    review = Review(ROOT)
    assert [step.name for step in review.unreached(review.flows())] == []


def test_every_choice_leads_somewhere() -> None:
    intents = {next(iter(each)) if isinstance(each, dict) else each for each in DOMAIN["intents"]}
    for name, variations in DOMAIN["responses"].items():
        for button in (b for v in variations for b in v.get("buttons") or ()):
            assert button["payload"].removeprefix("/").partition("{")[0] in intents, name


def test_every_contact_list_that_is_named_is_there_and_used() -> None:
    named = {
        v["custom"]["contacts"] for vs in DOMAIN["responses"].values() for v in vs if "contacts" in v.get("custom", {})
    }
    assert named | {"help_now"} == set(Review(ROOT).directory.needs)


def test_the_table_of_advice_names_responses_that_exist() -> None:
    table = (ROOT / "docs/content.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+\((?:both|NCA|Devon and Cornwall)\) \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) >= ADVICE_IN_THE_SEEDS
    for row in rows:
        names = re.findall(r"`(utter_\w+)`", row)
        assert names
        assert set(names) <= set(DOMAIN["responses"]), row


def test_the_page_for_review_holds_every_wording(tmp_path: Path) -> None:
    render(ROOT, tmp_path / "content.html")
    page = (tmp_path / "content.html").read_text(encoding="utf-8")
    for name in DOMAIN["responses"]:
        assert name in page
    assert "Signed off" in page


@pytest.mark.parametrize(
    ("word", "count"), [("a", 1), ("police", 2), ("Childline", 2), ("don't", 1), ("photograph", 3), ("sextortion", 3)]
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_reading_age() -> None:
    assert reading_age("") == 0
    assert reading_age("The cat sat on the mat.") == 5
    hard = "Notwithstanding jurisdictional considerations, extortionate communications necessitate documentation."
    assert reading_age(hard) > 20
