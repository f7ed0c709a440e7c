"""Two slot types that remember what was said before, so that nobody hears the same lines twice.

Rasa keeps only the latest value of a slot. These keep a little history inside the value
itself, so it travels in the snapshot and no action server is needed to count.
A value without a space is news; one with a space is a value that was kept.
"""

from __future__ import annotations

from typing import Any, List

from rasa.shared.core.slots import Slot


class SaidBefore(Slot):
    """Has this value come up anywhere in the conversation before?

    Kept as ``first a b`` or ``again a b``: the values seen, and whether the last one
    was among them. A rule asks for it with ``slot_was_set: {name: again}``.
    """

    type_name = "said_before"

    def _as_feature(self) -> List[float]:
        return [1.0 if str(self.value or "").startswith("again") else 0.0]

    @Slot.value.setter
    def value(self, value: Any) -> None:
        """Take in one more value, a kept one, or ``None``."""
        Slot.value.fset(self, self._kept(value))

    def _kept(self, value: Any) -> Any:
        if value is None or value == "again" or " " in str(value):
            return value
        seen = str(self._value).split()[1:] if self._value else []
        return " ".join(["again" if value in seen else "first", *seen, *([] if value in seen else [value])])


class SameAgain(Slot):
    """How often has this value come in a row?

    Kept as ``name 3``. A rule asks for the second time with ``again`` and for the third
    and every later one with ``more``.
    """

    type_name = "same_again"

    def _as_feature(self) -> List[float]:
        return [float(self._is(2, "again")), float(self._is(3, "more"))]

    def _feature_dimensionality(self) -> int:
        return 2

    def _is(self, times: int, word: str) -> bool:
        if self.value in (None, "again", "more"):
            return bool(self.value == word)
        return min(int(str(self.value).split()[-1]), 3) == times

    @Slot.value.setter
    def value(self, value: Any) -> None:
        """Take in one more value, a kept one, or ``None``."""
        Slot.value.fset(self, self._kept(value))

    def _kept(self, value: Any) -> Any:
        if value in (None, "again", "more") or " " in str(value):
            return value
        name, _, times = str(self._value or "").partition(" ")
        return f"{value} {int(times) + 1 if name == value and times else 1}"
