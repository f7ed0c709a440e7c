"""Writes down where a Python process wants to connect to. Python imports this at its start.

The tests put this folder on ``PYTHONPATH`` and the name of a file in ``NETWORK_LOG``.
"""

from __future__ import annotations

import os
import sys
from typing import Any

CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname"}


def _write_down(event: str, arguments: tuple[Any, ...]) -> None:
    if event in CONNECTING:
        target = arguments[1]
    elif event in LOOKING_UP:
        target = arguments[0]
    else:
        return
    host = target[0] if isinstance(target, tuple) else target
    with open(os.environ["NETWORK_LOG"], "a", encoding="utf-8") as file:  # noqa: PTH123 - as little as can be
        file.write(f"{event} {host}\n")


sys.modules["uvloop"] = None  # type: ignore[assignment]  # it connects in C, where no hook sees it
sys.addaudithook(_write_down)
