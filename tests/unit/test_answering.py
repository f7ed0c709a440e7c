"""The workers: order, patience, what is said without the brain, and what a crash leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.answering import FAILURES_ALLOWED, Answering
from bot.brain import Answer, BrainDown, BrainFailed, BrainLate
from bot.conversation import Event
from bot.crisis import Finding, Level
from bot.database import immediate
from bot.store import Draft, Owed, Store, Turn
from bot.wakeups import Wakeups
from tests.unit.support import (
    NOW,
    REPLIES,
    FakeBrain,
    FakeDetector,
    answer,
    begin,
    eventually,
    transcript,
    write,
)

PATIENCE = 0.05
NEVER = 30.0


class Scene:
    """One conversation, its brain, and the workers that answer it."""

    def __init__(self, store: Store, brain: FakeBrain, answering: Answering, conversation_id: str) -> None:
        self.store = store
        self.brain = brain
        self.answering = answering
        self.id = conversation_id

    async def write(self, *texts: str) -> None:
        """Have the person write, and the worker look."""
        for text in texts:
            await write(self.store, self.id, text)
            self.answering.look_at(self.id)

    async def said(self) -> list[str]:
        """What was said by anyone but the person, in order."""
        return [m.text for m in await self.store.messages_after(self.id, 0) if m.author != "person"]

    async def until_said(self, *texts: str) -> None:
        """Wait until exactly this was said, in this order; fail otherwise."""
        try:
            await eventually(lambda: self._has_said(list(texts)))
        except TimeoutError:
            assert await self.said() == list(texts)

    async def _has_said(self, texts: list[str]) -> bool:
        return await self.said() == texts

    async def until_nothing_is_owed(self) -> None:
        """Wait until everything is done."""
        await eventually(self._is_done)

    async def _is_done(self) -> bool:
        return await self.store.next_turn(self.id) is None

    async def owed(self) -> Owed | None:
        """What the oldest unfinished message waits for."""
        turn = await self.store.next_turn(self.id)
        return turn.owed if turn else None

    async def move(self, event: Event) -> None:
        """Change who may speak, as staff will."""
        async with immediate(self.store._engine) as connection:
            await self.store._move(connection, await self.store._lock(connection, self.id), event)


@asynccontextmanager
async def scene_in(store: Store, patience: float = PATIENCE, running: bool = False) -> AsyncIterator[Scene]:
    brain = FakeBrain()
    answering = Answering(store, brain, REPLIES, FakeDetector(), Wakeups(), patience_seconds=patience, now=lambda: NOW)
    conversation_id, _ = await begin(store)
    scene = Scene(store, brain, answering, conversation_id)
    try:
        if running:
            async with answering.running():
                yield scene
        else:
            yield scene
    finally:
        workers = [worker.task for worker in answering._workers.values()]
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@pytest.fixture
async def scene(store: Store) -> AsyncIterator[Scene]:
    async with scene_in(store) as made:
        yield made


@pytest.fixture
async def patient(store: Store) -> AsyncIterator[Scene]:
    """Here the brain has all the time it needs."""
    async with scene_in(store, patience=NEVER) as made:
        yield made


# --- the ordinary way


async def test_an_answer(patient: Scene) -> None:
    await patient.write("hello")
    await patient.until_said("answer to hello")
    await patient.until_nothing_is_owed()


async def test_order_within_a_conversation(patient: Scene) -> None:
    released = patient.brain.held_back()
    await patient.write("one", "two", "three")
    await eventually(lambda: _truth(len(patient.brain.asked) == 1))
    released.set()
    await patient.until_said("answer to one", "answer to two", "answer to three")
    assert [asked["text"] for asked in patient.brain.asked] == ["one", "two", "three"]


async def test_one_question_at_a_time(patient: Scene) -> None:
    """Two turns of one conversation at the same moment would lose one's snapshot."""
    at_once, most = 0, 0

    async def counting(text: str) -> Answer:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.002)
        at_once -= 1
        return answer(text)

    patient.brain.reply = counting
    await patient.write(*(str(n) for n in range(8)))
    await patient.until_said(*(str(n) for n in range(8)))
    assert most == 1


async def test_conversations_do_not_wait_for_each_other(patient: Scene) -> None:
    other, _ = await begin(patient.store)
    stuck = asyncio.Event()

    async def reply(text: str) -> Answer:
        if text == "stuck":
            await stuck.wait()
        return answer(f"answer to {text}")

    patient.brain.reply = reply
    await patient.write("stuck")
    await write(patient.store, other, "quick")
    patient.answering.look_at(other)
    await eventually(lambda: patient.store.messages_after(other, 1))
    assert await transcript(patient.store, other) == ["person: quick", "bot: answer to quick"]
    assert await patient.said() == []


async def test_the_snapshot_goes_in_and_the_new_one_comes_back(patient: Scene) -> None:
    async def counting(text: str) -> Answer:
        before = patient.brain.asked[-1]["snapshot"]
        turns = before["slots"]["turns"] if before else 0
        return answer(text, slots={"turns": turns + 1})

    patient.brain.reply = counting
    await patient.write("a", "b", "c")
    await patient.until_said("a", "b", "c")
    assert [asked["snapshot"] for asked in patient.brain.asked] == [
        None,
        {"slots": {"turns": 1}},
        {"slots": {"turns": 2}},
    ]


async def test_slots_of_the_answer_choose_the_contacts(patient: Scene) -> None:
    patient.brain.reply = lambda _: _later(answer("far away", slots={"nation": "scotland"}, contacts="help"))
    await patient.write("hello")
    await patient.until_said("far away")
    (message,) = await patient.store.messages_after(patient.id, 1)
    assert list(message.contacts) == []


async def test_several_messages_in_one_answer_stay_together(patient: Scene) -> None:
    patient.brain.reply = lambda _: _later(answer("a", "b", "c"))
    await patient.write("hello")
    await patient.until_said("a", "b", "c")


async def test_a_brain_with_nothing_to_say(patient: Scene) -> None:
    patient.brain.reply = lambda _: _later(answer())
    await patient.write("hello")
    await patient.until_nothing_is_owed()
    assert await patient.said() == []


async def test_a_choice_reaches_the_brain_as_what_it_stands_for(patient: Scene) -> None:
    await patient.store.request_person(
        patient.id, "asked", REPLIES.crisis(Finding(Level.CHECK_IN), {}, NOW, waiting=False).drafts, NOW
    )
    await write(patient.store, patient.id, choice="2-1")
    patient.answering.look_at(patient.id)
    await patient.until_nothing_is_owed()
    (asked,) = patient.brain.asked
    assert (asked["payload"], asked["metadata"]) == ("/deny", {"crisis_level": "none"})


async def test_the_brain_knows_the_conversation_by_our_id_alone(patient: Scene) -> None:
    await patient.write("hello")
    await patient.until_nothing_is_owed()
    assert patient.brain.asked == [
        {"id": patient.id, "text": "hello", "payload": "", "metadata": {"crisis_level": "none"}, "snapshot": None}
    ]


async def test_what_was_said_earlier_is_looked_at_too(patient: Scene) -> None:
    await patient.write("1", "2", "3", "4", "5", "6")
    await patient.until_nothing_is_owed()
    detector = patient.answering.detector
    assert isinstance(detector, FakeDetector)
    assert detector.earlier["6"] == ["2", "3", "4", "5"]
    assert detector.earlier["1"] == []


async def test_who_asks_for_a_person_waits_for_one(patient: Scene) -> None:
    patient.brain.reply = lambda _: _later(answer("I have asked", handoff="asked"))
    await patient.write("a human please")
    await patient.until_said("I have asked", "nobody is on duty")
    conversation = await patient.store.get(patient.id)
    assert conversation is not None
    assert conversation.state.value == "waiting"
    assert await patient.store.waiting_since(patient.id) == NOW


async def test_the_bot_goes_on_while_someone_waits(patient: Scene) -> None:
    await patient.move(Event.ASK_FOR_PERSON)
    await patient.write("hello")
    await patient.until_said("answer to hello")


# --- patience


async def test_an_answer_in_time_needs_no_holding_words(patient: Scene) -> None:
    released = patient.brain.held_back()
    await patient.write("hello")
    await eventually(lambda: _truth(patient.brain.asked))
    released.set()
    await patient.until_said("answer to hello")


async def test_holding_words_and_then_the_real_answer(scene: Scene) -> None:
    released = scene.brain.held_back()
    await scene.write("hello")
    await scene.until_said("holding")
    assert await scene.owed() is Owed.REAL_ANSWER
    released.set()
    await scene.until_said("holding", "answer to hello")
    await scene.until_nothing_is_owed()
    assert len(scene.brain.asked) == 1


async def test_holding_once_still_holding_once_then_silence(scene: Scene) -> None:
    released = scene.brain.held_back()
    await scene.write("one")
    await scene.until_said("holding")
    await scene.write("two")
    await scene.until_said("holding", "still holding")
    await scene.write("three", "four")
    await eventually(lambda: _equals(scene.store.count_owed(scene.id, Owed.REAL_ANSWER), 4))
    assert await scene.said() == ["holding", "still holding"]
    released.set()
    await scene.until_said("holding", "still holding", *(f"answer to {n}" for n in ("one", "two", "three", "four")))


async def test_a_brain_that_is_known_to_be_down_is_not_waited_for(patient: Scene) -> None:
    patient.brain.go_down()
    await patient.write("hello")
    await patient.until_said("holding")
    assert patient.brain.asked == []
    patient.brain.come_up()
    await patient.until_said("holding", "answer to hello")


async def test_a_brain_that_goes_down_while_it_is_asked(patient: Scene) -> None:
    async def dies(_: str) -> Answer:
        patient.brain.go_down()
        raise BrainDown("killed")

    patient.brain.reply = dies
    await patient.write("one")
    await eventually(lambda: _truth(patient.brain.is_down))
    patient.answering.look_at(patient.id)
    await patient.until_said("holding")
    patient.brain.reply = patient.brain.echo
    patient.brain.come_up()
    await patient.until_said("holding", "answer to one")


async def test_holding_words_again_in_the_next_outage(scene: Scene) -> None:
    released = scene.brain.held_back()
    await scene.write("one")
    await scene.until_said("holding")
    released.set()
    await scene.until_said("holding", "answer to one")
    released = scene.brain.held_back()
    await scene.write("two")
    await scene.until_said("holding", "answer to one", "holding")
    released.set()
    await scene.until_said("holding", "answer to one", "holding", "answer to two")


async def test_messages_that_come_while_an_earlier_one_waits(scene: Scene) -> None:
    released = scene.brain.held_back()
    await scene.write("one")
    await scene.until_said("holding")
    await scene.write("ACTIVE two")
    await scene.until_said("holding", "crisis", "nobody is on duty", "question")
    released.set()
    await scene.until_nothing_is_owed()
    assert await scene.said() == ["holding", "crisis", "nobody is on duty", "question"]
    assert [asked["text"] for asked in scene.brain.asked] == ["one", "ACTIVE two"]


async def test_patience_is_counted_from_when_each_message_came(store: Store) -> None:
    """The crisis is the sixth of six quick messages: it must not wait for six patiences."""
    patience = 0.4
    async with scene_in(store, patience=patience) as scene:
        scene.brain.held_back()
        await scene.write("1", "2", "3", "4", "5", "ACTIVE")
        began = asyncio.get_running_loop().time()
        await eventually(lambda: _contains(scene.said(), "crisis"))
        assert asyncio.get_running_loop().time() - began < 4 * patience


# --- crisis


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("IMMINENT", ["crisis imminent", "nobody is on duty", "question"]),
        ("ACTIVE", ["crisis", "nobody is on duty", "question"]),
        ("CHECK_IN", ["crisis check in", "question"]),
    ],
)
async def test_the_words_for_a_crisis_when_the_brain_is_down(patient: Scene, level: str, words: list[str]) -> None:
    patient.brain.go_down()
    await patient.write(level)
    await patient.until_said(*words)
    assert await patient.owed() is Owed.SNAPSHOT


async def test_after_the_crisis_words_the_late_answer_is_dropped_and_its_snapshot_kept(scene: Scene) -> None:
    released = asyncio.Event()

    async def late(_: str) -> Answer:
        await released.wait()
        return answer("late", slots={"age": "15"}, handoff="late")

    scene.brain.reply = late
    await scene.write("ACTIVE")
    await scene.until_said("crisis", "nobody is on duty", "question")
    released.set()
    await scene.until_nothing_is_owed()
    assert await scene.said() == ["crisis", "nobody is on duty", "question"]
    scene.brain.reply = scene.brain.echo
    await scene.write("next")
    await scene.until_said("crisis", "nobody is on duty", "question", "answer to next")
    assert scene.brain.asked[-1]["snapshot"] == {"slots": {"age": "15"}}


async def test_what_the_detector_found_goes_with_the_message(patient: Scene) -> None:
    await patient.write("PASSIVE")
    await patient.until_nothing_is_owed()
    assert patient.brain.asked[0]["metadata"] == {"crisis_level": "passive"}


async def test_the_brain_is_told_what_a_check_in_is_about(patient: Scene) -> None:
    await patient.write("CHECK_IN DANGER?")
    await patient.until_nothing_is_owed()
    assert patient.brain.asked[0]["metadata"] == {"crisis_level": "check_in", "crisis_about": "danger"}


async def test_a_crisis_gets_its_words_whatever_the_brain_made_of_it(patient: Scene) -> None:
    await patient.write("ACTIVE")
    await patient.until_said("crisis", "nobody is on duty", "question")
    await patient.until_nothing_is_owed()


async def test_a_brain_that_speaks_to_the_crisis_is_listened_to(patient: Scene) -> None:
    spoken = answer("the brain's own words", handoff="crisis")
    object.__setattr__(spoken.responses[0], "name", "utter_crisis_again")
    patient.brain.reply = lambda _: _later(spoken)
    await patient.write("ACTIVE")
    await patient.until_said("the brain's own words", "nobody is on duty")


async def test_a_second_crisis_does_not_repeat_who_is_on_duty(patient: Scene) -> None:
    patient.brain.go_down()
    await patient.write("ACTIVE")
    await patient.until_said("crisis", "nobody is on duty", "question")
    await patient.write("ACTIVE again")
    await patient.until_said("crisis", "nobody is on duty", "question", "crisis again")


async def test_no_late_answer_buries_the_question_about_danger(patient: Scene) -> None:
    patient.brain.go_down()
    await patient.write("hello")
    await patient.until_said("holding")
    await patient.write("ACTIVE")
    await patient.until_said("holding", "crisis", "nobody is on duty", "question")
    await patient.write("how do i report it")
    patient.brain.come_up()
    await patient.until_nothing_is_owed()
    assert (await patient.said())[-1] == "answer to how do i report it"
    assert "answer to hello" not in await patient.said()
    assert [asked["text"] for asked in patient.brain.asked] == ["hello", "ACTIVE", "how do i report it"]


async def test_no_gets_the_words_for_a_no_and_the_brain_only_learns_of_it(patient: Scene) -> None:
    patient.brain.go_down()
    await patient.write("CHECK_IN")
    await patient.until_said("crisis check in", "question")
    await write(patient.store, patient.id, choice="3-1")
    patient.answering.look_at(patient.id)
    await patient.until_said("crisis check in", "question", "said no", "back")
    patient.brain.come_up()
    await patient.until_nothing_is_owed()
    assert await patient.said() == ["crisis check in", "question", "said no", "back"]


async def test_a_crisis_that_the_brain_cannot_handle(patient: Scene) -> None:
    patient.brain.reply = lambda _: _fails(BrainFailed("status 500"))
    await patient.write("ACTIVE")
    await patient.until_said("crisis", "nobody is on duty", "question")
    await patient.until_nothing_is_owed()


# --- failures


async def test_a_message_that_the_brain_cannot_handle(patient: Scene) -> None:
    patient.brain.reply = lambda _: _fails(BrainFailed("status 500"))
    await patient.write("poison")
    await patient.until_said("could not answer")
    assert len(patient.brain.asked) == FAILURES_ALLOWED
    await patient.until_nothing_is_owed()


@pytest.mark.parametrize("error", [BrainFailed("status 500"), BrainLate("late")])
async def test_a_message_that_fails_or_hangs_the_brain_does_not_stop_the_next(patient: Scene, error: Exception) -> None:
    async def reply(text: str) -> Answer:
        if text == "poison":
            raise error
        return await patient.brain.echo(text)

    patient.brain.reply = reply
    await patient.write("poison", "hello")
    await patient.until_said("could not answer", "answer to hello")
    assert len(patient.brain.asked) == FAILURES_ALLOWED + 1


async def test_a_failure_that_passes(patient: Scene) -> None:
    failures: list[Exception] = [BrainFailed("status 500"), BrainFailed("status 422"), BrainDown("busy")]

    async def reply(text: str) -> Answer:
        if failures:
            raise failures.pop(0)
        return await patient.brain.echo(text)

    patient.brain.reply = reply
    await patient.write("hello")
    await patient.until_said("answer to hello")


@pytest.mark.parametrize("error", [KeyError("slots"), ValueError("garbage"), TypeError(), AttributeError()])
async def test_nobody_is_left_in_silence_by_an_error_that_nobody_thought_of(patient: Scene, error: Exception) -> None:
    patient.brain.reply = lambda _: _fails(error)
    await patient.write("hello")
    await patient.until_said("could not answer")


@pytest.mark.parametrize(
    "strange",
    [
        Answer(answer("hello").responses, {}),
        answer("hello", contacts="a need that is not in the directory"),
        answer("hello", handoff="x" * 100),
    ],
    ids=["no slots", "unknown need", "long reason"],
)
async def test_a_strange_answer_is_still_said(patient: Scene, strange: Answer) -> None:
    patient.brain.reply = lambda _: _later(strange)
    await patient.write("hello")
    await eventually(lambda: _contains(patient.said(), "hello"))


class BrokenDetector(FakeDetector):
    def look(self, text: str, earlier: Sequence[str] = (), asked: str | None = None) -> Finding:
        raise ValueError(text)


async def test_a_detector_that_fails_does_not_silence_the_bot(patient: Scene) -> None:
    patient.answering.detector = BrokenDetector()
    await patient.write("hello")
    await eventually(patient.said)


async def test_an_answer_for_an_older_state_is_dropped(patient: Scene) -> None:
    released = patient.brain.held_back()
    await patient.write("hello")
    await eventually(lambda: _truth(patient.brain.asked))
    await patient.move(Event.CLAIM)
    released.set()
    await patient.until_nothing_is_owed()
    assert await patient.said() == []


async def test_the_bot_is_silent_while_staff_have_the_conversation(patient: Scene) -> None:
    await patient.move(Event.CLAIM)
    await patient.write("hello", "ACTIVE")
    await patient.until_nothing_is_owed()
    assert await patient.said() == []
    assert patient.brain.asked == []


async def test_staff_who_take_over_during_holding_are_not_talked_over(scene: Scene) -> None:
    released = scene.brain.held_back()
    await scene.write("hello")
    await scene.until_said("holding")
    await scene.move(Event.CLAIM)
    released.set()
    scene.answering.look_at(scene.id)
    await scene.until_nothing_is_owed()
    assert await scene.said() == ["holding"]


async def test_erased_in_the_middle_of_a_turn(patient: Scene) -> None:
    released = patient.brain.held_back()
    await patient.write("hello")
    await eventually(lambda: _truth(patient.brain.asked))
    await patient.store.erase([patient.id])
    released.set()
    await eventually(lambda: _truth(not patient.answering._workers))
    assert await patient.store.get(patient.id) is None


async def test_erased_while_the_holding_words_are_due(scene: Scene) -> None:
    scene.brain.held_back()
    await scene.write("hello")
    await scene.store.erase([scene.id])
    scene.answering.look_at(scene.id)
    await eventually(lambda: _truth(not scene.answering._workers))
    assert await scene.store.get(scene.id) is None


async def test_looking_at_nothing_does_no_harm(patient: Scene) -> None:
    patient.answering.look_at(patient.id)
    patient.answering.look_at("no such conversation")
    await eventually(lambda: _truth(not patient.answering._workers))
    assert patient.brain.asked == []


class LateNews(Store):
    """Lets a message come at the worst moment: the worker has just seen that nothing is owed."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def next_turn(self, conversation_id: str, *, owed: Owed | None = None, context: int = 4) -> Turn | None:
        turn = await super().next_turn(conversation_id, owed=owed, context=context)
        if turn is None and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return turn


async def test_a_message_at_the_moment_when_the_worker_leaves(store: Store) -> None:
    late = LateNews(store._engine, store._keyring)
    async with scene_in(late, patience=NEVER) as scene:

        async def a_message_comes() -> None:
            await write(late, scene.id, "hello")
            asyncio.get_running_loop().call_soon(scene.answering.look_at, scene.id)

        late.meanwhile = a_message_comes
        scene.answering.look_at(scene.id)
        await scene.until_said("answer to hello")


class NewsInBetween(Store):
    """Lets a message come between a worker's two looks: at what is oldest, and at what is unanswered."""

    meanwhile: str = ""

    async def next_turn(self, conversation_id: str, *, owed: Owed | None = None, context: int = 4) -> Turn | None:
        if owed is Owed.ANSWER and self.meanwhile:
            text, self.meanwhile = self.meanwhile, ""
            await write(self, conversation_id, text)
        return await super().next_turn(conversation_id, owed=owed, context=context)


async def test_a_message_between_two_looks_of_the_worker(store: Store) -> None:
    between = NewsInBetween(store._engine, store._keyring)
    async with scene_in(between) as scene:
        scene.brain.held_back()
        await scene.write("one")
        await scene.until_said("holding")
        between.meanwhile = "ACTIVE"
        scene.answering.look_at(scene.id)
        await scene.until_said("holding", "crisis", "nobody is on duty", "question")


# --- crash and restart


async def test_what_was_owed_before_a_crash_is_answered_at_the_start(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "before the crash")
    async with scene_in(store, patience=NEVER, running=True):
        await eventually(lambda: store.messages_after(conversation_id, 1))
    assert (await transcript(store, conversation_id))[1:] == ["bot: answer to before the crash"]


@pytest.mark.parametrize("owed", [Owed.REAL_ANSWER, Owed.SNAPSHOT])
async def test_a_crash_between_say_and_finish(store: Store, owed: Owed) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    words: list[Draft] = list(REPLIES.own("utter_holding", {}, NOW).drafts)
    assert await store.say(turn, words, still_owed=owed, handoff=None, now=NOW)
    async with scene_in(store, running=True) as scene:
        scene.id = conversation_id
        await scene.until_nothing_is_owed()
        assert await scene.said() == (["holding", "answer to hello"] if owed is Owed.REAL_ANSWER else ["holding"])


async def test_an_answer_that_was_committed_before_the_crash_is_not_given_twice(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    assert await store.finish(turn, [], snapshot=None, handoff=None, now=NOW)
    async with scene_in(store, patience=NEVER, running=True) as scene:
        await scene.write("after")
        await scene.until_said("answer to after")
        assert [asked["text"] for asked in scene.brain.asked] == ["after"]


async def test_two_processes_with_one_conversation_answer_once(store: Store) -> None:
    async with scene_in(store, patience=NEVER) as one, scene_in(store, patience=NEVER) as two:
        await write(store, one.id, "hello")
        one.answering.look_at(one.id)
        two.answering.look_at(one.id)
        await one.until_said("answer to hello")
        await eventually(lambda: _truth(not one.answering._workers and not two.answering._workers))
        assert await one.said() == ["answer to hello"]


async def test_stopping_leaves_what_is_owed(store: Store) -> None:
    async with scene_in(store, patience=NEVER, running=True) as scene:
        scene.brain.held_back()
        await scene.write("hello")
        await eventually(lambda: _truth(scene.brain.asked))
    assert await store.owed_before(NOW) == [scene.id]


class SweepFails(Store):
    """A store whose first sweep meets a database that is away."""

    fails = 1

    async def owed_before(self, moment: datetime) -> list[str]:
        if self.fails:
            self.fails -= 1
            raise OSError("database is away")
        return await super().owed_before(moment)


async def test_the_sweep_goes_on_after_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.answering.SWEEP_SECONDS", 0.01)
    broken = SweepFails(store._engine, store._keyring)
    async with scene_in(broken, patience=NEVER, running=True) as scene:
        scene.answering.now = lambda: NOW + timedelta(days=1)
        await write(broken, scene.id, "hello")
        await scene.until_said("answer to hello")


async def _later(made: Answer) -> Answer:
    return made


async def _fails(error: Exception) -> Answer:
    raise error


async def _truth(value: Any) -> bool:
    return bool(value)


async def _equals(value: Any, expected: Any) -> bool:
    return bool(await value == expected)


async def _contains(value: Any, item: Any) -> bool:
    return item in await value
