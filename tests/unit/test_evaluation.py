"""Measuring: the file, the figures, and the way to a brain. No brain of our own is started here."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot import evaluation
from bot.evaluation import CannotEvaluate, evaluate, intent_report, read_rows, understood
from bot.settings import Settings
from tests.unit.support import settings_in

GOOD = '{"text": "hello", "label": "greet", "voice": "terse"}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no rows"),
        ("\n\n", "has no rows"),
        (GOOD + "{not json\n", "line 2 is not JSON"),
        (GOOD + "\n[1]\n", "line 3 is not an object"),
        (GOOD + '{"label": "greet"}', 'line 2 has no "text"'),
        (GOOD + '{"text": "  ", "label": "greet"}', 'line 2 has no "text"'),
        (GOOD + '{"text": "x"}', 'line 2 has no "label"'),
        (GOOD + '{"text": "x", "label": 3}', 'line 2 has no "label"'),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(content)
    assert evaluate(settings_in(tmp_path), "intents", str(file), None) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(settings_in(tmp_path), "crisis", str(tmp_path / "none.jsonl"), None) == 2
    assert "none.jsonl cannot be read: No such file" in capsys.readouterr().err
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\xe9")
    assert evaluate(settings_in(tmp_path), "crisis", str(tmp_path / "latin.jsonl"), None) == 2
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_a_level_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "x", "level": "severe"}\n')
    with pytest.raises(CannotEvaluate, match='line 1: "severe" is no level; expected one of active, check_in'):
        read_rows(file, "level", {"active", "check_in", "none"})


def test_where_predictions_cannot_go_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(GOOD)
    assert evaluate(settings_in(tmp_path), "intents", str(file), str(file)) == 2
    assert "is the file of rows" in capsys.readouterr().err
    assert evaluate(settings_in(tmp_path), "intents", str(file), str(tmp_path / "no" / "out.jsonl")) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert file.read_text() == GOOD


def snapshot(intent: str, **entities: str) -> dict[str, Any]:
    found = [{"entity": name, "value": value} for name, value in entities.items()]
    user = {"event": "user", "parse_data": {"intent": {"name": intent}, "entities": found}}
    return {"events": [{"event": "action"}, user, {"event": "action"}]}


@pytest.mark.parametrize(
    ("seen", "wanted", "label"),
    [
        (snapshot("greet"), "greet", "greet"),
        (snapshot("refuse_police"), "report_police", "report_police"),
        (snapshot("nlu_fallback"), "greet", "not_understood"),
        (snapshot("crisis", crisis_level="active", topic="under_18"), "under_18", "under_18"),
        (snapshot("crisis", crisis_level="active", topic="nlu_fallback"), "under_18", "not_understood"),
        (snapshot("crisis", crisis_level="active", topic="under_18"), "crisis", "crisis"),
        ({"events": []}, "greet", "failed"),
    ],
)
def test_what_the_brain_understood(seen: dict[str, Any], wanted: str, label: str) -> None:
    assert understood(seen, wanted) == label


def test_the_newest_message_counts() -> None:
    both = {"events": snapshot("greet")["events"] + snapshot("thanks")["events"]}
    assert understood(both, "thanks") == "thanks"


def test_the_figures_are_right() -> None:
    wanted = ["a"] * 4 + ["b"] * 4
    found = ["a", "a", "a", "b", "b", "b", "other", "not_understood"]
    figures = intent_report(wanted, found)
    assert (figures.accuracy.hits, figures.accuracy.of) == (5, 8)
    a, b = figures.labels["a"], figures.labels["b"]
    assert (a.precision, a.recall, a.rows) == (1.0, 0.75, 4)
    assert b.precision == pytest.approx(2 / 3)
    assert (b.recall, b.rows) == (0.5, 4)
    assert a.f1 == pytest.approx(6 / 7)
    assert b.f1 == pytest.approx(4 / 7)
    assert figures.macro_f1 == pytest.approx(5 / 7)
    assert figures.confusions == [(1, "a", "b"), (1, "b", "not_understood"), (1, "b", "other")]


def test_a_label_never_given_scores_nothing_and_does_not_fail() -> None:
    figures = intent_report(["a", "b"], ["b", "b"])
    assert (figures.labels["a"].precision, figures.labels["a"].recall, figures.labels["a"].f1) == (0, 0, 0)


class FakeDoor(BaseHTTPRequestHandler):
    """A brain that takes every message for a greeting."""

    asked: list[dict[str, Any]]

    def do_GET(self) -> None:
        self._answer({"ready": True})

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer({"messages": [], "snapshot": snapshot("greet")})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def _answer(self, body: dict[str, Any]) -> None:
        right = self.headers["authorization"] == "Bearer a shared secret"
        content = json.dumps(body if right else {"error": "unauthorised"}).encode()
        self.send_response(200 if right else 401)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def a_brain() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    asked: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (FakeDoor,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_intents_are_asked_of_the_running_brain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, target = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    file.write_text(GOOD + '{"text": "i want to\\u0007 kill myself", "label": "ashamed"}\n')
    with a_brain() as (url, asked):
        assert evaluate(settings_in(tmp_path, brain_url=url), "intents", str(file), str(target)) == 0
    assert [body["text"] for body in asked] == ["hello", "i want to kill myself"]
    assert [body["metadata"]["crisis_level"] for body in asked] == ["none", "active"]
    assert all(body["snapshot"] is None for body in asked)
    assert asked[0]["id"] != asked[1]["id"]
    assert [json.loads(line) for line in target.read_text().splitlines()] == [
        {"text": "hello", "label": "greet", "voice": "terse", "predicted": "greet"},
        {"text": "i want to\u0007 kill myself", "label": "ashamed", "predicted": "greet"},
    ]
    out = capsys.readouterr()
    assert "Accuracy 0.500 (0.095 to 0.905), 1 of 2" in out.out
    assert "Macro F1 0.333" in out.out
    assert "ashamed → greet" in out.out
    assert "2 of 2" in out.err


def test_without_a_brain_or_a_model_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(GOOD)
    monkeypatch.setattr(evaluation, "ROOT", tmp_path)
    nobody: Settings = settings_in(tmp_path, brain_url="http://127.0.0.1:9")
    assert evaluate(nobody, "intents", str(file), None) == 2
    assert "Run: make train" in capsys.readouterr().err


def test_crisis_lists_every_miss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, target = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows = [("i am going to kill myself tonight", "imminent"), ("a nice cup of tea", "passive"), ("hello", "none")]
    file.write_text("".join(json.dumps({"text": text, "level": level}) + "\n" for text, level in rows))
    assert evaluate(settings_in(tmp_path), "crisis", str(file), str(target)) == 0
    out = capsys.readouterr().out
    assert "passive → none: a nice cup of tea" in out
    assert "kill myself" not in out
    assert re.search(r"Up to 300 characters: \d+\.\d ms in the middle, \d+\.\d ms", out)
    assert [json.loads(line)["predicted"] for line in target.read_text().splitlines()][1:] == ["none", "none"]
