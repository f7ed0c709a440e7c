"""Erasing, hiding, and what is not text."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.settings import Settings
from tests.telegram.brain import RESPONSES, BrainDouble, is_said_by
from tests.telegram.conftest import eventually, running
from tests.telegram.double import TelegramDouble
from tests.telegram.test_conversations import ANNA, begin, said
from tests.telegram.test_faults import change, query

FILE = {"file_id": "f", "file_unique_id": "u"}
LABELS = RESPONSES["utter_telegram_erase_question"][0]["custom"]


async def test_hide_clears_the_chat_and_keeps_the_conversation(
    api: TelegramDouble, settings: Settings, bot: str
) -> None:
    chat = await begin(api)
    api.say(ANNA, "hello")
    await eventually(lambda: "answer to hello" in chat.texts, "it is answered")
    api.say(ANNA, "/hide")
    await eventually(lambda: said(chat, "utter_telegram_hidden"), "it says that it is done")
    assert len(chat.messages) == 1
    assert query(settings, "SELECT count(*) FROM conversations") == [(1,)]


async def test_hide_says_what_it_cannot_reach(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        await change(settings, "UPDATE telegram_messages SET at = datetime(at, '-3 days')")
        for message in chat.messages.values():
            message["date"] = int(time.time()) - 3 * 86400
        before = len(chat.messages)
        api.say(ANNA, "/hide")
        await eventually(lambda: said(chat, "utter_telegram_hidden_partly"), "it says what is left")
        assert len(chat.messages) == before + 1


async def test_erase_asks_first(api: TelegramDouble, settings: Settings, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "/erase")
    await eventually(lambda: said(chat, "utter_telegram_erase_question"), "it asks")
    api.press(ANNA, LABELS["keep"])
    await eventually(lambda: said(chat, "utter_telegram_not_erased"), "it is kept")
    assert query(settings, "SELECT count(*) FROM conversations") == [(1,)]


async def test_erase_erases_everything(api: TelegramDouble, settings: Settings, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "/erase")
    await eventually(lambda: said(chat, "utter_telegram_erase_question"), "it asks")
    api.press(ANNA, LABELS["erase"])
    await eventually(lambda: said(chat, "utter_telegram_erased"), "it is erased")
    assert chat.texts == [RESPONSES["utter_telegram_erased"][0]["text"]]
    for table in ("conversations", "messages", "telegram_chats", "telegram_messages"):
        assert query(settings, f"SELECT count(*) FROM {table}") == [(0,)]
    api.say(ANNA, "/erase")
    await eventually(lambda: said(chat, "utter_telegram_nothing_kept"), "there is nothing left")
    api.say(ANNA, "hello again")
    await eventually(lambda: "answer to hello again" in chat.texts, "one can begin anew")


async def test_what_is_on_its_way_while_one_erases_is_deleted(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        api.say(ANNA, "/erase")
        await eventually(lambda: said(chat, "utter_telegram_erase_question"), "it asks")
        api.fail("sendMessage", hang=1.0)
        api.say(ANNA, "one")
        await eventually(lambda: not api.faults[-1].times, "the answer is on its way")
        api.press(ANNA, LABELS["erase"])
        await eventually(lambda: said(chat, "utter_telegram_erased"), "it is erased")
        await eventually(lambda: len(api.made("deleteMessages")) == 2, "the answer is deleted")
        await eventually(lambda: len(chat.texts) == 1, "nothing else is left")
    assert chat.texts == [RESPONSES["utter_telegram_erased"][0]["text"]]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"photo": [{**FILE, "width": 1, "height": 1}]}, "utter_telegram_photo"),
        ({"video": {**FILE, "width": 1, "height": 1, "duration": 1}}, "utter_telegram_video"),
        ({"video_note": {**FILE, "length": 1, "duration": 1}}, "utter_telegram_video"),
        ({"voice": {**FILE, "duration": 1}}, "utter_telegram_voice"),
        ({"document": FILE}, "utter_telegram_file"),
        ({"contact": {"phone_number": "1", "first_name": "X"}}, "utter_telegram_contact"),
        ({"location": {"latitude": 1, "longitude": 1}}, "utter_telegram_location"),
        ({"dice": {"emoji": "🎲", "value": 1}}, "utter_telegram_sticker"),
        (
            {
                "sticker": {
                    **FILE,
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                }
            },
            "utter_telegram_sticker",
        ),
    ],
)
async def test_what_is_not_text(
    api: TelegramDouble, brain: BrainDouble, settings: Settings, content: dict[str, Any], name: str
) -> None:
    async with running(settings):
        chat = await begin(api)
        api.say(ANNA, **content)
        await eventually(lambda: said(chat, name), "it is answered kindly")
    assert not api.made("getFile")
    assert brain.asked == []


async def test_a_caption_is_read(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        api.say(ANNA, photo=[{**FILE, "width": 1, "height": 1}], caption="this is what he sent")
        await eventually(lambda: "answer to this is what he sent" in chat.texts, "the caption is answered")
    assert said(chat, "utter_telegram_photo")


async def test_an_album_is_answered_once(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        for _ in range(4):
            api.say(ANNA, photo=[{**FILE, "width": 1, "height": 1}], media_group_id="7")
        api.say(ANNA, "those are the pictures")
        await eventually(lambda: "answer to those are the pictures" in chat.texts, "it is answered")
    assert len([text for text in chat.texts if is_said_by(text, "utter_telegram_photo")]) == 1


async def test_edits_replies_and_forwards(api: TelegramDouble, brain: BrainDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        first = api.say(ANNA, "im fine")
        await eventually(lambda: "answer to im fine" in chat.texts, "it is answered")
        api.edit(ANNA, first, text="im fine")
        api.edit(ANNA, first, text="im not fine")
        await eventually(lambda: "answer to im not fine" in chat.texts, "the edit is answered")
        origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
        api.say(ANNA, "pay or else", forward_origin=origin)
        await eventually(lambda: "answer to “pay or else”" in chat.texts, "it is read as somebody else's words")
        api.say(ANNA, "this one", reply_to_message={**chat.messages[first]})
        await eventually(lambda: "answer to this one" in chat.texts, "a reply is read")
    assert len(brain.asked) == 4


async def test_too_much_at_once(api: TelegramDouble, brain: BrainDouble, settings: Settings) -> None:
    async with running(settings, messages_per_minute=3):
        chat = await begin(api)
        for number in range(6):
            api.say(ANNA, f"line {number}")
        await eventually(lambda: said(chat, "utter_telegram_slow_down"), "it says so")
        await eventually(lambda: "answer to line 1" in chat.texts, "the first are answered")
    assert len(brain.asked) == 2


async def test_a_long_message_is_read_as_far_as_it_goes(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings, message_max_chars=200):
        chat = await begin(api)
        api.say(ANNA, "a" * 300)
        await eventually(lambda: said(chat, "utter_message_too_long"), "it says so")
        await eventually(lambda: f"answer to {'a' * 200}" in chat.texts, "the beginning is answered")
