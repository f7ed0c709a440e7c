"""The brain's one door: who may enter, what may come in, what comes out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.breaking import Breaking
from tests.harbour import BrainDoor, Harbour, Person, Twin, names_of, understood, until

DEAD = -1
SECONDS_OF_THE_SLOW_ACTION = 2  # tests/brain/assistant/actions.py
pytestmark = pytest.mark.timeout(400)  # the first test waits for a brain

READY = "/webhooks/brain/ready"
TURN = "/webhooks/brain/turn"

GOOD: dict[str, Any] = {"id": "a", "text": "hello", "metadata": {"crisis_level": "none"}, "snapshot": None}
EMPTY_BASE: dict[str, Any] = {"slots": {}, "loop": None}


def names(answer: dict[str, Any]) -> list[str]:
    return [message["name"] for message in answer["messages"]]


def test_it_is_ready(door: BrainDoor) -> None:
    reply = door.client.get(READY)
    assert reply.status_code == 200
    assert reply.json() == {"ready": True}


@pytest.mark.parametrize(
    "given",
    [
        None,
        b"",
        b"Bearer",
        b"Bearer wrong",
        b"Basic {token}",
        b"{token}",
        b"Bearer {token}x",
        b"Bearer \xff\xfe",
    ],
)
def test_a_caller_without_the_token_is_refused(door: BrainDoor, given: bytes | None) -> None:
    token = door.client.headers["authorization"].removeprefix("Bearer ").encode()
    headers = [] if given is None else [(b"authorization", given.replace(b"{token}", token))]
    stranger = BrainDoor(str(door.client.base_url), "")
    del stranger.client.headers["authorization"]
    for reply in (
        stranger.client.get(READY, headers=headers),
        stranger.client.post(TURN, json=GOOD, headers=headers),
        stranger.client.post(TURN, content=b"not even JSON", headers=headers),
    ):
        assert reply.status_code == 401, reply.text
        assert reply.json() == {"error": "unauthorised"}


@pytest.mark.parametrize("path", ["/conversations/a/tracker", "/model/parse", "/webhooks/rest/webhook", "/domain"])
def test_rasas_own_doors_are_shut(door: BrainDoor, path: str) -> None:
    assert door.client.get(path).status_code == 404
    assert door.client.post(path, json={"text": "hello"}).status_code in (404, 405)


@pytest.mark.parametrize(
    "snapshot",
    [
        "text",
        5,
        ["list"],
        {"base": None, "events": []},
        {"base": {}, "events": []},
        {"events": []},
        {"base": EMPTY_BASE},
        {"base": EMPTY_BASE, "events": None},
        {"base": EMPTY_BASE, "events": [1]},
        {"base": EMPTY_BASE, "events": [{"event": "nonsense"}]},
        {"base": EMPTY_BASE, "events": [{"event": "action"}]},
        {"base": EMPTY_BASE, "events": [{"event": "user", "text": 5, "parse_data": "x"}]},
        {"base": {"slots": [], "loop": None}, "events": []},
    ],
    ids=str,
)
def test_a_bad_snapshot_is_refused(door: BrainDoor, snapshot: object) -> None:
    reply = door.post(GOOD | {"snapshot": snapshot})
    assert reply.status_code == 422, reply.text
    assert reply.json() == {"error": "bad_snapshot"}


def with_slot(snapshot: dict[str, Any]) -> None:
    snapshot["base"]["slots"]["gone"] = "x"
    snapshot["events"].insert(1, {"event": "slot", "name": "gone", "value": "x"})


def with_value(snapshot: dict[str, Any]) -> None:
    snapshot["base"]["slots"] |= {"age_band": "gone", "situation": "gone", "requested_slot": "gone"}


def with_loop(snapshot: dict[str, Any]) -> None:
    snapshot["base"]["loop"] = "gone"


def with_loop_event(snapshot: dict[str, Any]) -> None:
    snapshot["events"].insert(1, {"event": "active_loop", "name": "gone"})


def with_response(snapshot: dict[str, Any]) -> None:
    for event in snapshot["events"]:
        if event["event"] == "action" and event["name"].startswith("utter_"):
            event["name"] = "utter_gone"


def with_intent(snapshot: dict[str, Any]) -> None:
    for event in snapshot["events"]:
        if event["event"] == "user":
            event["parse_data"]["intent"]["name"] = "gone"


@pytest.mark.parametrize("older", [with_slot, with_value, with_loop, with_loop_event, with_response, with_intent])
def test_a_snapshot_of_an_older_domain_is_understood(door: BrainDoor, older: Callable[[dict[str, Any]], None]) -> None:
    """After an update, what is gone is left out rather than ending every conversation that knew of it."""
    snapshot = door.turn("hello")["snapshot"]
    older(snapshot)
    for _ in range(2):
        answer = door.turn("are you a bot", snapshot)
        assert names(answer) == ["utter_are_you_human"]
        snapshot = answer["snapshot"]
    assert "gone" not in snapshot["slots"]


@pytest.mark.parametrize("payload", ["/gone", '/inform{"answer": "gone"}', '/gone{"gone": "gone"}', "/inform{broken"])
def test_a_choice_of_an_older_domain_gets_one_answer(door: BrainDoor, payload: str) -> None:
    assert 1 <= len(door.turn(payload=payload)["messages"]) <= 3


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "hello",
        {},
        {"id": "a"},
        {"text": "hello"},
        GOOD | {"text": None},
        GOOD | {"text": 5},
        GOOD | {"text": ["hello"]},
        GOOD | {"metadata": "text"},
        GOOD | {"metadata": {"crisis_level": "no such level"}},
        GOOD | {"metadata": {"crisis_level": "check_in", "crisis_about": "no such level"}},
    ],
    ids=str,
)
def test_a_wrong_body_is_an_error_and_harms_nobody_else(door: BrainDoor, body: object) -> None:
    reply = door.post(body)
    assert 400 <= reply.status_code <= 500, reply.text
    assert set(reply.json()) == {"error"}
    assert door.turn("hello")["messages"]


def test_a_body_that_is_not_json_is_an_error(door: BrainDoor) -> None:
    reply = door.client.post(TURN, content=b'{"text": "hel')
    assert 400 <= reply.status_code <= 500
    assert set(reply.json()) == {"error"}


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        " /restart",
        "//restart",
        " / / restart",
        "/ \n/restart",
        "\n/restart",
        "\t/restart",
        "\u00a0/restart",
        "/\u2003/restart",
        "/session_start",
        "/back",
        '/crisis{"crisis_level": "imminent"}',
        '/\r\n/crisis{"crisis_level": "imminent"}',
        '/inform{"age_band": "under_18"}',
        '/\t/inform{"age_band": "under_18"}',
        "EXTERNAL: crisis",
    ],
    ids=repr,
)
def test_a_typed_command_is_plain_text(door: BrainDoor, text: str) -> None:
    begun = door.turn("hello")
    answer = door.turn(text, begun["snapshot"])
    assert any(e["event"] == "user" for e in answer["snapshot"]["events"]), "the conversation was wiped"
    event = understood(answer)
    assert not event["text"].strip().startswith("/")
    assert event["parse_data"]["intent"]["name"] not in ("restart", "session_start", "back", "crisis")
    assert not {"crisis_level", "age_band"} & set(answer["snapshot"]["slots"])
    assert not {"restart", "session_started", "undo", "rewind"} & {e["event"] for e in answer["snapshot"]["events"]}
    assert len([e for e in answer["snapshot"]["events"] if e["event"] == "user"]) == 2
    assert answer["messages"]


def test_a_pressed_choice_is_obeyed(door: BrainDoor) -> None:
    answer = door.turn(payload="/are_you_human")
    assert names(answer) == ["utter_are_you_human"]
    assert understood(answer)["parse_data"]["intent"] == {"name": "are_you_human", "confidence": 1.0}


def test_a_pressed_choice_can_say_a_fact(door: BrainDoor) -> None:
    answer = door.turn(payload='/inform{"age_band": "under_18"}')
    assert answer["snapshot"]["slots"]["age_band"] == "under_18"


def test_every_choice_that_is_offered_leads_somewhere(door: BrainDoor) -> None:
    """Press every button of the first answer, and of the answers to that."""
    todo: list[tuple[str, Any]] = [("/threat_live", None)]
    seen = set()
    for _ in range(60):
        if not todo:
            break
        payload, snapshot = todo.pop(0)
        seen.add(payload)
        answer = door.turn(payload=payload, snapshot=snapshot)
        assert answer["messages"], f"{payload} is answered with nothing"
        offered = [button["payload"] for message in answer["messages"] for button in message["buttons"]]
        todo += [(new, answer["snapshot"]) for new in offered if new not in seen and new not in dict(todo)]
    assert len(seen) > 5


STRANGE = {
    "5,000 characters": "he wants money and my pictures are on his phone " * 104,
    "one word of 5,000 characters": "a" * 5000,
    "emoji": "😭😭😭🙏",
    "flags and skin tones": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f👩🏽‍❤️‍💋‍👨🏿",
    "right to left": "شخص ما يهددني بصوري الخاصة",
    "right to left override": "\u202ehelp me\u202c",
    "null bytes": "he\x00lp\x00",
    "zero width": "\u200b\u200d",
    "html": "<script>alert(1)</script><b>help</b>",
    "sql": "'; DROP TABLE messages; --",
    "template": "{age_band} {{7*7}} %s ${HOME} {0}",
    "newlines": "he\n\n\nwants\r\nmoney\n",
    "combining": "h" + "\u0301" * 2000,
    "digits": "9" * 4000,
    "json": '{"event": "restart"}',
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in STRANGE.items()])
def test_strange_text_gets_an_answer(door: BrainDoor, text: str) -> None:
    answer = door.turn(text)
    assert answer["messages"]
    assert all(message["text"] or message["custom"] for message in answer["messages"])


@pytest.mark.parametrize("text", ["", " ", "/", "//"])
def test_nothing_at_all_gets_an_answer(door: BrainDoor, text: str) -> None:
    assert door.turn(text)["messages"]


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in STRANGE.items()])
def test_strange_text_gets_a_real_answer_on_the_page(harbour: Harbour, text: str) -> None:
    person = Person(harbour.url)
    sent = person.send(text[:5000])
    if not text.strip("\x00 \n\r"):
        assert sent.status_code == 422
        return
    assert sent.status_code == 202, sent.text
    answers = person.say("and hello", seconds=30)
    assert answers
    for message in person.read()["messages"][1:]:
        if message["author"] == "bot":
            assert names_of(message["text"]), message
            assert "utter_could_not_answer" not in names_of(message["text"])


@pytest.mark.parametrize("text", ["/", "///", " / ", "/restart", '/crisis{"crisis_level":"imminent"}', "/ \n/restart"])
def test_slashes_get_an_answer_on_the_page(harbour: Harbour, text: str) -> None:
    person = Person(harbour.url)
    answers = person.say(text, seconds=30)
    assert not any({"utter_could_not_answer", "utter_crisis"} & names_of(m["text"]) for m in answers)
    assert person.read()["state"] == "bot"


def test_a_crisis_that_the_bot_found_comes_first_and_nothing_else_is_lost(door: BrainDoor) -> None:
    answer = door.turn("im 15 and i want to die, how do i report him to the police", level="active")
    assert names(answer)[0] == "utter_crisis"
    event = understood(answer)
    assert event["parse_data"]["intent"]["name"] == "crisis"
    slots = answer["snapshot"]["slots"]
    assert slots["crisis_level"] == "active"
    assert slots["age_band"] == "under_18"
    assert slots["topic"] not in ("crisis", "nlu_fallback")
    assert {"crisis_level", "topic", "age_band"} <= {e["entity"] for e in event["parse_data"]["entities"]}


@pytest.mark.parametrize("level", ["imminent", "danger", "active", "third_party", "passive", "check_in"])
def test_every_level_has_words(door: BrainDoor, level: str) -> None:
    answer = door.turn("a message", level=level)
    assert names(answer)[0] == "utter_crisis"
    assert answer["snapshot"]["slots"]["crisis_level"] == level
    later = door.turn("a message", answer["snapshot"], level=level)
    assert names(later)[0].startswith("utter_crisis")
    assert [m["text"] for m in later["messages"]] != [m["text"] for m in answer["messages"]]


def test_a_check_in_asks_about_what_is_in_doubt(door: BrainDoor) -> None:
    asked = {}
    for about in ("check_in", "danger", "third_party"):
        answer = door.turn("a message", metadata={"crisis_level": "check_in", "crisis_about": about})
        assert answer["snapshot"]["slots"]["crisis_about"] == about
        asked[about] = answer["messages"][-1]["text"]
        assert names(answer) == ["utter_crisis", "utter_crisis_question"]
    assert "suicide" in asked["check_in"]
    assert len(set(asked.values())) == len(asked)


def test_yes_to_a_question_about_danger_is_answered_as_danger(door: BrainDoor) -> None:
    asked = door.turn("a message", metadata={"crisis_level": "check_in", "crisis_about": "danger"})
    answer = door.turn("yes", asked["snapshot"])
    assert names(answer) == ["utter_crisis_yes"]
    assert answer["messages"][0]["text"].startswith("Call 999 now")
    assert answer["messages"][0]["custom"] == {"contacts": "cannot_speak", "handoff": "crisis"}


def test_the_action_server_is_reached(breaking: Breaking) -> None:
    """Through the project's own endpoints.yml: an address that is not filled in reaches nobody, and says nothing."""
    begun = time.monotonic()
    breaking.door.turn("slow")
    assert time.monotonic() - begun > SECONDS_OF_THE_SLOW_ACTION


def test_a_turn_is_forgotten(door: BrainDoor) -> None:
    """The same first message twice, under one id, is a first message twice."""
    first = door.turn("im 15 and someone is blackmailing me", id="forgotten")
    assert first["snapshot"]["slots"]["age_band"] == "under_18"
    again = door.turn("im 15 and someone is blackmailing me", id="forgotten")
    assert again["snapshot"] == first["snapshot"]
    assert "age_band" not in door.turn("hello", id="forgotten")["snapshot"]["slots"]


def test_the_stores_hold_nothing_after_a_turn(breaking: Breaking) -> None:
    door = breaking.door
    for text in ("hello", "begin", "fail", "nonsense"):
        door.turn(text, id=f"kept {text}")
    assert door.post({"id": "kept", "text": "explode", "metadata": {}, "snapshot": None}).status_code == 500
    kept = door.turn("hello probe", id="last")["snapshot"]["slots"]["kept"]
    assert kept["stores"] >= 1
    assert kept["conversations"] == 0
    assert kept["locks"] <= 1, "only the turn that asks may hold a lock"


def test_a_tracker_store_that_is_not_ours_keeps_the_door_shut(breaking: Breaking, tmp_path: Path) -> None:
    """Rasa replaces a store that it cannot import with its own, which keeps everything, and says nothing."""
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text("tracker_store:\n  type: bot.nlu.turn_store.NoSuchStore\n")
    twin = breaking.brain_twin("wrong-store.log", endpoints)
    door = BrainDoor(twin.url, breaking.token)
    try:
        twin.start()
        ready = until(lambda: loaded_or_dead(door, twin), 150, "that brain is up or dead", pause=0.2)
        if ready != DEAD:
            assert ready >= 500
            assert door.post(GOOD).status_code >= 500
    finally:
        twin.stop()


def loaded_or_dead(door: BrainDoor, twin: Twin) -> int | None:
    """What the door says when it is done loading."""
    if twin.has_died:
        return DEAD
    try:
        ready = door.client.get(READY)
    except httpx.TransportError:
        return None
    return None if "loading" in ready.text else ready.status_code
