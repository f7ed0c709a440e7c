"""A conversation as the brain sees it, small enough to travel with each message.

A snapshot is ``{"slots", "base": {"slots", "loop"}, "events"}``: the values now (for
the bot to read), what held before the turns that are kept, and the events of the last
``TURNS`` turns. Its size does not grow with the conversation, so the 300th message
costs what the 10th did.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

Snapshot = Dict[str, Any]

TURNS = 6
_EVENT_KEYS_DROPPED = ("timestamp", "metadata", "message_id", "input_channel")


class BadSnapshot(ValueError):
    """The snapshot that came with a message cannot be read."""


def restore(conversation_id: str, snapshot: Optional[Snapshot], domain: Domain) -> DialogueStateTracker:
    """Make the tracker that a snapshot describes; without one, a new conversation."""
    if not snapshot:
        return DialogueStateTracker(conversation_id, domain.slots)
    known = {slot.name for slot in domain.slots}
    try:
        base = snapshot["base"]
        events: List[Event] = [
            ActionExecuted(ACTION_SESSION_START_NAME),
            SessionStarted(),
            *(SlotSet(name, value) for name, value in base["slots"].items() if name in known),
        ]
        if base["loop"] in domain.form_names:
            events.append(ActiveLoop(base["loop"]))
        events += [event for event in deserialise_events(snapshot["events"]) if _is_known(event, domain)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadSnapshot(type(error).__name__) from None
    return DialogueStateTracker.from_events(conversation_id, events, domain.slots, domain=domain)


def _is_known(event: Event, domain: Domain) -> bool:
    """Whether the domain still has the form that an event is about."""
    return not isinstance(event, ActiveLoop) or event.name is None or event.name in domain.form_names


def take(tracker: DialogueStateTracker, domain: Domain) -> Snapshot:
    """Describe a tracker, keeping the events of its last ``TURNS`` turns."""
    events = [event for event in tracker.events if not isinstance(event, BotUttered)]
    cut = _start_of_kept_turns(events)
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], domain.slots, domain=domain)
    return {
        "slots": _set_slots(tracker),
        "base": {"slots": _set_slots(before), "loop": before.active_loop_name},
        "events": [_slim(event) for event in events[cut:] if not isinstance(event, SessionStarted)],
    }


def _start_of_kept_turns(events: List[Event]) -> int:
    """Index of the ``action_listen`` before the first turn that is kept."""
    listens = [
        index
        for index, (event, following) in enumerate(zip(events, events[1:]))
        if isinstance(event, ActionExecuted)
        and event.action_name == ACTION_LISTEN_NAME
        and isinstance(following, UserUttered)
    ]
    return listens[-TURNS] if len(listens) >= TURNS else _after_session_start(events)


def _after_session_start(events: List[Event]) -> int:
    starts = [index for index, event in enumerate(events) if isinstance(event, SessionStarted)]
    return starts[-1] + 1 if starts else 0


def _set_slots(tracker: DialogueStateTracker) -> Dict[str, Any]:
    return {
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value is not None and slot.value != slot.initial_value and name != SESSION_START_METADATA_SLOT
    }


def _slim(event: Event) -> Dict[str, Any]:
    """The event without what can be worked out again or is never read."""
    slim = {key: value for key, value in event.as_dict().items() if key not in _EVENT_KEYS_DROPPED}
    if isinstance(event, UserUttered):
        parsed = event.parse_data
        slim["parse_data"] = {
            "text": event.text,
            "intent": {"name": event.intent_name, "confidence": event.intent.get("confidence")},
            "entities": parsed.get("entities", []),
        }
    return slim
