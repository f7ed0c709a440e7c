"""What goes wrong between us and Telegram, and with the chats: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.telegram.chats import Chats
from bot.logs import configure
from bot.settings import Settings
from tests.telegram.brain import BrainDouble, is_said_by
from tests.telegram.conftest import called_back, eventually, running
from tests.telegram.double import TOKEN, TelegramDouble
from tests.telegram.test_conversations import ANNA, begin, said


def query(settings: Settings, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(settings.var_dir / "harbour.db", timeout=10)) as database:
        rows = database.execute(statement, values).fetchall()
        database.commit()
        return rows


async def change(settings: Settings, statement: str) -> None:
    """Write to the bot's database, without keeping the loop from ending the bot's own transaction."""
    await asyncio.to_thread(query, settings, statement)


async def test_retry_after_is_obeyed(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        api.fail("sendMessage", status=429, retry_after=2, description="Too Many Requests: retry after 2")
        api.say(ANNA, "one")
        api.say(ANNA + 1, "two")
        await eventually(lambda: "answer to one" in chat.texts, "it is answered")
        await eventually(lambda: "answer to two" in api.chat(ANNA + 1).texts, "the other one is answered")
    sends = api.made("sendMessage")
    refused = next(call for call in sends if not call.ok)
    assert min(call.at for call in sends if call.at > refused.at) - refused.at >= 1.9
    assert Counter(chat.texts)["answer to one"] == 1


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 500}, {"status": 429, "retry_after": 1}, {"status": 401}]
)
async def test_a_call_that_fails_is_made_again(api: TelegramDouble, settings: Settings, fault: dict[str, int]) -> None:
    async with running(settings):
        chat = await begin(api)
        api.fail("sendMessage", 2, **fault)
        api.fail("getUpdates", 2, **fault)
        api.say(ANNA, "one")
        api.say(ANNA, "two")
        await eventually(lambda: "answer to two" in chat.texts, "both are answered", 20)
    assert chat.texts[2:] == ["answer to one", "answer to two"]


async def test_a_time_out_is_tried_again(
    api: TelegramDouble, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.SEND_SECONDS", 0.5)
    async with running(settings):
        chat = await begin(api)
        api.fail("sendMessage", status=500, hang=1.0)
        api.say(ANNA, "one")
        await eventually(lambda: "answer to one" in chat.texts, "it is answered")
    assert Counter(chat.texts)["answer to one"] == 1


async def test_what_cannot_be_noted_at_once_is_not_sent_again(
    api: TelegramDouble, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Chats.delivered
    failures = [OperationalError("", None, sqlite3.OperationalError("database is locked")) for _ in range(2)]

    async def delivered(self: Chats, conversation_id: str, **what: Any) -> bool:
        if failures:
            raise failures.pop()
        return await noted(self, conversation_id, **what)

    async with running(settings):
        chat = await begin(api)
        monkeypatch.setattr(Chats, "delivered", delivered)
        api.say(ANNA, "one")
        await eventually(lambda: not failures, "it could not be noted twice")
        api.say(ANNA, "two")
        await eventually(lambda: "answer to two" in chat.texts, "both are answered")
    assert chat.texts[2:] == ["answer to one", "answer to two"]


async def test_what_is_sent_while_it_stops_is_not_sent_again(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        api.fail("sendMessage", hang=0.5, after=True)
        api.say(ANNA, "one")
        await eventually(lambda: "answer to one" in chat.texts, "it has arrived, and Telegram has not said so yet")
    async with running(settings):
        api.say(ANNA, "two")
        await eventually(lambda: "answer to two" in chat.texts, "the next is answered after the start")
    assert chat.texts[2:] == ["answer to one", "answer to two"]


async def test_another_poller_is_waited_for(api: TelegramDouble, settings: Settings) -> None:
    api.fail("getUpdates", 3, status=409, description="Conflict: terminated by other getUpdates request")
    async with running(settings):
        await begin(api)
    assert len([call for call in api.made("getUpdates") if not call.ok]) == 3


async def test_telegram_away_at_the_start(api: TelegramDouble, settings: Settings) -> None:
    api.fail("getMe", status=502)
    api.fail("deleteWebhook", status=502)
    async with running(settings) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/healthz")).status_code == 200
        await begin(api)


async def test_an_update_is_confirmed_only_when_it_is_committed(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        await begin(api)
        await eventually(lambda: api.confirmed, "the first is confirmed")
        with closing(
            sqlite3.connect(settings.var_dir / "harbour.db", isolation_level=None, check_same_thread=False)
        ) as database:
            await asyncio.to_thread(database.execute, "BEGIN IMMEDIATE")
            confirmed = api.confirmed
            api.say(ANNA, "he wants money")
            await asyncio.sleep(1)
            assert api.confirmed == confirmed
            database.execute("ROLLBACK")
        chat = api.chat(ANNA)
        await eventually(lambda: "answer to he wants money" in chat.texts, "it is answered")
        await eventually(lambda: api.confirmed > confirmed, "it is confirmed")


async def test_the_same_update_twice_is_once(api: TelegramDouble, brain: BrainDouble, settings: Settings) -> None:
    async with called_back(settings) as url:
        chat = await begin(api)
        update = {
            "update_id": 42,
            "message": {**next(iter(chat.messages.values())), "message_id": 77, "text": "only once"},
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(api.webhook["secret_token"])}
        async with httpx.AsyncClient(base_url=url, headers=headers) as client:
            for reply in await asyncio.gather(*(client.post("/telegram/webhook", json=update) for _ in range(5))):
                assert reply.status_code == 200
        await eventually(lambda: "answer to only once" in chat.texts, "it is answered")
    assert len(brain.asked) == 1


@pytest.mark.parametrize("secret", ["", "wrong", "é"])
async def test_the_webhook_wants_its_secret(api: TelegramDouble, settings: Settings, secret: str) -> None:
    async with called_back(settings) as url:
        await eventually(lambda: api.webhook.get("secret_token"), "the webhook is set")
        headers = {b"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
        async with httpx.AsyncClient(base_url=url) as client:
            reply = await client.post("/telegram/webhook", json={"update_id": 1}, headers=headers)
    assert reply.status_code == 403


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"update_id": 1, "message": 5}', "[" * 5000])
async def test_the_webhook_takes_no_nonsense(api: TelegramDouble, settings: Settings, body: str) -> None:
    async with called_back(settings) as url:
        await eventually(lambda: api.webhook.get("secret_token"), "the webhook is set")
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(api.webhook["secret_token"])}
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.post("/telegram/webhook", content=body, headers=headers)).status_code == 400


async def test_blocked_and_back_again(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        chat.refuses = (403, "Forbidden: bot was blocked by the user")
        api.say(ANNA, "one")
        await eventually(
            lambda: query(settings, "SELECT undeliverable FROM telegram_chats") == [("blocked",)], "it is noted"
        )
        chat.refuses = None
        api.membership(ANNA, "member")
        await eventually(lambda: "answer to one" in chat.texts, "what was left is delivered")


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        ((403, "Forbidden: user is deactivated"), "account_deleted"),
        ((400, "Bad Request: chat not found"), "gone"),
    ],
)
async def test_who_cannot_be_reached(
    api: TelegramDouble, settings: Settings, refusal: tuple[int, str], why: str
) -> None:
    async with running(settings):
        chat = await begin(api)
        chat.refuses = refusal
        api.say(ANNA, "one")
        await eventually(lambda: query(settings, "SELECT undeliverable FROM telegram_chats") == [(why,)], "it is noted")


async def test_it_leaves_groups_politely(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        api.membership(-500, "member", "supergroup")
        await eventually(lambda: -500 in api.left, "it leaves")
        assert said(api.chat(-500, "supergroup"), "utter_telegram_group")
        api.membership(-600, "administrator", "channel")
        api.say(-700, "hello", kind="group")
        await eventually(lambda: {-600, -700} <= set(api.left), "it leaves")
    assert query(settings, "SELECT count(*) FROM conversations") == [(0,)]


async def test_an_update_that_cannot_be_read_keeps_nobody_waiting(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        api.update(message={"nonsense": True})
        api.say(ANNA, "hello")
        chat = api.chat(ANNA)
        await eventually(lambda: "answer to hello" in chat.texts, "the others are heard")


async def test_bots_are_not_answered(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        other: dict[str, Any] = {"from": {"id": 9, "is_bot": True, "first_name": "A bot"}}
        api.say(ANNA, "beep", **other)
        await eventually(lambda: api.confirmed, "it is taken")
    assert query(settings, "SELECT count(*) FROM conversations") == [(0,)]


async def test_staff_are_heard_and_the_bot_is_silent(api: TelegramDouble, settings: Settings) -> None:
    from bot.store import Author, Draft
    from tests.unit.support import NOW, store_of

    async with running(settings):
        chat = await begin(api)
        await change(settings, "UPDATE conversations SET state = 'human', version = version + 1")
        api.say(ANNA, "is anybody there")
        ((conversation_id,),) = query(settings, "SELECT id FROM conversations")
        async with store_of(settings) as store:
            reply = Draft(Author.STAFF, "Yes. I'm Sam, a person.", name="Sam")
            await store.add(str(conversation_id), [reply], client_id=None, now=NOW)
        await eventually(lambda: "Sam\nYes. I'm Sam, a person." in chat.texts, "the reply of staff arrives", 12)
        assert len(chat.texts) == 3


@pytest.fixture
def logging_to_stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bot's own logging, for one test."""
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    configure("DEBUG")
    yield
    logging.captureWarnings(False)
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


async def test_nothing_at_rest_or_in_the_log_tells_who_it_is(
    api: TelegramDouble, settings: Settings, capfd: pytest.CaptureFixture[str], logging_to_stderr: None
) -> None:
    async with running(settings):
        chat = await begin(api)
        api.fail("sendMessage", 1, status=502)
        api.fail("getUpdates", 1, status=401)
        api.say(ANNA, "a very secret sentence")
        await eventually(lambda: "answer to a very secret sentence" in chat.texts, "it is answered")
    log = "".join(capfd.readouterr())
    kept = b"".join(path.read_bytes() for path in settings.var_dir.glob("*.db*"))
    assert "telegram_call_failed" in log
    for secret in (TOKEN, str(ANNA), "very secret sentence"):
        assert secret not in log
        assert secret.encode() not in kept


async def test_one_of_two_processes_polls_and_the_other_takes_over(api: TelegramDouble, settings: Settings) -> None:
    async with running(settings):
        chat = await begin(api)
        async with running(settings):
            await asyncio.sleep(2.5)
            api.say(ANNA, "one")
            await eventually(lambda: "answer to one" in chat.texts, "it is answered")
            assert not [c for c in api.made("getUpdates") if not c.ok]
    async with running(settings):
        api.say(ANNA, "two")
        await eventually(lambda: "answer to two" in chat.texts, "it is answered by the next")
    assert chat.texts[2:] == ["answer to one", "answer to two"]


@pytest.mark.timeout(300)
async def test_two_hundred_people_at_once(
    api: TelegramDouble, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One loop serves both ends here. What timed out is sent again: that is another test's.
    monkeypatch.setattr("bot.channels.telegram.channel.SEND_SECONDS", 120)
    people = range(1000, 1200)
    async with running(settings):
        began = time.monotonic()
        for number in range(2):
            for person in people:
                api.say(person, f"{person} says {number}")
        last = {person: f"answer to {person} says 1" for person in people}
        await eventually(
            lambda: all(last[person] in api.chat(person).texts for person in people), "everyone is answered", 270
        )
        seconds = time.monotonic() - began
    for person in people:
        answers = [text for text in api.chat(person).texts if text.startswith("answer")]
        assert answers == [f"answer to {person} says 0", f"answer to {person} says 1"]
        assert is_said_by(api.chat(person).texts[0], "utter_telegram_privacy")
    assert not [call for call in api.calls if not call.ok]
    assert api.most_in_a_second() <= 30
    print(json.dumps({"seconds": round(seconds, 1), "messages": len(api.made("sendMessage"))}))
