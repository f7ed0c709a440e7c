"""The sentences of domain.yml, and that those the bot says itself are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.contacts import Directory
from bot.crisis import Level
from bot.settings import ROOT
from bot.words import Button, MissingWords, Response, Words

DOMAIN = ROOT / "domain.yml"
RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))["responses"]
REAL = Words(RESPONSES)
DIRECTORY = Directory.load(ROOT / "data" / "contacts.yml")
VARIATIONS = [(name, n, v) for name, variations in RESPONSES.items() for n, v in enumerate(variations)]
SAID_BY_THE_BOT = (
    "utter_opening",
    "utter_holding",
    "utter_still_holding",
    "utter_could_not_answer",
    "utter_crisis",
    "utter_crisis_question",
    "utter_handoff_nobody_on_duty",
)


def when(text: str, **slots: Any) -> dict[str, Any]:
    return {"text": text, "condition": [{"type": "slot", "name": n, "value": v} for n, v in slots.items()]}


# --- Response.of


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, Response("utter_x", "")),
        ({"text": "hello"}, Response("utter_x", "hello")),
        ({"text": None, "buttons": None, "custom": None}, Response("utter_x", "")),
        ({"custom": {"contacts": "help"}}, Response("utter_x", "", custom={"contacts": "help"})),
        (
            {"text": "a", "buttons": [{"title": "Yes", "payload": "/affirm"}]},
            Response("utter_x", "a", (Button("Yes", "/affirm"),)),
        ),
    ],
)
def test_reading_a_response(raw: dict[str, Any], expected: Response) -> None:
    assert Response.of("utter_x", raw) == expected


# --- Words.say


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ({}, "nobody knows"),
        ({"age": "13"}, "age"),
        ({"age": "13", "nation": "wales"}, "both"),
        ({"age": "14"}, "else"),
        ({"age": 13}, "else"),
        ({"age": None, "nation": "wales"}, "nobody knows"),
        ({"age": "14", "nation": "wales"}, "else"),
    ],
)
def test_the_variation_that_fits(slots: dict[str, Any], said: str) -> None:
    words = Words(
        {
            "utter_x": [
                {"text": "else"},
                when("nobody knows", age=None),
                when("both", age="13", nation="wales"),
                when("age", age="13"),
            ]
        }
    )
    assert words.say("utter_x", slots).text == said


@pytest.mark.parametrize("conditional_first", [True, False])
def test_a_condition_goes_before_none_wherever_it_stands(conditional_first: bool) -> None:
    variations = [when("fits", level="active"), {"text": "else"}]
    words = Words({"utter_x": variations if conditional_first else variations[::-1]})
    assert words.say("utter_x", {"level": "active"}).text == "fits"
    assert words.say("utter_x", {"level": "other"}).text == "else"


def test_an_unknown_response() -> None:
    with pytest.raises(KeyError, match="utter_y"):
        Words({"utter_x": [{"text": "a"}]}).say("utter_y", {})


def test_loading_a_file(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text('responses:\n  utter_x:\n  - text: "It’s not your fault"\n', encoding="utf-8")
    assert Words.load(path).say("utter_x", {}) == Response("utter_x", "It’s not your fault")


@pytest.mark.parametrize(
    ("names", "missing"), [(["utter_x"], ""), (["utter_x", "utter_z", "utter_y"], "utter_y, utter_z")]
)
def test_what_is_missing_is_named_at_the_start(names: list[str], missing: str) -> None:
    words = Words({"utter_x": [{"text": "a"}]})
    if not missing:
        words.require(names)
        return
    with pytest.raises(MissingWords, match=f"named {missing}$"):
        words.require(names)


def test_only_words_for_others_are_as_good_as_none() -> None:
    """A response whose every variation has a condition has nothing for somebody."""
    with pytest.raises(MissingWords, match="utter_x"):
        Words({"utter_x": [when("only for children", age="13")]}).require(["utter_x"])


# --- the real words


@pytest.mark.parametrize("name", SAID_BY_THE_BOT)
@pytest.mark.parametrize("slots", [{}, {"age_band": "under_18"}, {"age_band": "adult", "adult_in_image": True}])
def test_what_the_bot_says_itself_is_there(name: str, slots: dict[str, Any]) -> None:
    response = REAL.say(name, slots)
    assert response.text
    assert "{" not in response.text, "the bot fills nothing in: only Rasa does"


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.NONE])
def test_every_level_has_its_words(level: Level) -> None:
    said = REAL.say("utter_crisis", {"crisis_level": level.value})
    assert said.text
    assert bool(said.custom.get("handoff")) is level.hands_over
    assert REAL.say("utter_crisis_question", {"crisis_about": level.value}).text


@pytest.mark.parametrize(
    ("doubt", "word"), [(Level.CHECK_IN, "suicide"), (Level.DANGER, "danger"), (Level.THIRD_PARTY, "someone")]
)
def test_a_check_in_asks_about_what_is_in_doubt(doubt: Level, word: str) -> None:
    slots = {"crisis_level": "check_in", "crisis_about": doubt.value}
    asked = REAL.say("utter_crisis_question", slots)
    assert word in asked.text.lower()
    again = REAL.say("utter_crisis_again", slots)
    assert again.text.endswith("?")
    assert again.buttons == asked.buttons
    assert "handoff" not in again.custom, "asked, not handed over"
    assert (
        len({REAL.say(name, slots).text for name in ("utter_crisis_yes", "utter_crisis_no", "utter_crisis_unsure")})
        == 3
    )
    assert REAL.say("utter_crisis_yes", slots).custom["handoff"] == "crisis"


@pytest.mark.parametrize("level", [Level.IMMINENT, Level.DANGER, Level.ACTIVE, Level.THIRD_PARTY, Level.PASSIVE])
def test_every_level_shows_whom_to_turn_to(level: Level) -> None:
    slots = {"crisis_level": level.value, "crisis_about": level.value}
    said = [REAL.say(name, slots) for name in ("utter_crisis", "utter_crisis_question")]
    assert any(response.custom.get("contacts") for response in said)


def test_the_holding_words_show_whom_to_turn_to() -> None:
    assert REAL.say("utter_holding", {}).custom.get("contacts")


@pytest.mark.parametrize("name", RESPONSES)
def test_every_response_has_a_variation_for_everyone_else(name: str) -> None:
    assert [v for v in RESPONSES[name] if not v.get("condition")]


# Labels, commands, and what a picture or a voice note is written down as.
OF_TELEGRAM = {"ask_human", "commands", "erase", "get_help", "keep", "short", "stands_for"}


@pytest.mark.parametrize(("name", "_", "raw"), VARIATIONS, ids=lambda value: str(value)[:40])
def test_every_variation_can_be_shown(name: str, _: int, raw: dict[str, Any]) -> None:
    response = Response.of(name, raw)
    assert response.text.strip()
    assert response.custom.get("contacts") is None or response.custom["contacts"] in DIRECTORY.needs
    assert response.custom.get("handoff") in (None, "asked", "crisis", "misunderstood")
    assert all(button.label and button.payload.startswith("/") for button in response.buttons)
    assert set(response.custom) <= {"contacts", "handoff"} | (
        OF_TELEGRAM if name.startswith("utter_telegram_") else set()
    )
