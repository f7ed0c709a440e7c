"""Is the person, or someone else, in danger? Patterns or the learned half: either may say so.

Harbour routes people to help; it does not assess, diagnose or predict. A level chooses
words and urgency. It is not a risk score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.crisis.context import answered, following_on, is_bare_answer, may_belong_together
from bot.crisis.features import groups_of, sparse
from bot.crisis.guards import sort_out
from bot.crisis.learned import LEVELS, Chances, Learned
from bot.crisis.levels import Finding, Level
from bot.crisis.matching import Hit, Patterns
from bot.crisis.patterns import DECIDING
from bot.crisis.spelling import plain
from bot.crisis.text import normalise, tail, windows, words

LEARNED = "learned"
SHORT_DENIAL = 14


class Detector:
    """Looks at one message of a person. Holds no state between messages."""

    def __init__(self, patterns: Patterns, learned: Learned) -> None:
        self._patterns = patterns
        self._learned = learned

    @classmethod
    def load(cls) -> Detector:
        """Load patterns, weights and encoder; raise ``learned.ModelMissing`` when untrained."""
        detector = cls(Patterns(), Learned.load())
        detector.look("hello")
        return detector

    def look(self, text: str, earlier: Sequence[str] = (), asked: str | None = None) -> Finding:
        """Find the most urgent level in a message.

        ``earlier`` holds the person's last few messages, oldest first, without this one.
        ``asked`` names the bot's direct question that this message answers, if it does.
        """
        alone = self._alone(text)
        if alone.level.hands_over:
            return alone
        tokens = plain(words(normalise(text)))
        answer = answered(tokens, asked)
        found = (answer, alone, self._in_context(text, tokens, earlier))
        return max(found, key=lambda finding: _urgency(finding.level))

    def _alone(self, text: str) -> Finding:
        firm, soft, tokens = self._patterns_in(text)
        if not tokens:
            return Finding(Level.NONE)
        deciding = [hit for hit in firm if hit.group in DECIDING]
        chances = self._chances(text, firm, soft)
        hands = [hit for hit in deciding if hit.level.hands_over]
        if hands:
            return _most_urgent(hands)
        if chances.hand_over >= self._learned.hand_over_from:
            denied = not firm and len(tokens) <= SHORT_DENIAL and any(hit.group == "denied" for hit in soft)
            return Finding(Level.CHECK_IN if denied else chances.level, LEARNED)
        if deciding:
            return _most_urgent(deciding)
        if chances.notice >= self._learned.check_in_from:
            return Finding(Level.CHECK_IN, LEARNED)
        return Finding(Level.NONE)

    def _patterns_in(self, text: str) -> tuple[list[Hit], list[Hit], list[str]]:
        tokens = plain(words(normalise(text)))
        firm, soft = sort_out(tokens, self._patterns.find(tokens))
        return firm, soft, tokens

    def _chances(self, text: str, firm: Sequence[Hit], soft: Sequence[Hit]) -> Chances:
        pieces = [plain(words(normalise(piece))) for piece in windows(text)]
        found = [sparse(piece, groups_of(self._patterns.find(piece))) for piece in pieces]
        return self._learned.message(self._learned.pieces([" ".join(piece) for piece in pieces], found), firm, soft)

    def _in_context(self, text: str, tokens: Sequence[str], earlier: Sequence[str]) -> Finding:
        before = tail(earlier, 2)
        if not before or not may_belong_together(tokens) or is_bare_answer(tokens):
            return Finding(Level.NONE)
        last = [self._alone(message).level for message in before]
        noticed = any(level is not Level.NONE for level in last)
        if noticed and following_on(tokens):
            return Finding(Level.IMMINENT, "following_on")
        if any(level.hands_over for level in last):
            return Finding(Level.NONE)
        joined = self._alone(" . ".join([*before, text]))
        return Finding(joined.level, joined.reason) if joined.level.hands_over else Finding(Level.NONE)


class LoadingDetector(Detector):
    """A detector that loads beside the rest of the start; whoever looks meanwhile waits for it."""

    def __init__(self, load: Callable[[], Detector]) -> None:
        loader = ThreadPoolExecutor(1, "detector")
        self._loading = loader.submit(load)
        loader.shutdown(wait=False)

    @property
    def is_loaded(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._loading.done()

    def wait(self) -> Detector:
        """The detector, when it has loaded; raises what loading raised."""
        return self._loading.result()

    def look(self, text: str, earlier: Sequence[str] = (), asked: str | None = None) -> Finding:
        """Look with the loaded detector."""
        return self.wait().look(text, earlier, asked)


def _urgency(level: Level) -> int:
    return len(LEVELS) - LEVELS.index(level)


def _most_urgent(hits: Sequence[Hit]) -> Finding:
    hit = max(hits, key=lambda found: _urgency(found.level))
    return Finding(hit.level, hit.group)
