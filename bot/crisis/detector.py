"""Is the person, or someone else, in danger? Patterns or the learned half: either may say so.

Harbour routes people to help; it does not assess, diagnose or predict. A level chooses
words and urgency. It is not a risk score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bot.crisis.context import ANSWERED_NO, answered, following_on, is_bare_answer, may_belong_together
from bot.crisis.guards import denied, sort_out
from bot.crisis.levels import Finding, Level
from bot.crisis.matching import Hit, Patterns
from bot.crisis.spelling import plain
from bot.crisis.text import normalise, tail, windows, words

if TYPE_CHECKING:
    from bot.crisis.learned import Chances, Learned, Thresholds

LEARNED = "learned"
ASKED_AS_SUCH = (Level.DANGER, Level.THIRD_PARTY)  # whoever may be in one of these is not asked about suicide
FEW_WINDOWS = 4  # about 260 words; more is mostly something pasted
# A word alone ("belfast", "two") has the chance that messages have on average: it says nothing. One that says
# something is far above it.
ASKS_ABOUT_A_WORD_FROM = 0.4
# In few words the learned half has little to go by, and a pattern more than in many: "im siucidal".
FEW_WORDS, PATTERN_COUNTS_IN_FEW_WORDS_FROM = 10, 0.02


class Detector:
    """Looks at one message of a person. Holds no state between messages."""

    def __init__(self, patterns: Patterns, learned: Learned) -> None:
        self._patterns = patterns
        self._learned = learned

    @classmethod
    def load(cls) -> Detector:
        """Load patterns and weights; raise ``learned.WeightsChanged`` when they are not ours."""
        from bot.crisis.learned import Learned  # numpy, too, is loaded beside the rest of the start

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
        answer = self._as_asked(answered(tokens, asked), earlier)
        if answer.reason == ANSWERED_NO and not alone.doubt:
            alone = answer  # how they feel, said after a plain no, is not asked about again
        found = (answer, alone, self._in_context(text, tokens, earlier))
        return max(found, key=lambda finding: _urgency(finding.level))

    def _as_asked(self, answer: Finding, earlier: Sequence[str]) -> Finding:
        """An answer, with what the question was about: the last message that there was something to ask about."""
        if not answer.reason:
            return answer
        findings = (self._alone(message) for message in reversed(earlier))
        about = next((finding.about for finding in findings if finding.level is not Level.NONE), None)
        if answer.level.hands_over and about in (Level.IMMINENT, *ASKED_AS_SUCH):
            return replace(answer, level=about, doubt=about)
        return replace(answer, doubt=about)

    def _alone(self, text: str) -> Finding:
        message = prepared(text, self._patterns)
        if not message.windows:
            return Finding(Level.NONE)
        chances = self._learned.message(message.windows)
        return joined(message, chances, self._learned.thresholds)

    def _in_context(self, text: str, tokens: Sequence[str], earlier: Sequence[str]) -> Finding:
        before = tail(earlier, 2)
        follows = following_on(tokens)
        if not before or not may_belong_together(tokens) or (is_bare_answer(tokens) and not follows):
            return Finding(Level.NONE)
        last = [self._alone(message).level for message in before]
        noticed = any(level is not Level.NONE for level in last)
        if noticed and follows:
            return Finding(Level.IMMINENT, "following_on")
        if any(level.hands_over for level in last):
            return Finding(Level.NONE)
        together = self._alone(" . ".join([*before, text]))
        return together if together.level.hands_over else Finding(Level.NONE)


@dataclass(frozen=True)
class Prepared:
    """A message as the learned half gets it: its windows (none when there is nothing to read), and its patterns.

    ``only_asks`` says that the learned half, alone, may ask and not hand over (see ``joined``); of ``length`` words
    it has to be surer than elsewhere to ask about one, and a pattern counts for more in a few.
    """

    windows: Sequence[str]
    hits: Sequence[Hit]
    only_asks: bool = False
    length: int = FEW_WORDS + 1


def prepared(text: str, patterns: Patterns) -> Prepared:
    """Cut a message into windows and find its patterns."""
    tokens = plain(words(normalise(text)))
    found = patterns.find(tokens)
    bare = not found and is_bare_answer(tokens)  # "help" or "goodbye" alone, which the transformer takes for more
    pieces = () if bare else windows(text)
    only_asks = len(pieces) > FEW_WINDOWS or denied(tokens, found)
    return Prepared(pieces, sort_out(tokens, found), only_asks, len(tokens))


def joined(message: Prepared, chances: Chances, thresholds: Thresholds) -> Finding:
    """What patterns and the learned half say together; either may fire.

    A pattern alone asks. It brings a person in when the learned half does not think the opposite.
    Where it ``only_asks``, the learned half alone asks where it would bring a person in: in a long paste
    one of many windows is worrying by chance, and "not" and "long ago" are its blind spot.
    """
    hit = max(message.hits, key=lambda found: _urgency(found.level), default=None)
    with_pattern = thresholds.hand_over_with_pattern
    if message.length <= FEW_WORDS:
        with_pattern = min(with_pattern, PATTERN_COUNTS_IN_FEW_WORDS_FROM)
    if hit and hit.level.hands_over and chances.hand_over >= with_pattern:
        return Finding(max(hit.level, chances.level, key=_urgency), hit.group)
    if chances.hand_over >= thresholds.hand_over_from(chances.level):
        return _asking(LEARNED, _likeliest(chances)) if message.only_asks else Finding(chances.level, LEARNED)
    if hit:
        return _asking(hit.group, hit.level)
    asks_from = max(thresholds.check_in, ASKS_ABOUT_A_WORD_FROM) if message.length == 1 else thresholds.check_in
    if chances.notice >= asks_from and not message.only_asks:
        return _asking(LEARNED, _likeliest(chances))
    return Finding(Level.NONE)


def _likeliest(chances: Chances) -> Level:
    return chances.level if chances.hand_over > chances.notice / 3 else Level.CHECK_IN


def _asking(reason: str, likeliest: Level) -> Finding:
    return Finding(Level.CHECK_IN, reason, likeliest if likeliest in ASKED_AS_SUCH else None)


class LoadingDetector(Detector):
    """A detector that loads beside the rest, from when it is first waited for; whoever looks meanwhile waits too."""

    def __init__(self, load: Callable[[], Detector]) -> None:
        self._load = load

    @cached_property
    def _loading(self) -> Future[Detector]:
        loader = ThreadPoolExecutor(1, "detector")
        try:
            return loader.submit(self._load)
        finally:
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
    return -list(Level).index(level)
