"""The detector loads beside the rest of the start; without it the program stops."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from bot.app import stop_without
from bot.crisis import Detector, Finding, Level, LoadingDetector
from tests.unit.support import FakeDetector


def test_whoever_looks_while_it_loads_waits_for_it() -> None:
    go = Event()

    def load() -> Detector:
        go.wait(10)
        return FakeDetector()

    loading = LoadingDetector(load)
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(loading.look, "ACTIVE")
        assert not looking.done()
        go.set()
        assert looking.result(10) == Finding(Level.ACTIVE)


async def test_the_program_stops_when_it_cannot_be_loaded() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)

    def load() -> Detector:
        raise FileNotFoundError("weights")

    loading = LoadingDetector(load)
    try:
        await stop_without(loading)
        await asyncio.wait_for(stopped.wait(), 5)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    with pytest.raises(FileNotFoundError):
        loading.look("hello")


async def test_the_program_goes_on_when_it_is_loaded() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    try:
        await stop_without(LoadingDetector(FakeDetector))
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert not stopped.is_set()
