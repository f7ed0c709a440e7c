"""A graph component that breaks, leaks or counts on demand."""

from __future__ import annotations

import gc
import logging
import warnings
from typing import Any

from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Probe(GraphComponent):
    """``explode``: raise with the words. ``babble``: log and warn them. ``probe``: say what is kept."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Probe:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if "explode" in text:
                raise RuntimeError(text)
            if "babble" in text:
                _babble(text)
            if "probe" in text:
                message.set(
                    ENTITIES, [{"entity": "kept", "value": _kept(), "start": 0, "end": len(text)}], add_to_output=True
                )
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _babble(text: str) -> None:
    for name in ("rasa.core.anything", "sanic.root", "somebody.else"):
        logging.getLogger(name).error("to %s they said %s", name, text)
    logging.getLogger().error("to all they said %s", text)
    warnings.warn(f"they said {text}", stacklevel=2)


def _kept() -> dict[str, int]:
    """How many conversations the stores of this process hold, and how many locks."""
    found = gc.get_objects()
    return {
        "conversations": sum(len(each.store) for each in found if isinstance(each, InMemoryTrackerStore)),
        "locks": sum(len(each.conversation_locks) for each in found if isinstance(each, InMemoryLockStore)),
        "stores": sum(isinstance(each, InMemoryTrackerStore) for each in found),
    }
