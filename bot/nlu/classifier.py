"""Our intent model as a Rasa graph component."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.intents import Floats, IntentModel

RANKED = 10
CHILD = "under_18"
OWN_AGE, AGE_OF_ANOTHER = frozenset({"age_band", "school"}), "other_child"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HarbourIntentClassifier(GraphComponent, RasaIntentClassifier):
    """Sets the intent and its ranking.

    ``leave_out`` names intents that others decide. ``only_when_sure`` gives, by intent,
    the least share it needs: below it the message counts as not understood and is asked
    about, because a wrong guess would hurt (a victim's partner taken for an offender).
    """

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
    ) -> None:
        self._leave_out = set(config["leave_out"])
        self._only_when_sure: Dict[Text, float] = config["only_when_sure"]
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Every intent is learned, and the likeliest one is taken."""
        return {"leave_out": [], "only_when_sure": {}}

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """The sentence vectors come from a dense featurizer."""
        return [DenseFeaturizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["sklearn"]

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HarbourIntentClassifier:
        """Create a component that has learned nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> HarbourIntentClassifier:
        """Load what was learned; a brain that understands nothing must not start."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the labelled examples."""
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT) not in self._leave_out
        ]
        self._model = IntentModel.fit(
            [example.get(TEXT) for example in examples],
            np.vstack([_vector(example) for example in examples]),
            [example.get(INTENT) for example in examples],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the intent of each message that has text, in place."""
        for message in messages:
            text = message.get(TEXT)
            if text and self._model is not None:
                another = _tells_only_of_another_child(message)
                possible = [label != CHILD or not another for label in self._model.labels]
                shares = self._model.shares([text], _vector(message))[0] * possible
                ranking = self._ranking(self._model.labels, shares / shares.sum())
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _ranking(self, labels: Sequence[Text], shares: Floats) -> List[Dict[Text, Any]]:
        ranking = [
            {"name": labels[index], "confidence": float(shares[index])} for index in np.argsort(-shares)[:RANKED]
        ]
        best = ranking[0]
        if best["confidence"] >= self._only_when_sure.get(best["name"], 0.0):
            return ranking
        return [{"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - best["confidence"]}, *ranking]


def _tells_only_of_another_child(message: Message) -> bool:
    """An age belongs to someone: "he's 17" does not make its writer a child."""
    told = {entity["entity"] for entity in message.get(ENTITIES, [])}
    return AGE_OF_ANOTHER in told and not told & OWN_AGE


def _vector(message: Message) -> Floats:
    """The message's sentence vector, shape ``(1, width)``."""
    _, sentence = message.get_dense_features(TEXT)
    if sentence is None:
        raise InvalidConfigException("A message has no sentence vector: put SentenceEncoderFeaturizer in config.yml.")
    return np.asarray(sentence.features, dtype=np.float32)
