"""Actions that break."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class Fails(Action):
    def name(self) -> str:
        return "action_fails"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Put the person's words in the exception, as a careless action might."""
        raise ValueError(tracker.latest_message["text"])


class IsSlow(Action):
    def name(self) -> str:
        return "action_is_slow"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer when the person has long gone."""
        await asyncio.sleep(2)
        return []
