"""Logging without a person's words: event names, types and counts, one JSON object a line."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

Event = MutableMapping[str, Any]


def configure(level: str) -> None:
    """Send everything, other libraries' records included, through one formatter."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _only_where_from],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _exceptions_as_types,
                _values_as_types,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(_keep_template)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    sys.unraisablehook = lambda given: _log_uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    threading.excepthook = lambda given: _log_uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Requests carry nothing a log needs, and addresses that it must not have.
    logging.getLogger("uvicorn.access").disabled = True
    # It logs what Telegram sent, people's words included, and the token; bot/channels/telegram logs what matters.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    for name in ("httpx", "httpcore", "aiosqlite", "sqlalchemy.engine", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    structlog.get_logger().critical("uncaught", exc_info=(kind, error, trace))


def _keep_template(record: logging.LogRecord) -> bool:
    """Remember the template of another library's record: structlog fills it in before we see it."""
    if record.args or record.name == "uvicorn.error":
        record.template = str(record.msg).partition("\n")[0]
    return True


def _only_where_from(_logger: object, _method: str, event: Event) -> Event:
    """Of another library's record: its template, or where it came from, never what was filled in."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    event["where"] = f"{record.module}:{record.lineno} {record.funcName}"
    event["event"] = getattr(record, "template", "log")
    return event


def _values_as_types(_logger: object, _method: str, event: Event) -> Event:
    """A value that is not plain may have words in it."""
    for key, value in event.items():
        if not isinstance(value, str | int | float | bool | list | None):
            event[key] = type(value).__name__
    return event


def _exceptions_as_types(_logger: object, _method: str, event: Event) -> Event:
    """An exception's message can hold anything, so only its type and its places are kept."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0] is not None:
        event["exception"] = info[0].__name__
        event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(info[2])[-8:]]
    return event
