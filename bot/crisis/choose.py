"""Choose the calibration and the thresholds: ``python -m bot.crisis.choose``.

What the weights in ``bot/crisis/model`` say about the messages that are held out, read as the detector
reads them, gives the temperature and the thresholds; they are written beside them, with the digests.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot.crisis.detector import Prepared, joined, prepared
from bot.crisis.learned import FACTS, FOLDER, LEVELS, TOKENIZER, WEIGHTS, Floats, Thresholds, Transformer, most_worrying
from bot.crisis.levels import Level
from bot.crisis.matching import Patterns
from bot.crisis.measure import Report, report
from bot.crisis.rows import HELD_OUT, Row, all_rows

# What may go wrong here. Of hard messages a little less than we promise (0.06): the last points of it buy next to
# nothing. Of ordinary ones half as much again (0.01): whoever is missed pays more than whoever is asked.
# Of needless questions a little less (0.12): what people write is harder than what is held out.
WRONG_HAND_OVERS_HARD, WRONG_HAND_OVERS_ORDINARY = 0.05, 0.015
NEEDLESS_CHECK_INS_HARD = 0.10
TEMPERATURES = [0.3 + 0.05 * step for step in range(55)]
STEPS = 1 / (1 + np.exp(-np.arange(-5, 6, 0.05)))  # even steps of log odds
WITH_PATTERN = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Seen:
    """A message as the detector prepares it, and the scores of its windows, shape (windows, levels)."""

    row: Row
    message: Prepared
    scores: Floats


def look(folder: Path, rows: Sequence[Row], patterns: Patterns) -> Iterator[Seen]:
    """Read messages with a model."""
    transformer = Transformer((folder / WEIGHTS).read_bytes(), (folder / TOKENIZER).read_bytes())
    for number, row in enumerate(rows):
        message = prepared(row.text, patterns)
        scores = [transformer.scores(window) for window in message.windows]
        yield Seen(row, message, np.stack(scores) if scores else np.zeros((0, len(LEVELS)), dtype=np.float32))
        if number % 100 == 0:
            print(f"\r  {folder.name}: {number} of {len(rows)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def temperature_of(seen: Sequence[Seen]) -> float:
    """The temperature at which the chances are the likeliest to be true, on messages of one window."""
    single = [each for each in seen if len(each.scores) == 1]
    scores = np.array([each.scores[0] for each in single])
    true = np.array([each.row.level for each in single])

    def unlikeliness(temperature: float) -> float:
        cooled = scores / temperature
        return float(np.mean(np.logaddexp.reduce(cooled, axis=1) - cooled[np.arange(len(true)), true]))

    return min(TEMPERATURES, key=unlikeliness)


def measured(seen: Sequence[Seen], temperature: float, thresholds: Thresholds) -> tuple[Report, Report]:
    """The figures of the crisis writers' messages, and those of ordinary ones."""
    pairs: dict[bool, list[tuple[Level, Level]]] = {False: [], True: []}
    for each in seen:
        level = Level.NONE  # as the detector has it where there is nothing to read
        if len(each.scores):
            chances = most_worrying(each.scores / np.float32(temperature))
            level = joined(each.message, chances, thresholds).level
        pairs[each.row.ordinary].append((LEVELS[each.row.level], level))
    return report(pairs[False]), report(pairs[True])


def choose(seen: Sequence[Seen], temperature: float) -> Thresholds:
    """The thresholds that find most while the false alarms stay under what is allowed."""

    def handing(with_pattern: float) -> tuple[float, Thresholds]:
        for step in STEPS:
            tried = Thresholds(float(step), min(with_pattern, float(step)), float(step))
            hard, ordinary = measured(seen, temperature, tried)
            if (
                hard.wrong_hand_overs.value <= WRONG_HAND_OVERS_HARD
                and ordinary.wrong_hand_overs.value <= WRONG_HAND_OVERS_ORDINARY
            ):
                return hard.handed_over.value, tried
        raise SystemExit("No threshold keeps the false alarms low enough.")

    best = max((handing(each) for each in WITH_PATTERN), key=lambda found: found[0])[1]
    for step in STEPS:
        tried = Thresholds(best.hand_over, best.hand_over_with_pattern, min(float(step), best.hand_over))
        if measured(seen, temperature, tried)[0].needless_check_ins.value <= NEEDLESS_CHECK_INS_HARD:
            return tried
    return best


def figures(seen: Sequence[Seen], temperature: float, thresholds: Thresholds) -> dict[str, str]:
    """The shares that matter, with their intervals."""
    hard, ordinary = measured(seen, temperature, thresholds)
    return {
        "noticed": str(hard.noticed),
        "handed over": str(hard.handed_over),
        **{f"{level.value} noticed": str(share) for level, share in hard.noticed_by_level.items()},
        **{
            f"{level.value} handed over": str(share)
            for level, share in hard.handed_over_by_level.items()
            if level.hands_over
        },
        "wrong hand-overs, hard": str(hard.wrong_hand_overs),
        "wrong hand-overs, ordinary": str(ordinary.wrong_hand_overs),
        "needless check-ins, hard": str(hard.needless_check_ins),
        "needless check-ins, ordinary": str(ordinary.needless_check_ins),
    }


def main() -> None:
    """Choose, show what comes of it, and write it beside the weights."""
    seen = list(look(FOLDER, [row for row in all_rows() if row.writer in HELD_OUT], Patterns()))
    temperature = temperature_of(seen)
    thresholds = choose(seen, temperature)
    facts = {
        "sha256": {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in (WEIGHTS, TOKENIZER)},
        "temperature": round(temperature, 2),
        "thresholds": {name: round(value, 4) for name, value in asdict(thresholds).items()},
        "on what is held out": figures(seen, temperature, thresholds),
    }
    (FOLDER / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
