"""``python -m bot.supervise``: supervisord, which starts its programs at once.

As it comes it first looks around for a second. Whoever waits for the chat need not.
"""

from __future__ import annotations

import sys

from supervisor import supervisord


class AtOnce(supervisord.Supervisor):  # type: ignore[misc]  # supervisor has no types
    """The supervisor of one run."""

    def runforever(self) -> None:
        """Start every program, then look after them."""
        for group in sorted(self.process_groups.values()):
            group.transition()
        super().runforever()


if __name__ == "__main__":
    supervisord.Supervisor = AtOnce
    supervisord.main(sys.argv[1:])
