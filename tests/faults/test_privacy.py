"""What people write, where they are and who they are stays out of every log and file.

Whatever breaks: each test plants words that occur nowhere else, and looks for them.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.breaking import AUDIT, Breaking
from tests.faults.test_brain_gone import hanging_brain
from tests.faults.test_kill import owed
from tests.harbour import BrainDoor, Harbour, Person, Twin, until

pytestmark = pytest.mark.timeout(500)  # the first tests wait for brains
CANARY = "zqcanaryxj"
ADDRESS = "203.0.113.77"  # reserved for documentation: nobody's
TOKEN_CANARY = f"tok-{CANARY}"
LOOPBACK = {"127.0.0.1", "::1", "localhost", "None"}


@pytest.fixture(scope="module")
def spoken_to(fragile: Harbour) -> tuple[Harbour, Person]:
    """A Harbour to which people said and sent all kinds of things, right and wrong."""
    fragile.wait_for_brain()
    person = Person(fragile.url)
    person.client.headers["X-Forwarded-For"] = ADDRESS
    httpx.post(f"{fragile.url}/api/conversations", headers={"X-Forwarded-For": ADDRESS}, trust_env=False, verify=False)
    with read_along(person):
        person.say(f"my name is {CANARY}1 and he has my pictures")
        person.say(f"{CANARY}2 " * 300)
        person.say(f"i am {CANARY}3 and i want to kill myself")
        person.say(f"/{CANARY}4{{}}")
        person.say(f"😭 {CANARY}5 \u202e")
        with hanging_brain(fragile):
            person.send(f"the brain hangs {CANARY}6")
            until(lambda: owed(fragile) > 0, 5, "something is owed")
            fragile.kill("bot")
        until(lambda: owed(fragile) == 0, 60, "nothing is owed")
    send_wrong_things(person)
    say_wrong_things_to_the_brain(fragile)
    return fragile, person


class read_along:  # noqa: N801 - reads as a verb
    """Read the stream of a conversation meanwhile, as the page does."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._done = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self.read = ""

    def __enter__(self) -> None:
        self._reader.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._reader.join(30)
        assert CANARY in self.read, "the stream was not read"

    def _read(self) -> None:
        headers = dict(self._person.client.headers)
        address = f"{self._person.url}/api/stream"
        while not self._done.is_set():
            try:
                with httpx.stream("GET", address, headers=headers, timeout=2, trust_env=False, verify=False) as reply:
                    for text in reply.iter_text():
                        self.read += text
                        if self._done.is_set():
                            return
            except httpx.TransportError:
                continue


def send_wrong_things(person: Person) -> None:
    """Everything that the API refuses, with words in it."""
    client = person.client
    for body in (
        f'{{"text": "{CANARY}7',
        f'"{CANARY}8"',
        f'{{"text": "x", "{CANARY}9": 1}}',
        f'{{"choice": "{CANARY}10"}}',
        f'{{"text": "x", "client_id": "{CANARY}11"}}',
        f'{{"text": {{"a": "{CANARY}12"}}}}',
        f'{{"text": "{CANARY}13 {"x" * 6000}"}}',
        f'{{"text": "{CANARY}14 {"x" * 200_000}"}}',
    ):
        assert client.post("/api/messages", content=body.encode()).is_client_error
    assert client.post("/api/messages", content=f"\xff{CANARY}15".encode("latin-1")).is_client_error
    for address in (f"/api/messages?after={CANARY}16", f"/{CANARY}17", f"/api/stream?after={CANARY}18"):
        assert client.get(address).is_client_error
    for headers in ({"Authorization": f"Bearer {TOKEN_CANARY}"}, {"Authorization": TOKEN_CANARY, "Cookie": CANARY}):
        assert client.get("/api/messages", headers=headers).status_code == 401
    assert client.get("/api/stream", headers={"Last-Event-ID": f"{CANARY}19"}).is_client_error
    client.post("/", data={"text": f"{CANARY}20", "token": TOKEN_CANARY})
    assert client.request("TRACE", f"/{CANARY}21").is_client_error


def say_wrong_things_to_the_brain(harbour: Harbour) -> None:
    door = BrainDoor.of(harbour)
    bad_events = [{"event": "user", "text": f"{CANARY}22", "parse_data": f"{CANARY}22"}]
    for body in (
        {"id": "a", "text": f"{CANARY}23", "snapshot": {"base": {"slots": {}, "loop": None}, "events": bad_events}},
        {"id": "a", "text": f"{CANARY}24", "snapshot": f"{CANARY}24"},
        {"id": "a", "text": f"{CANARY}25", "metadata": {"crisis_level": f"{CANARY}25"}},
        {"id": f"{CANARY}26", "text": [f"{CANARY}26"]},
        {f"{CANARY}27": 1},
        f"{CANARY}28",
    ):
        assert door.post(body).is_error
    assert door.client.post("/webhooks/brain/turn", content=f'{{"text": "{CANARY}29'.encode()).is_error
    assert door.client.post(f"/webhooks/brain/{CANARY}30", content=CANARY.encode()).is_error
    door.turn(payload=f'/inform{{"answer": "{CANARY}31"}}')
    door.turn(payload=f"/{CANARY}32{{broken")
    send_less_than_announced(harbour, door, f"{CANARY}33 " * 400)


def send_less_than_announced(harbour: Harbour, door: BrainDoor, words: str) -> None:
    """By hand: an HTTP client refuses to. The brain waits for the rest until we hang up."""
    request = (
        "POST /webhooks/brain/turn HTTP/1.1\r\nHost: brain\r\nContent-Type: application/json\r\n"
        f"Authorization: {door.client.headers['Authorization']}\r\nContent-Length: 999999\r\n\r\n"
        f'{{"id": "a", "text": "{words}'
    )
    with socket.create_connection(("127.0.0.1", harbour.brain_port), timeout=1) as connection:
        connection.sendall(request.encode())
        with pytest.raises(TimeoutError):
            connection.recv(1)


def found_in(text: str, word: str) -> list[str]:
    return [line[:300] for line in text.splitlines() if word.lower() in line.lower()]


def test_no_words_tokens_or_addresses_in_any_log(spoken_to: tuple[Harbour, Person]) -> None:
    harbour, person = spoken_to
    logged = harbour.log.read_text(encoding="utf-8", errors="replace")
    assert "brain_up" in logged, "nothing was logged at all"
    for word in (CANARY, ADDRESS, person.token, TOKEN_CANARY, (harbour.var_dir / "brain-token").read_text()):
        assert not found_in(logged, word.strip())


def test_nothing_is_readable_in_the_files(spoken_to: tuple[Harbour, Person]) -> None:
    harbour, person = spoken_to
    files = [file for file in harbour.var_dir.rglob("*") if file.is_file() and file != harbour.log]
    assert {"harbour.db", "keys.db"} <= {file.name for file in files}
    for file in files:
        held = file.read_bytes().lower()
        for word in (CANARY, ADDRESS, person.token, "are you thinking", "blackmail"):
            for encoding in ("utf-8", "utf-16-le"):
                assert word.lower().encode(encoding) not in held, (file.name, word)


def test_secrets_are_for_this_user_alone(spoken_to: tuple[Harbour, Person]) -> None:
    harbour, _ = spoken_to
    for name in ("secret-key", "brain-token", "harbour.db", "keys.db"):
        mode = (harbour.var_dir / name).stat().st_mode & 0o777
        assert mode & 0o077 == 0, f"{name} can be read by others ({mode:o})"


def listening(process: psutil.Process) -> Iterator[str]:
    for each in (process, *process.children(recursive=True)):
        for connection in each.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN or (connection.type.name == "SOCK_DGRAM"):
                yield connection.laddr.ip


@pytest.mark.parametrize("name", ["bot", "brain", "actions"])
def test_each_process_listens_on_loopback_alone(fragile: Harbour, name: str) -> None:
    fragile.wait_for_brain()
    addresses = until(lambda: set(listening(fragile.process(name))), 60, f"{name} listens")
    assert addresses == {"127.0.0.1"}


@pytest.mark.parametrize("name", ["brain", "actions"])
def test_telemetry_is_off(fragile: Harbour, name: str) -> None:
    assert fragile.process(name).environ()["RASA_TELEMETRY_ENABLED"] == "false"


@pytest.fixture(scope="module")
def broken(breaking: Breaking) -> Breaking:
    """A failing action, an absent one, a dead action server, a part that raises, a caller who leaves, a crash."""
    door = breaking.door
    door.turn(f"fail {CANARY}40")
    door.turn(f"absent {CANARY}41")
    assert door.post({"id": "a", "text": f"explode {CANARY}42", "snapshot": None}).status_code == 500
    door.turn(f"hello babble {CANARY}43")
    impatient = {"id": "a", "text": f"slow {CANARY}44", "snapshot": None}
    with pytest.raises(httpx.ReadTimeout):
        door.client.post("/webhooks/brain/turn", json=impatient, timeout=0.5)
    for content in (f'{{"next_action": "{CANARY}47', f'{{"next_action": "{CANARY}48"}}', f'["{CANARY}49"]'):
        address = f"{breaking.actions.url}/webhook"
        assert httpx.post(address, content=content.encode(), trust_env=False, verify=False).is_error
    breaking.actions.stop()
    door.turn(f"fail {CANARY}45")
    door.turn(f"slow {CANARY}46")
    breaking.start_actions()
    crashes_at_start(breaking.brain_twin("no-token.log", BRAIN_TOKEN=""))
    return breaking


def crashes_at_start(twin: Twin) -> None:
    twin.start()
    try:
        until(lambda: twin.has_died, 200, "a brain without a token ends", pause=0.2)
    finally:
        twin.stop()


def test_the_logs_stay_wordless_whatever_breaks(broken: Breaking) -> None:
    for log in broken.folder.glob("*.log"):
        assert not found_in(log.read_text(encoding="utf-8", errors="replace"), CANARY), log.name


def test_what_broke_was_logged(broken: Breaking) -> None:
    """Wordless is not silent: whoever runs this can see that something failed, and where."""
    assert "turn failed: " in broken.brain.log.read_text()
    assert "ValueError" in broken.actions.log.read_text()


def test_nobody_beyond_this_machine_was_called(broken: Breaking) -> None:
    called = {line.split(" ", 1)[1] for line in broken.connections.read_text().splitlines()}
    assert "127.0.0.1" in called, "nothing was written down"
    assert called <= LOOPBACK


def test_the_brain_goes_on_whatever_breaks(broken: Breaking) -> None:
    assert broken.door.turn("hello")["messages"][0]["text"] == "Hello."


def test_a_call_beyond_this_machine_would_be_seen(breaking: Breaking, tmp_path: Path) -> None:
    """The proof of the proof: what is written down above does show a connection."""
    log = tmp_path / "connections.log"
    environment = breaking.environment | {"NETWORK_LOG": str(log)}
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    subprocess.run([breaking.brain.process.cmdline()[0], "-c", code], env=environment, check=False)
    assert "192.0.2.1" in log.read_text()
    assert str(AUDIT) in environment["PYTHONPATH"]
