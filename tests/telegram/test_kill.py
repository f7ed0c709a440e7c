"""kill -9 of the real bot process between receiving and replying."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bot.settings import Settings
from tests.bot_alone import BotAlone
from tests.telegram.brain import BrainDouble
from tests.telegram.conftest import eventually
from tests.telegram.double import TOKEN, TelegramDouble
from tests.telegram.test_conversations import ANNA, begin


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", ["before the brain answers", "while the reply is sent"])
async def test_a_kill_between_receiving_and_replying(
    api: TelegramDouble, brain: BrainDouble, settings: Settings, when: str
) -> None:
    bot = BotAlone(
        settings.var_dir,
        BOT_SECRET_KEY=settings.bot_secret_key.get_secret_value(),
        BRAIN_TOKEN=settings.brain_token.get_secret_value(),
        BRAIN_URL=settings.brain_url,
        BRAIN_PATIENCE_SECONDS="10",
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_BASE_URL=settings.telegram_api_base_url,
    )
    bot.begin()
    try:
        chat = await begin(api, seconds=90)
        if when == "before the brain answers":
            brain.free.clear()
        else:
            api.fail("sendMessage", status=502, hang=30)
        api.say(ANNA, "one")
        api.say(ANNA, "two")
        await eventually(lambda: brain.asked, "the brain is asked", 20)
        if when == "while the reply is sent":
            await eventually(lambda: not api.made("sendMessage")[-1].ok, "the reply is on its way")
        bot.kill()
        brain.free.set()
        api.say(ANNA, "three")
        bot.begin()
        await eventually(lambda: "answer to three" in chat.texts, "all is answered after the kill", 90)
        await asyncio.sleep(1)
    finally:
        bot.kill()
    assert chat.texts[2:] == ["answer to one", "answer to two", "answer to three"]
    assert max(Counter(chat.texts).values()) == 1
    assert TOKEN not in bot.log()
