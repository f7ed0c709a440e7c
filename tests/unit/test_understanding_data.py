"""The messages that intents are learned from, and that the test set stays apart from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.feature_extraction.text import CountVectorizer

from bot.settings import ROOT
from tests.cross_validation import Example, examples

SITUATIONS = [
    "threat_live",
    "threat_email_bluff",
    "threat_deepfake",
    "threat_underage_claim",
    "threat_ex_partner",
    "demand_more_images",
    "already_paid",
    "already_shared",
    "should_i_pay",
    "should_i_reply",
    "evidence",
    "account_action",
    "webcam_hacked",
    "prevention",
    "for_someone_else",
    "under_18",
    "report_police",
    "ashamed",
    "ask_human",
    "ask_privacy",
    "other_harm",
    "offender",
    "out_of_scope",
]
SMALL_TALK = ["are_you_human", "thanks", "goodbye", "greet", "affirm", "deny"]
TEST_SET = ROOT / "tests" / "evaluation" / "intents.jsonl"

SAME_WORDS = 0.65  # share of all their words that two messages have in common
FEW_WORDS = 4  # of fewer, "yes please" and "no please" would be near
SAME_RUN = 0.75  # share of the shorter message that stands in the longer one, in runs of seven letters
SHORT_RUN = 25

ROWS = list(examples())
LEARNED = [row for row in ROWS if row.label in (*SITUATIONS, *SMALL_TALK)]


def rows_of_the_test_set() -> list[dict[str, str]]:
    return [json.loads(line) for line in TEST_SET.read_text(encoding="utf-8").splitlines()]


def words(text: str) -> list[str]:
    lower = text.lower().replace("’", "").replace("'", "")
    return re.findall(r"\w+", lower) or list(lower.replace(" ", ""))


def runs(text: str) -> list[str]:
    line = " ".join(words(text))
    return [line[start : start + 7] for start in range(max(1, len(line) - 6))]


def near(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Indices of messages in ``a`` and ``b`` that are the same, or nearly."""
    letters: dict[str, list[int]] = {}
    for index, text in enumerate(b):
        letters.setdefault("".join(words(text)), []).append(index)
    yield from ((i, j) for i, text in enumerate(a) for j in letters.get("".join(words(text)), ()))
    yield from _common(
        words, a, b, lambda both, x, y: (both >= SAME_WORDS * (x + y - both)) & (x + y - both >= FEW_WORDS)
    )
    yield from _common(
        runs, a, b, lambda both, x, y: (both >= SAME_RUN * np.minimum(x, y)) & (np.minimum(x, y) >= SHORT_RUN)
    )


def _common(pieces: Any, a: Sequence[str], b: Sequence[str], is_near: Any) -> Iterator[tuple[int, int]]:
    both = CountVectorizer(analyzer=pieces, binary=True).fit_transform([*a, *b])
    left, right = both[: len(a)], both[len(a) :]
    sizes_left, sizes_right = (np.asarray(each.sum(axis=1)).ravel() for each in (left, right))
    common = (left @ right.T).tocoo()
    found = is_near(common.data, sizes_left[common.row], sizes_right[common.col])
    yield from zip(common.row[found].tolist(), common.col[found].tolist(), strict=True)


def test_near_finds_what_it_should() -> None:
    known = ["He sent it to my mum yesterday", "How do I report this to the police?", "yes"]
    changed = ["he sent it to my mum, yesterday!!", "HOW DO I REPORT THIS TO THE POLICE", "Yes."]
    assert set(near(changed, known)) == {(0, 0), (1, 1), (2, 2)}
    assert not set(near(["a man wants two hundred pounds", "how do i block somebody", "no"], known))
    long = "so this is what happened and i am still shaking: he sent it to my mum yesterday evening, all of it"
    assert set(near([long], ["he sent it to my mum yesterday evening"])) == {(0, 0)}


@pytest.mark.parametrize("label", SITUATIONS)
def test_a_situation_has_sixty_messages_or_more(label: str) -> None:
    assert sum(row.label == label for row in ROWS) >= 60


@pytest.mark.parametrize("label", SMALL_TALK)
def test_small_talk_has_thirty_messages_or_more(label: str) -> None:
    assert sum(row.label == label for row in ROWS) >= 30


@pytest.mark.parametrize("label", [*SITUATIONS, *SMALL_TALK])
def test_a_label_is_written_by_three_people_or_more(label: str) -> None:
    writers = {row.writer for row in ROWS if row.label == label}
    assert {1, 2, 3} <= writers
    assert 0 not in writers


def test_every_file_holds_the_intent_it_is_named_for() -> None:
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        assert {block["intent"] for block in blocks} == {path.stem}, path.name


def test_every_message_is_one_line_and_marks_nothing_up() -> None:
    for row in LEARNED:
        assert row.text.strip() == row.text, row
        assert row.text, row
        assert not re.search(r"[\[\]{}]", row.text), row


def test_no_message_has_two_labels() -> None:
    labels: dict[str, set[str]] = {}
    for row in ROWS:
        labels.setdefault("".join(words(row.text)), set()).add(row.label)
    assert {text: found for text, found in labels.items() if len(found) > 1} == {}


def test_no_two_messages_are_nearly_the_same() -> None:
    texts = [row.text for row in LEARNED]
    assert [(texts[i], texts[j]) for i, j in near(texts, texts) if i < j] == []


def test_the_test_set_was_not_learned_from() -> None:
    learned = [row.text for row in ROWS]
    tested = [row["text"] for row in rows_of_the_test_set()]
    assert [(tested[i], learned[j]) for i, j in near(tested, learned)] == []


def test_the_test_set_is_large_and_has_every_label() -> None:
    rows = rows_of_the_test_set()
    assert len(rows) >= 400
    wanted = {*SITUATIONS, *SMALL_TALK} - {"affirm", "deny"}
    assert {row["label"] for row in rows} == wanted
    assert all(sum(row["label"] == label for row in rows) >= 15 for label in wanted)


def test_examples_say_who_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "greet.yml").write_text(
        "nlu:\n- intent: greet\n  metadata:\n    writer: 2\n  examples: |\n    - hi\n    - hello\n"
        "- intent: greet\n  examples: |\n    - hey\n"
    )
    assert list(examples(tmp_path)) == [
        Example("hi", "greet", 2),
        Example("hello", "greet", 2),
        Example("hey", "greet", 0),
    ]
