"""What a person says in passing is taken from any message, kept, and can be corrected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harbour import BrainDoor

NOBODY_SAID = {"situation", "repeated", "topic", "answer"}


def facts(answer: dict[str, Any]) -> dict[str, Any]:
    """The slots that hold what the person said, and no more."""
    return {name: value for name, value in answer["snapshot"]["slots"].items() if name not in NOBODY_SAID}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "im 15 paid him 200 on western union now he wants more",
            {"age_band": "under_18", "amount": "200", "payment_method": "western_union", "demand": "money"},
        ),
        ("she wants another £500 by tonight or she posts the video", {"demand": "money", "amount": "£500"}),
        ("he wants 300 quid or he posts my pics", {"demand": "money", "amount": "300 quid"}),
        ("they asked for 1k in bitcoin", {"demand": "money", "amount": "1k", "payment_method": "crypto"}),
        ("i paid him 50 quid by paypal", {"amount": "50 quid", "payment_method": "paypal"}),
        ("I paid £1,200 by bank transfer", {"amount": "£1,200", "payment_method": "bank_transfer"}),
        ("i sent them $50 in steam cards", {"amount": "$50", "payment_method": "gift_card"}),
        ("he keeps saying go on cam again", {"demand": "live_act"}),
        ("they want more pics of me", {"demand": "images"}),
        ("my ex boyfriend says he will post my nudes", {"relation": "ex"}),
        ("a girl i met on tinder has my video", {"relation": "stranger", "platform": "dating"}),
        ("my boss keeps threatening to show everyone my photos", {"relation": "known"}),
        ("my wife will find out about the video he has", {}),
        ("its a guy from my work he has my pics", {"relation": "known"}),
        ("some random stranger on insta has my nudes", {"relation": "stranger", "platform": "instagram"}),
        ("I'm 34 and live in Glasgow, someone is blackmailing me", {"age_band": "adult", "nation": "scotland"}),
        ("I live in India and he threatens to post my photos", {"nation": "elsewhere"}),
    ],
)
def test_it_is_kept(door: BrainDoor, text: str, said: dict[str, Any]) -> None:
    assert facts(door.turn(text)) == said


def test_how_old_they_were_in_the_image_is_kept(door: BrainDoor) -> None:
    assert facts(door.turn("he has a video of me, I was 16 in the video"))["adult_in_image"] is False


@pytest.mark.parametrize(
    "text",
    [
        "paid 3 times already what do i do",
        "I paid 10 minutes ago can i get it back",
        "if i pay 500 will he stop",
        "he told me he was 17 and now his dad wants to call the police",
        "my son is 15 and someone has his photos",
        "i'm 20 minutes from home and shaking",
    ],
)
def test_a_number_that_is_no_sum_and_no_age_of_theirs_is_not_taken_for_one(door: BrainDoor, text: str) -> None:
    assert not {"amount", "age_band"} & set(facts(door.turn(text)))


def test_it_is_remembered_and_can_be_corrected(door: BrainDoor) -> None:
    first = door.turn("im 15 and he wants £200")
    second = door.turn("what should i save", snapshot=first["snapshot"])
    third = door.turn("no i'm 19 and it was £300 he wants", snapshot=second["snapshot"])
    assert facts(second) == facts(first) == {"age_band": "under_18", "demand": "money", "amount": "£200"}
    assert facts(third) == {"age_band": "adult", "demand": "money", "amount": "£300"}
