"""Responses into messages."""

from __future__ import annotations

from typing import Any

import pytest

from bot.crisis import ANSWERED_NO, ANSWERED_UNCLEAR, ANSWERED_YES, Finding, Level
from bot.replies import NAME, Replies, Reply
from bot.store import Author
from bot.words import Button, MissingWords, Response, Words
from tests.unit.support import DIRECTORY, NOW, REPLIES

CARD = {"name": "The line", "note": "", "actions": [{"kind": "call", "href": "tel:111", "label": "Call 111"}]}


def said(reply: Reply) -> list[str]:
    return [draft.text for draft in reply.drafts]


def test_nothing_to_say() -> None:
    assert REPLIES.of([], {}, NOW) == Reply([])


def test_every_message_is_the_bots_own_and_in_order() -> None:
    reply = REPLIES.of([Response("utter_a", "a"), Response("utter_b", "b")], {}, NOW)
    assert [(draft.author, draft.name, draft.text) for draft in reply.drafts] == [
        (Author.BOT, NAME, "a"),
        (Author.BOT, NAME, "b"),
    ]
    assert reply.handoff is None


def test_choices_keep_what_they_stand_for() -> None:
    (draft,) = REPLIES.of([Response("utter_a", "a", (Button("Yes", "/affirm"),))], {}, NOW).drafts
    assert draft.choices == [{"label": "Yes", "payload": "/affirm"}]


@pytest.mark.parametrize(
    ("slots", "cards"),
    [({}, [CARD]), ({"nation": "england"}, [CARD]), ({"nation": "scotland"}, [])],
)
def test_contacts_that_fit_the_person(slots: dict[str, Any], cards: list[dict[str, Any]]) -> None:
    (draft,) = REPLIES.of([Response("utter_a", "a", custom={"contacts": "help"})], slots, NOW).drafts
    assert draft.contacts == cards


def test_contacts_stay_under_their_own_message() -> None:
    reply = REPLIES.of([Response("utter_a", "a", custom={"contacts": "help"}), Response("utter_b", "b")], {}, NOW)
    assert [list(draft.contacts) for draft in reply.drafts] == [[CARD], []]


@pytest.mark.parametrize("need", ["not in the directory", ["help"], {"a": 1}, 7])
def test_a_need_that_nobody_knows_does_not_swallow_the_words(need: Any) -> None:
    """The model may have been trained on another version of the directory."""
    assert said(REPLIES.of([Response("utter_a", "a", custom={"contacts": need})], {}, NOW)) == ["a"]


ASKS = Response("utter_a", "a", custom={"handoff": "asked"})
CRISIS = Response("utter_c", "c", custom={"handoff": "crisis"})
PLAIN = Response("utter_b", "b")


@pytest.mark.parametrize(
    ("responses", "waiting", "texts", "handoff"),
    [
        ([ASKS, PLAIN], False, ["a", "nobody is on duty", "b"], "asked"),
        ([PLAIN, ASKS], False, ["b", "a", "nobody is on duty"], "asked"),
        ([ASKS], True, ["a", "nobody is on duty"], "asked"),
        ([CRISIS, PLAIN], False, ["c", "nobody is on duty", "b"], "crisis"),
        ([CRISIS, PLAIN], True, ["c", "b"], "crisis"),
        ([CRISIS, ASKS], False, ["c", "nobody is on duty", "a"], "crisis"),
        ([PLAIN], True, ["b"], None),
        ([], True, [], None),
    ],
)
def test_whoever_asks_for_a_person_is_told_the_truth_once(
    responses: list[Response], waiting: bool, texts: list[str], handoff: str | None
) -> None:
    reply = REPLIES.of(responses, {}, NOW, waiting=waiting)
    assert (said(reply), reply.handoff) == (texts, handoff)


def test_no_contact_is_shown_twice_in_one_turn() -> None:
    twice = [
        Response("utter_a", "a", custom={"contacts": "help"}),
        Response("utter_b", "b", custom={"contacts": "help"}),
    ]
    assert [list(draft.contacts) for draft in REPLIES.of(twice, {}, NOW).drafts] == [[CARD], []]


@pytest.mark.parametrize(
    ("level", "texts", "handoff"),
    [
        (Level.IMMINENT, ["crisis imminent", "nobody is on duty", "question"], "crisis"),
        (Level.DANGER, ["crisis", "nobody is on duty", "danger question"], "crisis"),
        (Level.ACTIVE, ["crisis", "nobody is on duty", "question"], "crisis"),
        (Level.THIRD_PARTY, ["crisis", "nobody is on duty", "question"], "crisis"),
        (Level.PASSIVE, ["crisis", "nobody is on duty", "question"], "crisis"),
        (Level.CHECK_IN, ["crisis check in", "question"], None),
    ],
)
def test_the_words_for_a_crisis(level: Level, texts: list[str], handoff: str | None) -> None:
    reply = REPLIES.crisis(Finding(level), {}, NOW, waiting=False)
    assert (said(reply), reply.handoff) == (texts, handoff)
    assert said(REPLIES.crisis(Finding(level), {}, NOW, waiting=True)) == [t for t in texts if t != "nobody is on duty"]


@pytest.mark.parametrize(
    ("reason", "before", "texts"),
    [
        ("learned", ["utter_crisis", "utter_crisis_question"], ["crisis again"]),
        ("learned", ["utter_crisis_question", "utter_holding"], ["crisis again"]),
        ("learned", ["utter_crisis_again"], ["crisis again"]),
        ("learned", ["utter_holding"], ["crisis", "question"]),
        (ANSWERED_YES, ["utter_crisis_question"], ["said yes"]),
        (ANSWERED_UNCLEAR, ["utter_crisis_question"], ["not sure"]),
        (ANSWERED_NO, ["utter_crisis_question"], ["said no", "back"]),
    ],
)
def test_the_same_words_are_not_said_again_to_someone_who_answered(
    reason: str, before: list[str], texts: list[str]
) -> None:
    assert said(REPLIES.crisis(Finding(Level.ACTIVE, reason), {}, NOW, waiting=True, said=before)) == texts


def test_the_level_found_now_counts_not_an_older_one() -> None:
    reply = REPLIES.crisis(Finding(Level.CHECK_IN), {"crisis_level": "imminent"}, NOW, waiting=False)
    assert said(reply)[0] == "crisis check in"


def test_what_is_in_doubt_is_asked_about_and_not_an_older_one() -> None:
    slots = {"crisis_about": "imminent"}
    asked = REPLIES.crisis(Finding(Level.CHECK_IN, doubt=Level.DANGER), slots, NOW, waiting=False)
    assert said(asked) == ["crisis check in", "danger question"]
    assert (
        said(REPLIES.crisis(Finding(Level.CHECK_IN), {"crisis_about": "danger"}, NOW, waiting=False))[1] == "question"
    )


def test_yes_to_a_question_of_ours_gets_no_words_for_an_older_crisis() -> None:
    reply = REPLIES.crisis(Finding(Level.ACTIVE, ANSWERED_YES), {"crisis_about": "danger"}, NOW, waiting=True)
    assert said(reply) == ["said yes"]


def test_yes_gets_the_words_for_what_was_asked_about() -> None:
    reply = REPLIES.crisis(Finding(Level.DANGER, ANSWERED_YES, Level.DANGER), {}, NOW, waiting=True)
    assert said(reply) == ["said yes to danger"]


def test_the_bots_own_words() -> None:
    reply = REPLIES.own("utter_holding", {}, NOW)
    assert said(reply) == ["holding"]
    assert list(reply.drafts[0].contacts) == [CARD]


def test_words_that_are_missing_stop_the_program_at_the_start() -> None:
    with pytest.raises(MissingWords, match="utter_holding"):
        Replies(Words({"utter_opening": [{"text": "opening"}]}), DIRECTORY)
