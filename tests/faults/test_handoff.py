"""kill -9 of the bot at random points of a scripted handoff: staff and people go on as soon as it is back.

No message is lost, doubled or out of order, and no request is forgotten. The brain is away
throughout: nothing of this needs it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest

from bot.settings import Settings
from tests.bot_alone import BotAlone, signed_in
from tests.faults.conftest import POINTS_IN_A_ROUND
from tests.faults.test_kill import FIRST_CRISIS_WORDS, IN_CRISIS, Progress, Writer
from tests.harbour import names_of, until
from tests.unit.support import store_of

PEOPLE = 4
STAFF = ("Mo", "Ada")
# Who writes what, in this order, while staff have the conversation.
TALK = (
    ("staff", "Hello, I'm here."),
    ("person", "are you a real person"),
    ("staff", "I am. Are you somewhere safe?"),
    ("person", "at home"),
    ("person", "he says he will post them tonight"),
    ("staff", "That sounds frightening."),
    ("staff", "We can go through it together."),
    ("person", "ok"),
    ("staff", "Take care. The bot is here for you."),
)
AFTERWARDS = "thank you"
STEPS = PEOPLE * (len(TALK) + 6)
DONE_BEFORE = (404, 409)  # what someone gets who asks again for what was done before the kill


class Pair:
    """A person, and the member of staff who takes their conversation."""

    def __init__(self, bot: BotAlone, settings: Settings, headers: dict[str, str], random: Random, progress: Progress):
        self._random, self._progress = random, progress
        self.person = Writer(bot.url, random, progress)
        self.id = asyncio.run(self._find(settings))
        self._staff = httpx.Client(base_url=f"{bot.url}/staff", headers=headers, timeout=10, trust_env=False)

    async def _find(self, settings: Settings) -> str:
        async with store_of(settings) as store:
            found = await store.find(self.person.client.headers["Authorization"].removeprefix("Bearer "))
        assert found
        return found.id

    def play(self) -> None:
        """From the first words to the queue, to a person, to the bot, and to the queue again."""
        with self._staff:
            self.person.write([IN_CRISIS])
            self._until("waiting")
            self._do("claim")
            for who, text in TALK:
                if who == "person":
                    self.person.write([text])
                else:
                    self._do("reply", text=text, client_id=self._uuid())
            self._do("seen")
            self._do("release")
            self._until("bot")
            self.person.write([AFTERWARDS, IN_CRISIS])
            self._until("waiting")

    def _do(self, what: str, **form: str) -> None:
        """Have staff do something; ask again when the bot died, and take it that it may have been done."""
        self._progress.step()
        tried = 0

        def attempt() -> bool:
            nonlocal tried
            tried += 1
            try:
                status = self._staff.post(f"/c/{self.id}/{what}", data=form).status_code
            except httpx.TransportError:
                return False
            assert status == 303 or (tried > 1 and status in DONE_BEFORE), (what, status)
            return True

        until(attempt, 90, f"{what} is taken")

    def _until(self, state: str) -> None:
        until(lambda: self.person.page()["state"] == state, 60, f"the state is {state}")

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def stay(bot: BotAlone, headers: dict[str, str], over: threading.Event) -> None:
    """Have a console's queue open, and open it again as soon as it can be, as a browser does."""
    with httpx.Client(base_url=bot.url, headers=headers, timeout=2, trust_env=False) as client:
        while not over.is_set():
            try:
                with client.stream("GET", "/staff/events") as events:
                    for _ in events.iter_bytes():
                        if over.is_set():
                            return
            except httpx.TransportError:
                over.wait(0.2)


def kill_at(bot: BotAlone, progress: Progress, points: Sequence[tuple[int, float]]) -> None:
    for point, delay in points:
        progress.reach(point)
        time.sleep(delay)
        bot.kill()
        bot.start()


@pytest.mark.timeout(420)
def test_no_message_and_no_request_is_lost(tmp_path: Path, kill_round: int) -> None:
    random, progress = Random(f"handoff {kill_round}"), Progress()
    bot = BotAlone(tmp_path).start()
    try:
        settings = Settings(var_dir=tmp_path)
        headers = [asyncio.run(signed_in(settings, name, room=PEOPLE)) for name in STAFF]
        pairs = [Pair(bot, settings, headers[n % len(STAFF)], Random(random.random()), progress) for n in range(PEOPLE)]
        places = sorted(random.sample(range(2, STEPS), k=POINTS_IN_A_ROUND))
        points = [(place, random.uniform(0, 0.04)) for place in places]
        over = threading.Event()
        with ThreadPoolExecutor(PEOPLE + len(STAFF) + 1) as pool:
            staying = [pool.submit(stay, bot, each, over) for each in headers]
            playing = [pool.submit(kill_at, bot, progress, points), *(pool.submit(pair.play) for pair in pairs)]
            try:
                for each in playing:
                    each.result(timeout=300)
            finally:
                over.set()
        for stayed in staying:
            stayed.result()
        for pair in pairs:
            check_conversation(pair)
        check_requests(tmp_path / "harbour.db", pairs)
        with httpx.Client(base_url=bot.url, headers=headers[0], trust_env=False) as client:

            def all_are_in_the_queue() -> bool:  # which consoles share, at most a moment old
                queue = client.get("/staff/part/queue").text
                return all(pair.id in queue for pair in pairs)

            until(all_are_in_the_queue, 10, "every request is in the queue")
    finally:
        bot.kill()


def check_conversation(pair: Pair) -> None:
    """Everything was written once and in order, and what is said of it was said once."""
    read = pair.person.conversation()
    assert [message["id"] for message in read] == list(range(1, len(read) + 1))
    written = [(m["author"], m["text"]) for m in read if m["author"] in ("person", "staff")]
    assert written == [("person", IN_CRISIS), *TALK, ("person", AFTERWARDS), ("person", IN_CRISIS)]
    names = [names_of(message["text"]) for message in read if message["author"] not in ("person", "staff")]
    assert all(names), "said something that is not in domain.yml"
    said = Counter(name for each in names for name in each)
    assert sum(bool(each & FIRST_CRISIS_WORDS) for each in names) == 2, said
    assert said["utter_person_joined"] == said["utter_person_left"] == 1, said
    assert not said["utter_person_lost"], said


def check_requests(database: Path, pairs: Sequence[Pair]) -> None:
    """Each of them has one request that has ended and one that is open, and one claim."""
    with closing(sqlite3.connect(database)) as connection:
        for pair in pairs:
            ended = connection.execute(
                "SELECT ended_at IS NOT NULL FROM handoffs WHERE conversation_id = ? ORDER BY id", (pair.id,)
            ).fetchall()
            assert ended == [(1,), (0,)]
            done = connection.execute("SELECT what FROM audit WHERE conversation_id = ?", (pair.id,)).fetchall()
            counts = Counter(what for (what,) in done)
            assert (counts["claim"], counts["reply"]) == (1, sum(who == "staff" for who, _ in TALK)), counts
