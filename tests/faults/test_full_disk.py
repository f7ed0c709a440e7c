"""No room on the disk: a clear error, nothing taken that is not kept, and all well again afterwards.

A full disk is played with the limit on the size of files, which any user may set for a
process of their own: every write fails, as it does on a full disk.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.settings import ROOT
from tests.harbour import Person, free_ports, until


class Bot:
    """The bot alone."""

    def __init__(self, var_dir: Path) -> None:
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self.log = var_dir / "bot.log"
        self.environment = {
            **os.environ,
            "PORT": str(port),
            "VAR_DIR": str(var_dir),
            "BRAIN_URL": "http://127.0.0.1:9",
        }

    @contextmanager
    def running(self) -> Iterator[int]:
        subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=ROOT, env=self.environment, check=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            until(self.answers, 100, "the bot answers", pause=0.05)
            yield process.pid
        finally:
            process.terminate()
            process.wait(20)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, verify=False).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.timeout(240)
def test_a_full_disk_takes_nothing_and_says_so(tmp_path: Path) -> None:
    bot = Bot(tmp_path)
    with bot.running() as pid:
        person = Person(bot.url)
        assert person.say("he has my pictures")
        before = person.read()
        with full_disk(pid):
            refused = [person.send(f"lost {n}", client_id=f"00000000-0000-4000-8000-00000000000{n}") for n in range(3)]
            nobody = httpx.post(f"{bot.url}/api/conversations", trust_env=False, verify=False)
            while_full = person.read()
        assert [reply.status_code >= 500 for reply in (*refused, nobody)] == [True] * 4
        for reply in (*refused, nobody):
            assert reply.json()["error"]["message"], reply.text
            assert "token" not in reply.json()
        assert while_full == before

        again = person.send("lost 1", client_id="00000000-0000-4000-8000-000000000001")
        assert again.status_code == 202
        written = [m["text"] for m in person.read()["messages"] if m["author"] == "person"]
        assert written == ["he has my pictures", "lost 1"]
        until(lambda: person.read(again.json()["id"])["messages"], 10, "it is answered")
        assert Person(bot.url).say("hello")
    assert "he has my pictures" not in bot.log.read_text()


@pytest.mark.timeout(240)
def test_what_was_taken_before_the_disk_was_full_is_answered_afterwards(tmp_path: Path) -> None:
    bot = Bot(tmp_path)
    with bot.running() as pid:
        person = Person(bot.url)
        taken = person.send("he wants money")
        assert taken.status_code == 202
        with full_disk(pid):
            assert person.send("more").status_code >= 500
            known = {m["id"] for m in person.read()["messages"]}
            assert taken.json()["id"] in known
        page = until(lambda: person.read(taken.json()["id"])["messages"], 20, "it is answered")
        assert all(m["author"] == "bot" for m in page)
