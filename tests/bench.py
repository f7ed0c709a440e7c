"""``python -m tests.bench``: how long a turn takes, through the public API, as a table."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harbour import Harbour, Person

LINES = (
    "someone is blackmailing me",
    "im 15",
    "i paid him 200 on paypal and he wants more",
    "should i reply",
    "are you a bot",
    "can i report it to the police",
)
MESSAGES = 192
LONG = 300


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        harbour = Harbour(Path(folder))
        chat, brain = start(harbour)
        try:
            rows = [turns_at_once(harbour, people) for people in (1, 8, 32)]
            tenth, last = long_conversation(harbour)
        finally:
            harbour.stop()
    print("| at once | messages/s | p50 | p95 |\n|---|---|---|---|")
    for people, rate, p50, p95 in rows:
        print(f"| {people} | {rate:.0f} | {p50 * 1000:.0f} ms | {p95 * 1000:.0f} ms |")
    print("\n| what | time |\n|---|---|")
    print(f"| start to the chat | {chat:.1f} s |")
    print(f"| start to the brain | {brain:.1f} s |")
    print(f"| message 10 of a conversation | {tenth * 1000:.0f} ms |")
    print(f"| message {LONG} of a conversation | {last * 1000:.0f} ms |")


def start(harbour: Harbour) -> tuple[float, float]:
    """Start everything; return the seconds to the chat and to the brain."""
    begun = time.perf_counter()
    harbour.start()
    chat = time.perf_counter() - begun
    harbour.wait_for_brain()
    return chat, time.perf_counter() - begun


def converse(person: Person, count: int) -> list[float]:
    """Say so many things one after the other, and listen as the page does; return how long each answer took."""
    seconds = []
    with person.client.stream("GET", "/api/stream", timeout=120) as stream:
        events = stream.iter_lines()
        for number in range(count):
            begun = time.perf_counter()
            sent = person.send(LINES[number % len(LINES)])
            wait_for_answer(events, sent.json()["id"])
            seconds.append(time.perf_counter() - begun)
    return seconds


def wait_for_answer(events: Iterator[str], number: int) -> None:
    """Read a stream until the bot has said something after this message."""
    for line in events:
        if line.startswith("data:"):
            message = json.loads(line.removeprefix("data:"))
            if message.get("author") == "bot" and message["id"] > number:
                return


def turns_at_once(harbour: Harbour, people: int) -> tuple[int, float, float, float]:
    """Let so many people talk at once; return messages a second, and the middle and slow answers."""
    writers = [Person(harbour.url) for _ in range(people)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(people) as pool:
        seconds = [s for each in pool.map(lambda p: converse(p, MESSAGES // people), writers) for s in each]
    rate = len(seconds) / (time.perf_counter() - begun)
    return people, rate, statistics.median(seconds), statistics.quantiles(seconds, n=20)[18]


def long_conversation(harbour: Harbour) -> tuple[float, float]:
    """The middle time of the messages around the 10th and before the 300th."""
    seconds = converse(Person(harbour.url), LONG)
    return statistics.median(seconds[5:15]), statistics.median(seconds[-10:])


if __name__ == "__main__":
    main()
