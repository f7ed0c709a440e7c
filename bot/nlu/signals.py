"""Facts a person states in passing: age, platform, payment and so on.

``data/signals.yml`` holds spaCy entity-ruler patterns. ``build`` makes a spaCy
pipeline of them; Rasa loads it with ``SpacyNLP``, and ``SignalExtractor`` turns its
entities into Rasa's. The value of an entity is its pattern's ``id``; the number in it
for an id of ``number``, the sum of money as written for one of ``sum``; for the names in
``SAID_AS_TRUTH``, true or false. Beside an age stands what follows from it: ``age_band`` for the
writer's own, ``other_child`` or ``other_adult`` for someone else's, ``adult_in_image`` for the age
someone was in an image. Beside what was paid or demanded stands the ``amount``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple, Type

import spacy
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.spacy_tokenizer import SpacyTokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.tokens import Doc, Span

NUMBER = "number"
SUM = "sum"
IGNORED = "ignore"
TRUTH = {"yes": True, "no": False}
SAID_AS_TRUTH = frozenset({"adult_in_image", "other_child", "paid", "school", "shared"})
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], 11
    )
}
ADULT = 18
OLDEST = 99
YOUNGEST = 8
_SUM = re.compile(r"[£$€]?\d[\d,.]*k?(?: ?(?:quid|pounds?|dollars|euros|bucks|gbp|usd|grand)\b)?", re.IGNORECASE)
# "paid him about 200": the number may come after two more words, but not after one of these.
AFTER = 3
_ENDS = re.compile(r"^(?:[.!?;:]|at|by|on|before|in|since|until)$")
# "paid 3 times", "paid 10 minutes ago", "5 hundred": a number behind "paid" that is no sum, or not the whole of one.
_COUNTED = re.compile(
    r"^(?:(?:time|min|minute|hour|day|week|month|year|pic|picture|photo|video|vid|nude|image|installment|digit)s?"
    r"|of|people|am|pm|plus|hundred|thousand|lakh|million|separate)$"
)
MOST_FIGURES = 6
# A message that is nothing but a number of two digits answers the question about age.
_AGE_ALONE = re.compile(r"^\W*([1-9]\d)\W*$")


def build(source: Path) -> Language:
    """Make the spaCy pipeline that ``source`` describes."""
    patterns: List[Dict[Text, Any]] = yaml.safe_load(source.read_text(encoding="utf-8"))["signals"]
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(
        [
            {"label": signal["name"], "id": value["is"], "pattern": pattern}
            for signal in patterns
            for value in signal["values"]
            for pattern in value["when"]
        ]
    )
    return nlp


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SignalExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the signals in a message to its entities."""

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """The spaCy document comes with the tokenizer."""
        return [SpacyTokenizer]

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SignalExtractor:
        """Create the component."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add entities to the messages in place."""
        for message in messages:
            doc = message.get(SPACY_DOCS[TEXT])
            if doc is not None:
                found = find(doc)
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def find(doc: Doc) -> List[Dict[Text, Any]]:
    """Return the signals in a document that ``build``'s pipeline has read."""
    found: List[Dict[Text, Any]] = []
    for span in doc.ents:
        value = _value(span)
        if span.label_ == IGNORED or value is None:
            continue
        found.append(_entity(span.label_, value, span.start_char, span.end_char))
        found += _following(span.label_, value, span.start_char, span.end_char)
        found += _amount(span)
    found = _once_each(found)
    alone = _AGE_ALONE.match(doc.text)
    if alone and not found:
        number = alone.group(1)
        found = [_entity("age", number, *alone.span(1)), *_following("age", number, *alone.span(1))]
    return found


def _once_each(found: List[Dict[Text, Any]]) -> List[Dict[Text, Any]]:
    return list({(entity["entity"], entity["value"]): entity for entity in found}.values())


def _value(span: Span) -> Any:
    """The signal's value; ``None`` when a number was wanted and there is none."""
    if span.ent_id_ == SUM:
        return _sum(span.text)
    if span.ent_id_ == NUMBER:
        digits = re.search(r"\d[\d,.]*", span.text)
        words = [NUMBER_WORDS[token.lower_] for token in span if token.lower_ in NUMBER_WORDS]
        return digits.group().rstrip(",.") if digits else next(iter(words), None)
    return TRUTH[span.ent_id_] if span.label_ in SAID_AS_TRUTH else span.ent_id_


def _sum(text: Text) -> Optional[Text]:
    found = _SUM.search(text)
    return found.group().strip(" ,.") if found else None


def _amount(span: Span) -> List[Dict[Text, Any]]:
    """The sum in, or right after, a phrase that says something was paid, or money wanted."""
    if (span.label_, span.ent_id_) not in (("paid", "yes"), ("demand", "money")):
        return []
    doc = span.doc
    for token in doc[span.start : span.end + AFTER]:
        if token.i >= span.end and _ENDS.match(token.lower_):
            break
        behind = doc[token.i + 1].lower_ if token.i + 1 < len(doc) else ""
        elsewhere = token.ent_type_ not in ("", "amount", span.label_)
        if not token.text[0].isdigit() or elsewhere:
            continue
        is_a_number_to_call = token.text[0] == "0" or len(re.sub(r"\D", "", token.text)) > MOST_FIGURES
        if is_a_number_to_call or _COUNTED.match(behind):
            break
        written = _sum(doc[max(span.start, token.i - 1) : token.i + 2].text)
        return [_entity("amount", written, token.idx, token.idx + len(token.text))]
    return []


def _following(label: Text, value: Any, start: int, end: int) -> List[Dict[Text, Any]]:
    """What an age says beyond the number."""
    derived = _derived(label, value)
    return [_entity(*derived, start, end)] if derived else []


def _derived(label: Text, value: Any) -> Optional[Tuple[Text, Any]]:
    if label not in ("age", "other_age", "image_age") or not value.isdigit():
        return None
    years = int(value)
    if label == "age":
        return ("age_band", "adult" if years >= ADULT else "under_18") if YOUNGEST <= years <= OLDEST else None
    if label == "image_age":
        return "adult_in_image", years >= ADULT
    return ("other_adult" if years >= ADULT else "other_child"), True


def _entity(name: Text, value: Any, start: int, end: int) -> Dict[Text, Any]:
    return {"entity": name, "value": value, "start": start, "end": end, "extractor": "SignalExtractor"}


def main() -> None:
    """``python -m bot.nlu.signals data/signals.yml build/signals``."""
    build(Path(sys.argv[1])).to_disk(sys.argv[2])


if __name__ == "__main__":
    main()
