"""Choose the calibration and the thresholds: ``python -m bot.crisis.choose``.

What the weights in ``bot/crisis/model`` say about the messages that are held out, read as the detector
reads them, gives the temperature and the thresholds; they are written beside them, with the digests.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.crisis.detector import Prepared, joined, prepared
from bot.crisis.learned import (
    FACTS,
    FOLDER,
    LEVELS,
    TOKENIZER,
    WEIGHTS,
    Chances,
    Floats,
    Thresholds,
    Transformer,
    most_worrying,
)
from bot.crisis.levels import Level
from bot.crisis.matching import Patterns
from bot.crisis.measure import Report, report
from bot.crisis.rows import HELD_OUT, Row, all_rows

# What may go wrong here. Of hard messages a little less than we promise (0.06): the last points of it buy next to
# nothing. Of ordinary ones a quarter as much again (0.01): eleven of those held out have a chance over 0.98, whatever
# network reads them. Of needless questions a little less (0.12): what people write is harder than this.
WRONG_HAND_OVERS_HARD, WRONG_HAND_OVERS_ORDINARY = 0.05, 0.0125
NEEDLESS_CHECK_INS_HARD, NEEDLESS_CHECK_INS_ORDINARY = 0.10, 0.05
HANDED_OVER_IMMINENT = 0.98  # what we promise: it comes before all other crises
TEMPERATURES = [0.3 + 0.05 * step for step in range(55)]
STEPS = [float(step) for step in 1 / (1 + np.exp(-np.arange(-5, 6, 0.05)))]  # even steps of log odds
COARSE = STEPS[::2]  # where three thresholds are tried together
WITH_PATTERN = 0.2  # a pattern counts unless the transformer thinks the opposite


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


@dataclass(frozen=True)
class Weighed:
    """A message with what the learned half makes of it; nothing where there is nothing to read."""

    row: Row
    message: Prepared
    chances: Chances | None


def weighed(seen: Sequence[Seen], temperature: float) -> list[Weighed]:
    """The messages with their chances at this temperature."""
    return [
        Weighed(
            each.row, each.message, most_worrying(each.scores / np.float32(temperature)) if len(each.scores) else None
        )
        for each in seen
    ]


def measured(read: Sequence[Weighed], thresholds: Thresholds) -> tuple[Report, Report]:
    """The figures of the crisis writers' messages, and those of ordinary ones."""
    pairs: dict[bool, list[tuple[Level, Level]]] = {False: [], True: []}
    for each in read:
        level = joined(each.message, each.chances, thresholds).level if each.chances else Level.NONE
        pairs[each.row.ordinary].append((LEVELS[each.row.level], level))
    return report(pairs[False]), report(pairs[True])


def shares_of(read: Sequence[Weighed], likeliest: Sequence[Level]) -> npt.NDArray[np.float64]:
    """How many are handed over from each coarse step on because of messages that are likeliest one of these levels.

    Shares of all crises, of what is imminent, of hard messages and of ordinary ones, of shape (steps, 4).
    """
    found, of = np.zeros((len(COARSE), 4)), np.zeros(4)
    for each in read:
        level, ordinary = LEVELS[each.row.level], each.row.ordinary
        none = level is Level.NONE
        kinds = (
            level.hands_over,
            level is Level.IMMINENT,
            none and not ordinary,
            none and ordinary,
        )
        of += kinds
        if each.chances and each.chances.level in likeliest:
            for place, step in enumerate(COARSE):
                tried = Thresholds(step, step, step, min(WITH_PATTERN, step), step)
                if joined(each.message, each.chances, tried).level.hands_over:
                    found[place] += kinds
    shares: npt.NDArray[np.float64] = found / of.clip(min=1)
    return shares


def handing(read: Sequence[Weighed]) -> Thresholds:
    """The thresholds that hand over most of what is allowed."""
    rest = [level for level in LEVELS if level not in (Level.IMMINENT, Level.DANGER)]
    groups = [shares_of(read, likeliest) for likeliest in ([Level.IMMINENT], [Level.DANGER], rest)]
    together = groups[0][:, None, None] + groups[1][:, None] + groups[2]
    crises, imminent, hard, ordinary = np.moveaxis(together, -1, 0)
    worth = crises - hard / 10 - 10 * (HANDED_OVER_IMMINENT - imminent).clip(min=0)
    worth[(hard > WRONG_HAND_OVERS_HARD) | (ordinary > WRONG_HAND_OVERS_ORDINARY)] = -np.inf
    if worth.max() == -np.inf:
        raise SystemExit("No threshold keeps the false alarms low enough.")
    best = np.unravel_index(worth.argmax(), worth.shape)
    first, second, third = (COARSE[place] for place in best)
    lowest = min(first, second, third)
    return Thresholds(first, second, third, min(WITH_PATTERN, lowest), lowest)


def choose(read: Sequence[Weighed]) -> Thresholds:
    """The thresholds that find most while the false alarms stay under what is allowed."""
    best = handing(read)
    for step in STEPS:
        asking = replace(best, check_in=min(step, best.check_in))
        hard, ordinary = measured(read, asking)
        if (
            hard.needless_check_ins.value <= NEEDLESS_CHECK_INS_HARD
            and ordinary.needless_check_ins.value <= NEEDLESS_CHECK_INS_ORDINARY
        ):
            return asking
    return best


def figures(read: Sequence[Weighed], thresholds: Thresholds) -> dict[str, str]:
    """The shares that matter, with their intervals."""
    hard, ordinary = measured(read, thresholds)
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
    read = weighed(seen, temperature)
    thresholds = choose(read)
    facts = {
        "sha256": {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in (WEIGHTS, TOKENIZER)},
        "temperature": round(temperature, 2),
        "thresholds": {name: round(value, 4) for name, value in asdict(thresholds).items()},
        "on what is held out": figures(read, thresholds),
    }
    (FOLDER / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
