"""The last word of understanding: a crisis outranks every other intent."""

from __future__ import annotations

from typing import Any, Dict, List, Text, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.crisis import Detector, Level, LoadingDetector

CRISIS = "crisis"
LEVEL, ABOUT = "crisis_level", "crisis_about"
TOPIC = "topic"
SURE_OF_TOPIC = 0.6  # below, we might offer to go back to what nobody asked


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CrisisGate(GraphComponent):
    """Sets the ``crisis`` intent, with the level, what it is about, and the topic it stands in front of.

    The bot has looked at each message and says what it found in the metadata. Where
    nobody looked (``rasa shell``), the same detector runs here.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CrisisGate:
        """Create the component; the detector is loaded when a message comes without its level, as from a shell."""
        return cls(LoadingDetector(Detector.load))

    def process(self, messages: List[Message]) -> List[Message]:
        """Put the crisis in front, in place; keep the entities and the topic."""
        for message in messages:
            level, about = self._found(message)
            if level is Level.NONE:
                continue
            intent = message.get(INTENT) or {}
            topic = intent.get("name") if (intent.get("confidence") or 0) >= SURE_OF_TOPIC else None
            message.set(INTENT, {"name": CRISIS, "confidence": 1.0}, add_to_output=True)
            message.set(
                ENTITIES,
                message.get(ENTITIES, [])
                + [_whole(message, LEVEL, level.value), _whole(message, ABOUT, about.value)]
                + ([_whole(message, TOPIC, topic)] if topic else []),
                add_to_output=True,
            )
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples are left as they are labelled."""
        return training_data

    def _found(self, message: Message) -> Tuple[Level, Level]:
        metadata = message.get(METADATA) or {}
        if LEVEL in metadata:
            return Level(metadata[LEVEL]), Level(metadata.get(ABOUT, metadata[LEVEL]))
        finding = self._detector.look(message.get(TEXT) or "")
        return finding.level, finding.about


def _whole(message: Message, entity: Text, value: Any) -> Dict[Text, Any]:
    return {
        "entity": entity,
        "value": value,
        "start": 0,
        "end": len(message.get(TEXT) or ""),
        "extractor": "CrisisGate",
    }
