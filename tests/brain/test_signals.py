"""What a person says in passing is taken from any message, kept, and can be corrected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harbour import BrainDoor, understood

NOBODY_SAID = {"situation", "repeated", "topic", "answer"}
SIGNALS = {"paid", "shared", "demand", "relation", "amount", "age_band", "other_child", "school"}


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


def found(answer: dict[str, Any]) -> dict[str, Any]:
    """The signals in the newest message."""
    entities = understood(answer)["parse_data"]["entities"]
    return {each["entity"]: each["value"] for each in entities if each["entity"] in SIGNALS}


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("gave him 2 grand", {"paid": True, "amount": "2 grand"}),
        ("i transferred him £80 and he wants £80 more", {"paid": True, "amount": "£80", "demand": "money"}),
        ("i paid him about 200", {"paid": True, "amount": "200"}),
        ("i paid him on 3 march", {"paid": True}),
        ("i paid in 2 installments", {"paid": True}),
        ("i paid to 07700 900123", {"paid": True}),
        ("paid 3 times already what do i do", {"paid": True}),
        ("I paid 10 minutes ago can i get it back", {"paid": True}),
        ("paid him im 15", {"paid": True, "age_band": "under_18"}),
        ("im 15 i sent him 3 pics now hes threatening me", {"age_band": "under_18"}),
        ("they sent 5 screenshots of my followers", {}),
        ("he gave 24 hours", {}),
        ("he keeps asking have i paid", {}),
        ("i nearly paid him", {}),
        ("if i pay 500 will he stop", {}),
        ("they posted my nudes", {"shared": True}),
        ("has he posted it yet?", {}),
        ("i dont know if hes posted it", {}),
        ("they posted a countdown", {}),
        ("she asked for more pics", {"demand": "images"}),
        ("they want 10 pics by tonight", {"demand": "images"}),
        ("he wants me to go on cam at 9", {"demand": "live_act"}),
        ("she recorded me on cam", {}),
        ("i asked him 3 times to delete it", {}),
        ("ceop asked for 3 screenshots", {}),
        ("i want photos deleted", {}),
        ("my friend is blackmailed by a man on snap", {}),
        ("my wife threatened to leave me", {}),
        ("he's not a stranger, its my uncle", {}),
        ("im a year 9 teacher and a girl in my class is being blackmailed", {"school": True}),
        ("my son is 15 and someone has his photos", {"other_child": True}),
        ("he told me he was 17 and now his dad wants to call the police", {"other_child": True}),
        ("i met a 16f on snap", {"other_child": True}),
        ("i lied and said im 18", {}),
        ("i'm nearly 18", {"age_band": "under_18"}),
        ("i said im 15 already", {"age_band": "under_18"}),
        ("i'm 20 minutes from home and shaking", {}),
    ],
)
def test_what_is_found_and_what_only_looks_like_it(door: BrainDoor, text: str, signals: dict[str, Any]) -> None:
    assert found(door.turn(text)) == signals


def test_it_is_remembered_and_can_be_corrected(door: BrainDoor) -> None:
    first = door.turn("im 15 and he wants £200")
    second = door.turn("what should i save", snapshot=first["snapshot"])
    third = door.turn("no i'm 19 and it was £300 he wants", snapshot=second["snapshot"])
    assert facts(second) == facts(first) == {"age_band": "under_18", "demand": "money", "amount": "£200"}
    assert facts(third) == {"age_band": "adult", "demand": "money", "amount": "£300"}
