"""Logging for the brain and the action server without a person's words.

Rasa writes messages, slots and whole trackers into its log lines, at ERROR too, and no
log level helps. So of a line that is not ours, only where it came from is written: the
source line names the message as well as its text would. Of an exception: its type and
its frames.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from typing import Any, Dict

import coloredlogs

OURS = ("bot", "actions")
_WARNING = re.compile(r"^(?P<where>\S+:\d+): (?P<category>\w+)")


class WordlessFormatter(logging.Formatter):
    """One JSON object a line, with nothing in it that a person wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """Write down where a record came from."""
        line: Dict[str, Any] = {
            "event": "log",
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "where": f"{record.module}:{record.lineno} {record.funcName}",
        }
        if record.name.split(".")[0] in OURS:
            line["event"] = record.getMessage()
        elif record.name == "py.warnings":
            warning = _WARNING.match(record.getMessage())
            line["event"] = "warning"
            if warning:
                line.update(warning.groupdict())
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["frames"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line)


def handler() -> logging.Handler:
    """The one handler of ``logging-rasa.yml``; it takes Python's warnings too."""
    coloredlogs.install = lambda *_, **__: None  # it would take the root logger back, and print every word
    logging.captureWarnings(True)
    stream = logging.StreamHandler()
    stream.setFormatter(WordlessFormatter())
    return stream
