"""The intent model and its cues, without Rasa."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.nlu.cues import WIDTH, cues
from bot.nlu.intents import IntentModel

TEXTS = ["hello there", "hello you", "hi there", "do i pay him", "should i pay", "pay or not", "is my cam hacked"] * 2
LABELS = ["greet"] * 3 + ["should_i_pay"] * 3 + ["webcam_hacked"]


def model() -> Any:
    return IntentModel.fit(TEXTS, vectors(TEXTS), LABELS * 2)


def vectors(texts: list[str]) -> Any:
    """One made-up direction a topic."""
    found = [[text[0] == "h", "pay" in text, "cam" in text] for text in texts]
    return np.array(found, dtype=np.float32)


def best(intents: Any, text: str) -> str:
    return str(intents.labels[intents.shares([text], vectors([text]))[0].argmax()])


def test_it_tells_what_it_learned_apart() -> None:
    learned = model()
    assert best(learned, "hello") == "greet"
    assert best(learned, "must i pay them") == "should_i_pay"
    assert best(learned, "cam hacked?") == "webcam_hacked"


def test_shares_add_up_and_no_share_is_certain_of_nonsense() -> None:
    shares = model().shares(["xyz", "hello"], vectors(["xyz", "hello"]))
    assert shares.shape == (2, 3)
    assert shares.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert shares[0].max() < shares[1].max()


def test_learning_twice_gives_the_same() -> None:
    assert np.array_equal(model().shares(TEXTS, vectors(TEXTS)), model().shares(TEXTS, vectors(TEXTS)))


def test_what_was_saved_says_the_same_and_is_no_program(tmp_path: Path) -> None:
    learned = model()
    learned.save(tmp_path)
    again = IntentModel.load(tmp_path)
    assert again.labels == learned.labels
    assert np.allclose(again.shares(TEXTS, vectors(TEXTS)), learned.shares(TEXTS, vectors(TEXTS)), atol=1e-6)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}


def test_two_labels_are_too_few() -> None:
    with pytest.raises(ValueError, match="2 labels; expected three or more"):
        IntentModel.fit(["a b", "b c"], np.eye(2, dtype=np.float32), ["x", "y"])


def changed(one: str, other: str) -> int:
    """How many cues tell two messages apart."""
    return int(np.abs(cues([one]) - cues([other])).sum())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("im 15 help me", "im 51 help me"),
        ("I’m fourteen", "I’m forty"),
        ("my daughter got this", "my laptop got this"),
        ("he wants 200 quid", "he wants 200 pictures"),
        ("i paid him", "i hate him"),
        ("I am in Year 9", "I am in France"),
        ("do i pay", "so i pay"),
        ("it is AI", "it is bad"),
        ("my ex did it", "my axe did it"),
        ("she is 15 they say", "she is 25 they say"),
        ("ok. what now", "ok. that now"),
    ],
)
def test_a_cue_tells_apart(one: str, other: str) -> None:
    assert changed(one, other) >= 1


def test_fifteen_weeks_is_no_age() -> None:
    assert changed("15 weeks of this", "55 weeks of this") == 0
    assert changed("15 and scared of this", "55 and scared of this") == 1


def test_cues_are_zeros_and_ones_of_one_width() -> None:
    found = cues(["", "help", "word " * 200, "My son is 15. What do I do?"])
    assert found.shape == (4, WIDTH)
    assert set(np.unique(found)) <= {0.0, 1.0}
    assert cues([]).shape == (0, WIDTH)


def test_a_very_long_message_is_looked_at_quickly() -> None:
    began = time.perf_counter()
    cues(["my " * 1700, "i am " * 1200, "i have " * 900])
    assert time.perf_counter() - began < 1
