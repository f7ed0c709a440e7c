"""No words of a person in any log, whoever logs, at whatever level."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from bot.logs import configure

WORDS = "im 15 and they have my pictures"


class Bad(Exception):
    """An exception with a person's words in it."""


def fail() -> None:
    raise Bad(WORDS)


def fail_differently() -> None:
    try:
        fail()
    except Bad as error:
        raise RuntimeError("outer") from error


def fail_twice() -> None:
    raise ExceptionGroup("several", [Bad(WORDS), Bad(WORDS)])


@contextmanager
def as_in_the_program(level: str = "DEBUG") -> Iterator[None]:
    """Logging as the program has it, without pytest's own handlers; afterwards all is put back."""
    root = logging.getLogger()
    before = {name: (_get(name).level, _get(name).disabled, _get(name).propagate) for name in _names()}
    handlers, hooks = root.handlers[:], (sys.excepthook, threading.excepthook, sys.unraisablehook)
    root.handlers.clear()
    configure(level)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        structlog.reset_defaults()
        root.handlers[:] = handlers
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        for name in _names():
            logger = _get(name)
            level_before, logger.disabled, logger.propagate = before.get(name, (logging.NOTSET, False, True))
            logger.setLevel(level_before)


def _names() -> list[str]:
    return [
        "",
        *(name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)),
    ]


def printed_by(log: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What one call prints, line by line."""
    with as_in_the_program():
        log()
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def _get(name: str) -> logging.Logger:
    return logging.getLogger(name or None)


def test_an_event_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = printed_by(lambda: structlog.get_logger().info("brain_up", count=3), capsys)
    assert (line["event"], line["count"], line["level"]) == ("brain_up", 3, "info")
    assert line["timestamp"].endswith("Z")


def test_other_libraries_go_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = printed_by(lambda: logging.getLogger("some.library").warning("pool is %s", "full"), capsys)
    assert (line["logger"], line["level"]) == ("some.library", "warning")
    assert line["event"].startswith("pool is ")


def test_the_level_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    with as_in_the_program("WARNING"):
        structlog.get_logger().info("quiet")
        logging.getLogger("x").info("quiet")
        structlog.get_logger().error("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def by_structlog() -> None:
    try:
        fail()
    except Bad:
        structlog.get_logger().exception("failed")


def by_structlog_with_exc_info() -> None:
    try:
        fail()
    except Bad as error:
        structlog.get_logger().error("failed", exc_info=error)


def by_structlog_as_a_value() -> None:
    try:
        fail()
    except Bad as error:
        structlog.get_logger().error("failed", error=error)


def by_the_standard_library() -> None:
    try:
        fail()
    except Bad:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")


def by_a_chain() -> None:
    try:
        fail_differently()
    except RuntimeError:
        logging.getLogger("x").exception("failed")


def by_a_group() -> None:
    try:
        fail_twice()
    except ExceptionGroup:
        logging.getLogger("x").exception("failed")


def by_a_formatted_exception() -> None:
    """Libraries do this: sqlalchemy's pool, sse_starlette, asyncio."""
    try:
        fail()
    except Bad as error:
        logging.getLogger("x").error("Exception during reset: %r", error)


def by_a_task_that_nobody_waited_for() -> None:
    async def forgotten() -> None:
        fail()

    async def main() -> None:
        task = asyncio.create_task(forgotten())
        await asyncio.wait([task])
        del task

    asyncio.run(main())


def by_a_callback_of_the_loop() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(fail)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(main())


def by_an_event_of_the_stream() -> None:
    """sse_starlette does this with every event that it sends."""
    logging.getLogger("sse_starlette.sse").debug("chunk: %s", WORDS.encode())


def by_an_http_request() -> None:
    logging.getLogger("httpx").info("HTTP Request: POST %s", WORDS)
    logging.getLogger("httpcore.http11").debug("send_request_body %s", WORDS)
    logging.getLogger("uvicorn.access").info("%s", WORDS)


def by_a_database() -> None:
    logging.getLogger("aiosqlite").debug("executing %s", WORDS)
    logging.getLogger("sqlalchemy.engine.Engine").info("%s", WORDS)
    logging.getLogger("psycopg").debug("%s", WORDS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "leak",
    [
        by_structlog,
        by_structlog_with_exc_info,
        by_structlog_as_a_value,
        by_the_standard_library,
        by_a_chain,
        by_a_group,
        by_a_formatted_exception,
        by_a_task_that_nobody_waited_for,
        by_a_callback_of_the_loop,
        by_an_event_of_the_stream,
        by_an_http_request,
        by_a_database,
    ],
    ids=lambda leak: leak.__name__,
)
def test_no_words_from_an_exception_or_a_library(leak: Callable[[], None], capsys: pytest.CaptureFixture[str]) -> None:
    with as_in_the_program():
        leak()
    printed = capsys.readouterr()
    assert WORDS not in printed.err + printed.out


@pytest.mark.parametrize("log", [by_structlog, by_structlog_with_exc_info, by_the_standard_library])
def test_an_exception_leaves_its_type_and_its_places(
    log: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = printed_by(log, capsys)
    assert line["exception"] == "Bad"
    assert line["frames"][-1].startswith(f"{__file__}:")
    assert line["frames"][-1].endswith(" fail")


def test_a_warning_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings(), as_in_the_program():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("this is old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert json.loads(capsys.readouterr().err)["level"] == "warning"


@pytest.mark.filterwarnings("ignore")
def test_an_exception_that_ends_the_program_or_a_thread(capsys: pytest.CaptureFixture[str]) -> None:
    """Python prints these itself, words and all, unless it is told otherwise."""
    threading.excepthook = threading.__excepthook__  # pytest's own takes them away
    with as_in_the_program():
        try:
            fail()
        except Bad as error:
            sys.excepthook(Bad, error, error.__traceback__)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    printed = capsys.readouterr().err
    assert WORDS not in printed
    assert printed.count("Bad") >= 2
