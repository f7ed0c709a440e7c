"""``python -m bot evaluate``: how well Harbour understands rows that nothing was trained on.

It goes down the live path: the detector, the brain's one door, the whole pipeline. Rows
are JSON lines, ``{"text", "label"}`` or ``{"text", "level"}``; shared/LABELS.md defines both.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, TypeVar

import httpx

from bot.channels.text import clean
from bot.crisis import Detector, Level
from bot.crisis.measure import Pair, Share, misses, report
from bot.settings import ROOT, Settings

NOT_UNDERSTOOD = "not_understood"
FAILED = "failed"
# Intents of our own, under the label of LABELS.md that they belong to. Others are reported as themselves.
NEAREST = {
    "nlu_fallback": NOT_UNDERSTOOD,
    "refuse_police": "report_police",
    "removal": "already_shared",
    "why_trust": "ask_privacy",
    "insult": "out_of_scope",
}
CRISIS = "crisis"
START_SECONDS = 300
CONFUSIONS_SHOWN = 15
SHORT = 300  # characters; how long these take is what we promise

T = TypeVar("T")


class CannotEvaluate(Exception):
    """What is wrong with the file or the brain, in words for the operator."""


@dataclass(frozen=True)
class Row:
    """One row of the file: its words, what they are, and all that stood in it."""

    text: str
    wanted: str
    whole: Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """How one label did."""

    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True)
class IntentReport:
    """All figures for intents."""

    accuracy: Share
    macro_f1: float
    labels: dict[str, Score]
    confusions: list[tuple[int, str, str]]


def evaluate(settings: Settings, what: str, file: str, predictions: str | None) -> int:
    """Measure ``crisis`` or ``intents`` on a file; return the exit status."""
    try:
        source, target = Path(file), Path(predictions) if predictions else None
        _check_target(source, target)
        if what == CRISIS:
            rows = read_rows(source, "level", {level.value for level in Level})
            found = _levels_of(rows)
        else:
            rows = read_rows(source, "label", None)
            found = _intents_of(settings, rows)
        if target:
            _write(target, rows, found)
        print(*(_crisis_lines if what == CRISIS else _intent_lines)(rows, found), sep="\n")
    except CannotEvaluate as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


# --- the file


def read_rows(path: Path, key: str, allowed: set[str] | None) -> list[Row]:
    """Read JSON lines. Raises ``CannotEvaluate`` with the number of the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CannotEvaluate(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CannotEvaluate(f"{path} is not UTF-8 text.") from None
    rows = [_row(f"{path}, line {number}", line, key, allowed) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise CannotEvaluate(f'{path} has no rows; expected JSON lines such as {{"text": "…", "{key}": "…"}}.')
    return rows


def _row(where: str, line: str, key: str, allowed: set[str] | None) -> Row:
    try:
        whole = json.loads(line)
    except json.JSONDecodeError as error:
        raise CannotEvaluate(f"{where} is not JSON: {error.msg} at character {error.colno}.") from None
    if not isinstance(whole, dict):
        raise CannotEvaluate(f'{where} is not an object; expected {{"text": "…", "{key}": "…"}}.')
    for name in ("text", key):
        if not isinstance(whole.get(name), str) or not whole[name].strip():
            raise CannotEvaluate(f'{where} has no "{name}"; expected {{"text": "…", "{key}": "…"}}.')
    if allowed is not None and whole[key] not in allowed:
        raise CannotEvaluate(f'{where}: "{whole[key]}" is no {key}; expected one of {", ".join(sorted(allowed))}.')
    return Row(whole["text"], whole[key], whole)


def _check_target(source: Path, target: Path | None) -> None:
    """Find out before the work, not after it."""
    if target and target.resolve() == source.resolve():
        raise CannotEvaluate(f"{target} is the file of rows; give the predictions another name.")
    if target and not target.resolve().parent.is_dir():
        raise CannotEvaluate(f"{target} cannot be written: there is no folder {target.resolve().parent}.")


def _write(target: Path, rows: Sequence[Row], found: Sequence[str]) -> None:
    lines = [
        json.dumps({**row.whole, "predicted": predicted}, ensure_ascii=False)
        for row, predicted in zip(rows, found, strict=True)
    ]
    try:
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise CannotEvaluate(f"{target} cannot be written: {error.strerror}.") from None


# --- intents


def _intents_of(settings: Settings, rows: Sequence[Row]) -> list[str]:
    detector = Detector.load()
    with _a_brain(settings) as door:
        return [_intent_of(door, detector, row) for row in _shown(rows)]


def _intent_of(door: httpx.Client, detector: Detector, row: Row) -> str:
    text = clean(row.text)
    body = {
        "id": f"evaluate-{secrets.token_hex(8)}",
        "text": text,
        "metadata": {"crisis_level": detector.look(text).level.value},
        "snapshot": None,
    }
    try:
        reply = door.post("/webhooks/brain/turn", json=body)
    except httpx.TransportError as error:
        raise CannotEvaluate(f"The brain stopped answering ({type(error).__name__}).") from None
    return understood(reply.json()["snapshot"], row.wanted) if reply.status_code == 200 else FAILED


def understood(snapshot: Mapping[str, Any], wanted: str) -> str:
    """The label that the brain gave the newest message.

    A crisis stands in front of a topic; where the row asks for an intent, the topic counts.
    """
    message = next((event for event in reversed(snapshot["events"]) if event["event"] == "user"), None)
    if message is None:
        return FAILED
    intent = message["parse_data"]["intent"]["name"]
    if intent == CRISIS and wanted != CRISIS:
        topics = [e["value"] for e in message["parse_data"]["entities"] if e["entity"] == "topic"]
        intent = topics[-1] if topics else intent
    return NEAREST.get(intent, intent) or NOT_UNDERSTOOD


@contextmanager
def _a_brain(settings: Settings) -> Iterator[httpx.Client]:
    """The running brain when there is one, else one for as long as this takes."""
    with _door(settings.brain_url, settings.brain_secret()) as door:
        if _is_ready(door):
            yield door
            return
    port, token = _free_port(), secrets.token_urlsafe()
    with _own_brain(port, token) as (process, log), _door(f"http://127.0.0.1:{port}", token) as door:
        _tell("Starting a brain for this (under a minute) …")
        _wait(door, process, log)
        yield door


@contextmanager
def _own_brain(port: int, token: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    rasa, model = ROOT / ".venv-rasa" / "bin" / "rasa", ROOT / "models" / "harbour.tar.gz"
    if not rasa.exists() or not model.exists():
        raise CannotEvaluate("There is no model yet. Run: make train")
    environment = {
        **os.environ,
        "BRAIN_TOKEN": token,
        "ACTIONS_PORT": str(_free_port()),
        "SANIC_HOST": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    where = ["--interface", "127.0.0.1", "--port", str(port), "--model", str(model)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "brain.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [str(rasa), "run", *where, "--logging-config-file", "logging-rasa.yml"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process, log
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(door: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not _is_ready(door):
        if process.poll() is not None or time.monotonic() > end:
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
            raise CannotEvaluate("\n".join(["The brain did not start. The end of its log:", *last]))
        time.sleep(0.3)


def _door(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)


def _is_ready(door: httpx.Client) -> bool:
    try:
        return door.get("/webhooks/brain/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def intent_report(wanted: Sequence[str], found: Sequence[str]) -> IntentReport:
    """Figures for true and predicted labels. Macro F1 is over the labels that the rows have."""
    pairs = Counter(zip(wanted, found, strict=True))
    labels = {label: _score(pairs, label) for label in sorted(set(wanted))}
    confusions = sorted(((n, a, b) for (a, b), n in pairs.items() if a != b), key=lambda each: (-each[0], *each[1:]))
    return IntentReport(
        accuracy=Share(sum(n for (a, b), n in pairs.items() if a == b), len(wanted)),
        macro_f1=sum(score.f1 for score in labels.values()) / len(labels),
        labels=labels,
        confusions=confusions,
    )


def _score(pairs: Mapping[tuple[str, str], int], label: str) -> Score:
    right = pairs.get((label, label), 0)
    rows = sum(n for (wanted, _), n in pairs.items() if wanted == label)
    given = sum(n for (_, found), n in pairs.items() if found == label)
    return Score(right / given if given else 0.0, right / rows, 2 * right / (rows + given), rows)


def _intent_lines(rows: Sequence[Row], found: Sequence[str]) -> Iterator[str]:
    figures = intent_report([row.wanted for row in rows], found)
    yield f"{'label':24}precision  recall      F1  rows"
    for label, score in figures.labels.items():
        yield f"{label:24}{score.precision:9.2f}{score.recall:8.2f}{score.f1:8.2f}{score.rows:6}"
    if figures.confusions:
        yield "\nTaken for another label:"
    for count, wanted, predicted in figures.confusions[:CONFUSIONS_SHOWN]:
        yield f"{count:4}  {wanted} → {predicted}"
    yield f"\nNot understood, so asked again: {found.count(NOT_UNDERSTOOD)}"
    if FAILED in found:
        yield f"The brain could not handle: {found.count(FAILED)}"
    yield f"Accuracy {figures.accuracy}"
    yield f"Macro F1 {figures.macro_f1:.3f}"


# --- crisis


def _levels_of(rows: Sequence[Row]) -> list[str]:
    detector, found, seconds = Detector.load(), [], []
    for row in _shown(rows):
        began = time.thread_time()
        found.append(detector.look(clean(row.text)).level.value)
        if len(row.text) <= SHORT:
            seconds.append(time.thread_time() - began)
    if len(seconds) > 1:
        middle, long = (1000 * quantiles(seconds, n=20)[place] for place in (9, 18))
        print(f"Up to {SHORT} characters: {middle:.1f} ms in the middle, {long:.1f} ms at the 95th percentile.")
    return found


def _crisis_lines(rows: Sequence[Row], found: Sequence[str]) -> Iterator[str]:
    pairs: list[Pair] = [(Level(row.wanted), Level(level)) for row, level in zip(rows, found, strict=True)]
    figures = report(pairs)
    yield "Every crisis that was missed:"
    yield from (
        f"  {wanted.value} → {got.value}: {text}" for text, wanted, got in misses([r.text for r in rows], pairs)
    )
    yield f"\n{'level':14}noticed; handed over"
    for level, noticed in figures.noticed_by_level.items():
        yield f"{level.value:14}{noticed}; {figures.handed_over_by_level[level]}"
    yield f"\nNoticed             {figures.noticed}"
    yield f"Handed over         {figures.handed_over}"
    yield f"Notices right       {figures.notice_precision}"
    yield f"Hand-overs right    {figures.hand_over_precision}"
    yield f"Wrong hand-overs    {figures.wrong_hand_overs}"
    yield f"Needless check-ins  {figures.needless_check_ins}"
    for prevalence, precision in figures.precision_at.items():
        yield f"When {prevalence:.0%} of messages are a crisis, {precision:.2f} of hand-overs are right."


# --- progress


def _shown(rows: Sequence[T]) -> Iterator[T]:
    """The rows, with how far it is on standard error."""
    live = sys.stderr.isatty()
    for number, row in enumerate(rows, 1):
        yield row
        if live:
            print(f"\r{number} of {len(rows)}", end="\n" if number == len(rows) else "", file=sys.stderr, flush=True)
        elif number % 100 == 0 or number == len(rows):
            _tell(f"{number} of {len(rows)}")


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
