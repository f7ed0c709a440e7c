"""How long a message takes from a person to the console and back, with 50 conversations and 10 staff.

``python -m tests.console.bench [SECONDS]``: in each conversation both write about every so many seconds. At 12,
the default, each of the staff answers somewhere every 2.4 seconds: more than anyone can type.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.console.accounts import digest
from bot.desk_store import DeskStore
from bot.settings import Settings
from bot.upkeep import opened
from tests.bot_alone import BotAlone

STAFF, PER_STAFF, MESSAGES_EACH = 10, 5, 5


def main() -> None:
    """Measure and print."""
    pause = float(sys.argv[1]) if len(sys.argv) > 1 else 12.0
    with tempfile.TemporaryDirectory() as folder:
        bot = BotAlone(Path(folder)).start()
        try:
            asyncio.run(begin(Settings(var_dir=Path(folder)), bot.url, pause))
        finally:
            bot.kill()


async def begin(settings: Settings, url: str, pause: float) -> None:
    """Open what the bot keeps, to put staff and claims into it."""
    async with opened(settings) as (words, keyring):
        await measure(DeskStore(words, keyring), url, pause)


async def measure(store: DeskStore, url: str, pause: float) -> None:
    """Fifty conversations, each with a line both ways every ``pause`` seconds, more or less."""
    there, back = list[float](), list[float]()
    talks = []
    for n in range(STAFF):
        now = datetime.now(UTC)
        number = await store.add_account(
            name=f"S{n}", sign_in=f"s{n}", role="supporter", password="-", created_at=now, duty_on=True, room=9,
            seen_at=now, active_at=now,
        )  # fmt: skip
        await store.add_session(digest(f"s{n}"), number, "full", now)
        talks += [asyncio.create_task(talk(url, store, f"s{n}", number, there, back, pause)) for _ in range(PER_STAFF)]
    await asyncio.gather(*talks)
    for name, times in (("person to console", there), ("console to person", back)):
        cuts = statistics.quantiles(times, n=20)
        print(f"{name}: {len(times)} messages, p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms")


async def talk(  # noqa: PLR0917 - one per part
    url: str, store: DeskStore, token: str, number: int, there: list[float], back: list[float], pause: float
) -> None:
    """One conversation, both of its streams open."""
    limits = httpx.Timeout(30)
    async with (
        httpx.AsyncClient(base_url=url, timeout=limits, trust_env=False, verify=False) as person,
        httpx.AsyncClient(base_url=url, timeout=limits, trust_env=False, verify=False) as staff,
    ):
        begun = (await person.post("/api/conversations")).json()
        person.headers["Authorization"] = f"Bearer {begun['token']}"
        staff.headers.update({"Cookie": f"harbour_staff={token}", "Sec-Fetch-Site": "same-origin"})
        conversation = await store.find(begun["token"])
        member = await store.member(number)
        assert conversation
        assert member
        now = datetime.now(UTC)
        await store.request_person(conversation.id, "asked", [], now)
        await store.claim(conversation.id, member, [], now)
        sent: dict[str, float] = {}
        readers = [
            asyncio.create_task(read(person, "/api/stream", sent, back, "s-")),
            asyncio.create_task(read(staff, f"/staff/c/{conversation.id}/events", sent, there, "p-")),
        ]
        await asyncio.sleep(2)
        for count in range(MESSAGES_EACH):
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
            for client, kind, path in (
                (person, "p", "/api/messages"),
                (staff, "s", f"/staff/c/{conversation.id}/reply"),
            ):
                word = f"{kind}-{count}-{conversation.id[:8]}."
                sent[word] = time.monotonic()
                if kind == "p":
                    await client.post(path, json={"text": word})
                else:
                    await client.post(path, data={"text": word}, headers={"HX-Request": "true"})
        await asyncio.sleep(2)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def read(client: httpx.AsyncClient, path: str, sent: dict[str, float], times: list[float], kind: str) -> None:
    """Note when each word of the other side comes."""
    async with client.stream("GET", path) as stream:
        async for line in stream.aiter_lines():
            found = [word for word in sent if word.startswith(kind) and word in line]
            times.extend(time.monotonic() - sent.pop(word) for word in found)


if __name__ == "__main__":
    main()
