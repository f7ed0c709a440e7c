"""The learned half: its files belong together, and how it is joined with the patterns."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.crisis import Level
from bot.crisis.choose import Seen, choose, measured, temperature_of, weighed
from bot.crisis.detector import LEARNED, Prepared, joined
from bot.crisis.guards import denied
from bot.crisis.learned import (
    FACTS,
    FOLDER,
    LEVELS,
    SETTING,
    TOKENIZER,
    WEIGHTS,
    Chances,
    Learned,
    Thresholds,
    Transformer,
    WeightsChanged,
    most_worrying,
    readable,
)
from bot.crisis.matching import Hit, Patterns
from bot.crisis.rows import NONE, Row
from bot.crisis.spelling import plain
from bot.crisis.text import normalise, windows, words

THRESHOLDS = Thresholds(imminent=0.47, danger=0.8, hand_over=0.5, hand_over_with_pattern=0.1, check_in=0.2)
WANTS_TO_DIE = Hit("wants_to_die", Level.ACTIVE, 0, 3)
TOLD = Hit("told_them_to_die", Level.CHECK_IN, 0, 3)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "model"))


def test_the_files_in_the_repository_belong_together() -> None:
    assert Learned.load().message(["i want to die"]).hand_over > 0.5


def test_other_weights_are_refused(model: Path) -> None:
    (model / WEIGHTS).write_bytes(b"other")
    with pytest.raises(WeightsChanged, match="expected"):
        Learned.load(model)


def test_thresholds_for_other_weights_are_refused(model: Path) -> None:
    facts = json.loads((model / FACTS).read_text(encoding="utf-8"))
    facts["sha256"][WEIGHTS] = "0" * 64
    (model / FACTS).write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(WeightsChanged, match="0000"):
        Learned.load(model)


@pytest.mark.parametrize(
    ("hits", "hand_over", "notice", "expected"),
    [
        ([], 0.6, 0.9, (Level.PASSIVE, LEARNED)),
        ([], 0.4, 0.9, (Level.CHECK_IN, LEARNED)),
        ([], 0.1, 0.1, (Level.NONE, "")),
        ([WANTS_TO_DIE], 0.2, 0.3, (Level.ACTIVE, "wants_to_die")),
        ([WANTS_TO_DIE], 0.05, 0.1, (Level.CHECK_IN, "wants_to_die")),
        ([TOLD], 0.05, 0.1, (Level.CHECK_IN, "told_them_to_die")),
        ([TOLD], 0.6, 0.9, (Level.PASSIVE, LEARNED)),
    ],
)
def test_patterns_and_the_learned_half_are_joined(
    hits: list[Hit], hand_over: float, notice: float, expected: tuple[Level, str]
) -> None:
    found = joined(Prepared(["words"], hits), Chances(hand_over, notice, Level.PASSIVE), THRESHOLDS)
    assert (found.level, found.reason) == expected


@pytest.mark.parametrize(
    ("likeliest", "hand_over", "handed"),
    [
        (Level.DANGER, 0.7, False),
        (Level.DANGER, 0.85, True),
        (Level.ACTIVE, 0.48, False),
        (Level.ACTIVE, 0.52, True),
        (Level.IMMINENT, 0.46, False),
        (Level.IMMINENT, 0.48, True),
    ],
)
def test_danger_from_others_has_to_be_surer_and_the_most_urgent_less_sure(
    likeliest: Level, hand_over: float, *, handed: bool
) -> None:
    finding = joined(Prepared(["words"], []), Chances(hand_over, 0.9, likeliest), THRESHOLDS)
    assert finding.level is (likeliest if handed else Level.CHECK_IN)


@pytest.mark.parametrize("level", Level)
def test_whoever_may_be_in_danger_is_asked_about_that(level: Level) -> None:
    finding = joined(Prepared(["words"], []), Chances(0.46, 0.9, level), THRESHOLDS)
    assert finding.level is Level.CHECK_IN
    assert finding.about is (level if level in {Level.DANGER, Level.THIRD_PARTY} else Level.CHECK_IN)


def test_who_could_mean_either_is_asked_about_suicide() -> None:
    finding = joined(Prepared(["words"], []), Chances(0.3, 0.9, Level.DANGER), THRESHOLDS)
    assert finding.about is Level.CHECK_IN


def test_a_pattern_that_may_mean_danger_is_asked_about_as_that() -> None:
    found = joined(
        Prepared(["words"], [replace(WANTS_TO_DIE, level=Level.DANGER)]), Chances(0.0, 0.0, Level.ACTIVE), THRESHOLDS
    )
    assert (found.level, found.about) == (Level.CHECK_IN, Level.DANGER)


@pytest.mark.parametrize(("length", "level"), [(2, Level.ACTIVE), (10, Level.ACTIVE), (11, Level.CHECK_IN)])
def test_a_pattern_counts_for_more_in_few_words(length: int, level: Level) -> None:
    message = Prepared(["words"], [WANTS_TO_DIE], length=length)
    assert joined(message, Chances(0.03, 0.1, Level.ACTIVE), THRESHOLDS).level is level
    assert joined(message, Chances(0.01, 0.1, Level.ACTIVE), THRESHOLDS).level is Level.CHECK_IN


def test_the_more_urgent_of_two_levels_counts() -> None:
    assert (
        joined(Prepared(["words"], [WANTS_TO_DIE]), Chances(0.9, 0.9, Level.IMMINENT), THRESHOLDS).level
        is Level.IMMINENT
    )


def test_a_learned_half_that_only_asks() -> None:
    sure, unsure = Chances(0.9, 0.9, Level.IMMINENT), Chances(0.4, 0.9, Level.IMMINENT)
    assert joined(Prepared(["words"], [], only_asks=True), sure, THRESHOLDS).level is Level.CHECK_IN
    assert joined(Prepared(["words"], [], only_asks=True), unsure, THRESHOLDS).level is Level.NONE
    assert joined(Prepared(["words"], [WANTS_TO_DIE], only_asks=True), sure, THRESHOLDS).level is Level.IMMINENT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i am not going to kill myself", True),
        ("At 17 I took an overdose. I'm 40 now and happy", True),
        ("i want to die", False),
        ("he wants money", False),
        ("i want to die tonight, and i am not going to kill him", False),
    ],
)
def test_denied(text: str, expected: bool) -> None:
    tokens = plain(words(normalise(text)))
    assert denied(tokens, Patterns().find(tokens)) is expected


def test_the_most_worrying_window_counts() -> None:
    calm, imminent = np.zeros(len(LEVELS)), np.zeros(len(LEVELS))
    calm[NONE] = imminent[LEVELS.index(Level.IMMINENT)] = 9
    found = most_worrying(np.array([calm, imminent, calm], dtype=np.float32))
    assert found.level is Level.IMMINENT
    assert found.hand_over > 0.99
    assert most_worrying(np.array([calm], dtype=np.float32)).notice < 0.01


def transformer() -> Transformer:
    return Transformer((FOLDER / WEIGHTS).read_bytes(), (FOLDER / TOKENIZER).read_bytes())


def test_what_is_in_doubt_is_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    read = transformer()
    known = {"sure": 5.0, "calm": -5.0, "doubt": 1.0, SETTING + "doubt": 3.0}
    texts: list[str] = []

    def scores(text: str) -> np.ndarray:
        texts.append(text)
        return np.array([known[text], -9, -9, -9, -9, -9, 0], dtype=np.float32)

    monkeypatch.setattr(read, "_read", scores)
    assert [read.scores(text)[0] for text in ("sure", "calm", "doubt")] == [5.0, -5.0, 2.0]
    assert texts == ["sure", "calm", "doubt", SETTING + "doubt"]


def test_the_same_text_always_has_the_same_scores() -> None:
    read = transformer()
    first = read.scores("i want to die")
    read.scores("how do i report him? " * 20)
    assert (read.scores("i want to die") == first).all()


@pytest.mark.parametrize(
    ("typed", "read"),
    [("k1ll myself 🔪", "kill myself knife"), ("so 😔", "so  pensive face"), ("I’m OK €5", "i'm ok €5")],
)
def test_readable(typed: str, read: str) -> None:
    assert readable(typed).strip() == read


def test_a_long_message_is_read_in_windows_that_overlap() -> None:
    sentences = [f"Sentence number {number} says something about the bank and the police." for number in range(60)]
    found = windows(" ".join(sentences))
    assert len(found) > 5
    assert all(any(sentence in window for window in found) for sentence in sentences)
    assert all(before.split(". ")[-1].rstrip(".") in after for before, after in itertools.pairwise(found))


def _seen(level: Level, score: float, *, ordinary: bool = False, taken_for: Level = Level.IMMINENT) -> Seen:
    scores = np.zeros((1, len(LEVELS)), dtype=np.float32)
    scores[0, LEVELS.index(taken_for)], scores[0, NONE] = score, -score
    return Seen(Row("words", LEVELS.index(level), "somebody", ordinary), Prepared(["words"], []), scores)


def test_thresholds_find_as_much_as_the_false_alarms_allow() -> None:
    seen = [_seen(Level.IMMINENT, 2.0) for _ in range(50)] + [_seen(Level.NONE, -2.0) for _ in range(96)]
    seen += [_seen(Level.NONE, 2.5) for _ in range(4)] + [_seen(Level.NONE, -3.0, ordinary=True) for _ in range(100)]
    read = weighed(seen, temperature_of(seen))
    hard, ordinary = measured(read, thresholds := choose(read))
    assert hard.handed_over.value == 1
    assert hard.wrong_hand_overs.hits == 4, "as many as are allowed, since all the crises are found"
    assert ordinary.wrong_hand_overs.hits == 0
    assert thresholds.check_in <= min(thresholds.imminent, thresholds.danger, thresholds.hand_over)


def test_what_is_dangerous_at_first_sight_alone_has_to_be_surer() -> None:
    seen = [_seen(Level.IMMINENT, 2.0) for _ in range(50)] + [_seen(Level.NONE, -2.0) for _ in range(100)]
    seen += [_seen(Level.DANGER, 3.0, taken_for=Level.DANGER) for _ in range(20)]
    seen += [_seen(Level.NONE, 2.5, ordinary=True, taken_for=Level.DANGER) for _ in range(10)]
    read = weighed(seen, 1.0)
    hard, ordinary = measured(read, thresholds := choose(read))
    assert hard.handed_over.value == 1
    assert ordinary.wrong_hand_overs.hits == 0
    assert thresholds.danger > thresholds.imminent


def test_what_is_promised_of_the_most_urgent_comes_before_the_rest() -> None:
    seen = [_seen(Level.NONE, -9.0, ordinary=True) for _ in range(198)] + [_seen(Level.NONE, -9.0) for _ in range(100)]
    for level in (Level.IMMINENT, Level.ACTIVE):  # each as hard to tell from what is ordinary as the other
        seen += [_seen(level, 4.0, taken_for=level) for _ in range(90)]
        seen += [_seen(level, 0.5, taken_for=level) for _ in range(10)]
        seen += [_seen(Level.NONE, 1.0, ordinary=True, taken_for=level) for _ in range(2)]
    hard, ordinary = measured(read := weighed(seen, 1.0), choose(read))
    assert hard.handed_over_by_level[Level.IMMINENT].value == 1
    assert hard.handed_over_by_level[Level.ACTIVE].value == 0.9
    assert ordinary.wrong_hand_overs.hits == 2


def test_thresholds_that_cannot_be_kept_are_not_made_up() -> None:
    seen = [_seen(level, 5.0, ordinary=True) for level in (Level.NONE, Level.IMMINENT)]
    with pytest.raises(SystemExit, match="false alarms"):
        choose(weighed(seen, 0.1))


def test_a_model_that_is_too_sure_is_cooled() -> None:
    right, wrong = [_seen(Level.IMMINENT, 4.0) for _ in range(7)], [_seen(Level.NONE, 4.0) for _ in range(3)]
    assert temperature_of(right + wrong) > 2
