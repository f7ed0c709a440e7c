"""Someone on Telegram and someone at the console, from the crisis to the bot again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from bot.settings import Settings
from tests.bot_alone import signed_in
from tests.telegram.conftest import eventually, until_async
from tests.telegram.double import TelegramDouble
from tests.telegram.test_conversations import ANNA, begin, said
from tests.telegram.test_faults import query


@pytest.fixture
async def mo(settings: Settings, bot: str) -> AsyncIterator[httpx.AsyncClient]:
    """Someone on duty, signed in."""
    headers = await signed_in(settings, "Mo")
    async with httpx.AsyncClient(base_url=f"{bot}/staff", headers=headers, trust_env=False, timeout=15) as client:
        yield client


async def done(client: httpx.AsyncClient, path: str, **form: str) -> None:
    reply = await client.post(path, data=form)
    assert reply.status_code in (204, 303), (path, reply.status_code)


def shows(client: httpx.AsyncClient, path: str, *parts: str) -> Callable[[], Awaitable[bool]]:
    """Look at a page of the console: does it show all of these?"""

    async def look() -> bool:
        page = await client.get(path)
        return page.status_code == 200 and all(part in page.text for part in parts)

    return look


async def in_crisis(api: TelegramDouble, settings: Settings) -> str:
    """Anna asks for a person by what she writes; return the address of her conversation in the console."""
    chat = await begin(api)
    api.say(ANNA, "i want to kill myself")
    await eventually(lambda: said(chat, "utter_handoff_waiting"), "she is told that someone is there")
    ((conversation_id,),) = query(settings, "SELECT id FROM conversations")
    return f"/c/{conversation_id}"


async def test_a_crisis_is_taken_over_answered_and_given_back(
    api: TelegramDouble, settings: Settings, mo: httpx.AsyncClient
) -> None:
    there, chat = await in_crisis(api, settings), api.chat(ANNA)
    await until_async(shows(mo, "/part/queue", "Telegram", there), "it is in the queue")

    await done(mo, f"{there}/claim")
    await eventually(lambda: said(chat, "utter_person_joined"), "she is told that a person is here")
    typing = chat.typing
    await done(mo, f"{there}/typing")
    await eventually(lambda: chat.typing > typing, "she sees that Mo is writing")
    await done(mo, f"{there}/reply", text="Hello, I'm Mo. <b>Are you safe?</b>")
    await eventually(lambda: "Mo\nHello, I'm Mo. <b>Are you safe?</b>" in chat.texts, "the reply arrives as it is")
    await until_async(shows(mo, there, "Hello, I&#39;m Mo.", "✓ delivered"), "Mo sees that it has arrived")

    before = len(chat.texts)
    api.say(ANNA, "yes my sister is here")
    await until_async(shows(mo, there, "yes my sister is here"), "Mo reads it")
    assert len(chat.texts) == before, "the bot was not silent"

    await done(mo, f"{there}/seen")
    await done(mo, f"{there}/release")
    await eventually(lambda: said(chat, "utter_person_left"), "she is told that the person has left")
    api.say(ANNA, "thank you")
    await eventually(lambda: "answer to thank you" in chat.texts, "the bot answers again")
    assert len(set(chat.texts)) == len(chat.texts), "something was said twice"


async def test_staff_see_that_someone_cannot_be_reached(
    api: TelegramDouble, settings: Settings, mo: httpx.AsyncClient
) -> None:
    there, chat = await in_crisis(api, settings), api.chat(ANNA)
    await done(mo, f"{there}/claim")
    await eventually(lambda: said(chat, "utter_person_joined"), "she is told that a person is here")
    chat.refuses = (403, "Forbidden: bot was blocked by the user")
    await done(mo, f"{there}/reply", text="Hello, I'm Mo.")
    await until_async(shows(mo, there, "They blocked the bot", "not delivered yet"), "Mo sees it")
    chat.refuses = None
    api.membership(ANNA, "member")
    await eventually(lambda: "Mo\nHello, I'm Mo." in chat.texts, "it arrives when she unblocks the bot")
    await until_async(shows(mo, there, "✓ delivered"), "Mo sees that too")
