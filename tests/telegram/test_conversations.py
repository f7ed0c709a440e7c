"""Whole conversations in Telegram, by polling and by webhook, over real HTTP."""

from __future__ import annotations

import pytest

from bot.channels.telegram.look import units
from bot.settings import Settings
from tests.telegram.brain import RESPONSES, BrainDouble, is_said_by, message, spoken
from tests.telegram.conftest import eventually, running
from tests.telegram.double import ChatView, TelegramDouble

ANNA = 5_550_001
GET_HELP = RESPONSES["utter_telegram_profile"][0]["custom"]["get_help"]


def said(chat: ChatView, name: str) -> bool:
    return any(is_said_by(text, name) for text in chat.texts)


async def begin(api: TelegramDouble, chat_id: int = ANNA, text: str = "/start", seconds: float = 15) -> ChatView:
    api.say(chat_id, text)
    chat = api.chat(chat_id)
    await eventually(lambda: said(chat, "utter_opening"), "the opening is said", seconds)
    return chat


async def test_the_first_words(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api)
    assert is_said_by(chat.texts[0], "utter_telegram_privacy")
    assert is_said_by(chat.texts[1], "utter_opening")
    assert len(chat.texts) == 2
    keyboard = chat.shown[0]["reply_markup"]
    assert keyboard["keyboard"] == [[{"text": GET_HELP}]]
    assert keyboard["is_persistent"] is True
    assert [label for _, label, _ in chat.buttons()] == [b["title"] for b in RESPONSES["utter_opening"][0]["buttons"]]


async def test_a_conversation_about_blackmail(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    brain.says["/threat_live"] = [message("utter_a", "Don't pay."), message("utter_b", "Keep the messages.")]
    chat = await begin(api)
    api.press(ANNA, "Someone is threatening me")
    await eventually(lambda: "Keep the messages." in chat.texts, "the choice is answered")
    await eventually(lambda: not chat.buttons(), "the keyboard is cleared")
    await eventually(lambda: api.made("answerCallbackQuery"), "the press is acknowledged")
    api.say(ANNA, "he wants 200 by friday")
    await eventually(lambda: "answer to he wants 200 by friday" in chat.texts, "the text is answered")
    assert chat.texts[2:] == ["Don't pay.", "Keep the messages.", "answer to he wants 200 by friday"]
    assert [asked.get("payload") or asked["text"] for asked in brain.asked] == [
        "/threat_live",
        "he wants 200 by friday",
    ]


async def test_writing_before_start_is_heard(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api, text="help me")
    await eventually(lambda: "answer to help me" in chat.texts, "it is answered")


async def test_a_crisis_brings_a_person_in_and_shows_999_to_tap(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "i want to kill myself")
    await eventually(lambda: said(chat, "utter_crisis"), "the crisis words are said")
    await eventually(lambda: said(chat, "utter_handoff_nobody_on_duty"), "the truth about who is there")
    await eventually(
        lambda: any(m.get("contact", {}).get("phone_number") == "999" for m in chat.shown), "999 can be tapped"
    )


async def test_a_crisis_is_answered_when_the_brain_hangs(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    chat = await begin(api)
    brain.free.clear()
    api.say(ANNA, "i want to kill myself")
    await eventually(lambda: said(chat, "utter_crisis"), "the crisis words are said")


async def test_it_shows_that_it_types_while_the_brain_thinks(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    chat = await begin(api)
    brain.free.clear()
    api.say(ANNA, "hello")
    await eventually(lambda: chat.typing, "typing is shown")
    brain.free.set()
    await eventually(lambda: "answer to hello" in chat.texts, "it is answered")


@pytest.mark.parametrize(
    ("command", "name"),
    [("/help", "utter_telegram_help"), ("/contacts", "utter_telegram_contacts"), (GET_HELP, "utter_telegram_get_help")],
)
async def test_commands(api: TelegramDouble, brain: BrainDouble, bot: str, command: str, name: str) -> None:
    chat = await begin(api)
    api.say(ANNA, command)
    await eventually(lambda: said(chat, name), "it is answered")
    assert brain.asked == []


async def test_human(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "/human")
    await eventually(lambda: said(chat, "utter_handoff_nobody_on_duty"), "the truth is told")
    assert brain.asked[0]["payload"] == "/ask_human"


async def test_an_unknown_command_is_read_as_words(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "/restart now")
    await eventually(lambda: any("restart now" in text for text in chat.texts), "it is answered")


async def test_a_deep_link_is_a_choice(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    chat = await begin(api, text="/start threat_email_bluff")
    await eventually(lambda: "answer to /threat_email_bluff" in chat.texts, "the link's choice is answered")
    assert len(chat.texts) == 3


@pytest.mark.parametrize("argument", ["nonsense", "affirm", "'; DROP TABLE", "A" * 64])
async def test_any_other_deep_link_is_nothing(
    api: TelegramDouble, brain: BrainDouble, settings: Settings, argument: str
) -> None:
    async with running(settings):
        chat = await begin(api, text=f"/start {argument}")
        api.say(ANNA, "hi")
        await eventually(lambda: "answer to hi" in chat.texts, "it is answered")
    assert [asked["text"] for asked in brain.asked] == ["hi"]


async def test_start_again_shows_the_choices_again(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api)
    api.say(ANNA, "hi")
    await eventually(lambda: "answer to hi" in chat.texts, "it is answered")
    api.say(ANNA, "/start")
    await eventually(lambda: len([t for t in chat.texts if is_said_by(t, "utter_opening")]) == 2, "the opening again")


async def test_an_old_button_answers_kindly(api: TelegramDouble, bot: str) -> None:
    chat = await begin(api)
    number = chat.shown[1]["message_id"]
    api.press_data(ANNA, number, "999-3")
    toasts = await eventually(lambda: api.chat(0).toasts, "it is answered")
    assert is_said_by(toasts[0]["text"], "utter_telegram_old_button")
    await eventually(lambda: not chat.buttons(), "its keyboard is cleared")


async def test_pressing_twice_is_once(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    chat = await begin(api)
    message_id, _, data = chat.buttons()[0]
    api.press_data(ANNA, message_id, data)
    api.press_data(ANNA, message_id, data)
    await eventually(lambda: len(api.chat(0).toasts) == 2, "both are acknowledged")
    api.say(ANNA, "bye")
    await eventually(lambda: "answer to bye" in chat.texts, "it is answered")
    assert len(brain.asked) == 2


async def test_a_long_reply_is_cut_at_sentences(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    text = " ".join(f"This is sentence number {n} and it is here to stay 😀." for n in range(300))
    brain.says["long"] = [message("utter_long", text)]
    chat = await begin(api)
    api.say(ANNA, "long")
    await eventually(lambda: sum(len(t) for t in chat.texts[2:]) >= len(text) - 20, "all of it is there")
    pieces = chat.texts[2:]
    assert " ".join(pieces) == text
    assert all(piece.endswith(".") and units(piece) <= 4096 for piece in pieces)


async def test_no_character_breaks_a_message(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    awkward = "<b>*_[x](y)`~|{}#+-=.!\\&amp; 👨‍👩‍👧 \u202e مرحبا"
    brain.says["odd"] = [message("utter_odd", awkward, custom={"contacts": "crisis"})]
    chat = await begin(api)
    api.say(ANNA, "odd")
    await eventually(lambda: any(awkward in text for text in chat.texts), "it is said as it is")
    shown = next(m for m in chat.shown if awkward in m.get("text", ""))
    raw = shown["text"].encode("utf-16-le")
    bold = [
        raw[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le")
        for e in shown["entities"]
        if e["type"] == "bold"
    ]
    assert "Childline" in " ".join(bold)
    assert all(name in shown["text"] for name in bold)
    assert not api.made("sendMessage")[-1].data.get("parse_mode")


async def test_real_words_of_the_domain_arrive(api: TelegramDouble, brain: BrainDouble, bot: str) -> None:
    names = [name for name in RESPONSES if "{" not in str(RESPONSES[name][0].get("text"))][:25]
    brain.says["all"] = [spoken(name) for name in names]
    chat = await begin(api)
    api.say(ANNA, "all")
    last = spoken(names[-1])["text"]
    await eventually(lambda: any(text.startswith(last) for text in chat.texts[3:]), "the last is said", 30)
    assert not [call for call in api.made("sendMessage") if not call.ok]


async def test_the_bot_introduces_itself_once(api: TelegramDouble, settings: Settings) -> None:
    profile = RESPONSES["utter_telegram_profile"][0]
    for _ in range(2):
        async with running(settings):
            await eventually(lambda: api.profile["short_description"], "the page is set")
            await eventually(lambda: api.made("getMyShortDescription"), "it was looked at")
    assert api.profile["description"] == profile["text"]
    assert {c["command"] for c in api.commands} == {"start", "help", "human", "contacts", "hide", "erase"}
    assert len(api.made("setMyCommands")) == len(api.made("setMyDescription")) == 1
