"""Claims, leases, waiting, alerts and the audit, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.alerts import Address, Alerts
from bot.crisis import Level
from bot.database import immediate
from bot.desk import CLOSED, EVERY_DESK, JOINED, LEFT, LOST, LOST_AGAIN, WITHDRAWN, Desk, FlagsNotSeen
from bot.desk_store import AlreadyClaimed, NoRoom, NotTheirs, Presence, audit, figures
from bot.handoff import TOLD_AFTER, Urgency
from bot.keyring import Erased
from bot.store import Owed, handoffs
from bot.wakeups import Wakeups
from bot.watchdog import Watchdog
from tests.console.conftest import REPLIES, Night
from tests.unit.support import eventually


def said(name: str, who: str = "bot") -> str:
    return f"{who}: {REPLIES._words.say(name, {}).text}"


class Post:
    """Alerts that go nowhere, kept."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.broken: set[str] = set()

    def __call__(self, url: str, title: str, body: str) -> bool:
        self.sent.append((url, title, body))
        return url not in self.broken


ADDRESSES = [Address("1 (mailto)", "first", False), Address("wider 1 (mailto)", "wide", True)]


def watchdog(desk: Desk, post: Post | None = None) -> tuple[Watchdog, Alerts]:
    alerts = Alerts(desk.store, ADDRESSES if post else [], "https://example.org/staff", desk.now, post or Post())
    return Watchdog(desk, alerts, Wakeups()), alerts


async def look(dog: Watchdog) -> None:
    """One look, and whatever alerts it began."""
    await dog.look()
    await asyncio.gather(*dog._sending)


# --- claims


async def test_of_fifty_claims_at_once_one_wins(night: Night) -> None:
    there = await night.person("hello", reason="asked")
    people = [await night.staff(f"S{n}") for n in range(50)]
    desks = [night.another() for _ in range(2)]
    ended = await asyncio.gather(
        *(desks[n % 2].claim(there, person) for n, person in enumerate(people)), return_exceptions=True
    )
    assert sum(end is None for end in ended) == 1
    assert {type(end) for end in ended if end is not None} == {AlreadyClaimed}
    assert (await night.texts(there)).count(said(JOINED, "system")) == 1


async def test_nobody_takes_more_than_they_have_room_for(night: Night) -> None:
    someone = await night.staff("Mo", room=2)
    waiting = [await night.person("hello", reason="asked") for _ in range(6)]
    ended = await asyncio.gather(*(night.desk.claim(there, someone) for there in waiting), return_exceptions=True)
    assert sum(end is None for end in ended) == 2
    assert sum(isinstance(end, NoRoom) for end in ended) == 4


async def test_a_reply_needs_the_lease(night: Night) -> None:
    there = await night.person("hello", reason="asked")
    mo, ada = await night.staff("Mo"), await night.staff("Ada")
    await night.desk.claim(there, mo)
    await night.desk.reply(there, mo, "hello from Mo")
    for act in (
        night.desk.reply(there, ada, "hello from Ada"),
        night.desk.release(there, ada),
        night.desk.requeue(there, ada),
        night.desk.close(there, ada, "helped"),
        night.desk.see_flags(there, ada),
        night.store.add_note(there, ada, "a note", night.clock()),
        night.desk.transfer(there, ada, mo),
    ):
        with pytest.raises(NotTheirs):
            await act
    assert (await night.texts(there))[-1] == "staff: hello from Mo"


async def test_it_is_known_what_was_left_to_staff(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    number = await night.write(there, "are you there")
    assert not await night.desk.staff_wrote_after(there, number)
    await night.desk.reply(there, mo, "Yes.")
    assert await night.desk.staff_wrote_after(there, number)
    assert not await night.desk.staff_wrote_after(there, await night.write(there, "ok"))


async def test_who_is_there_is_noted_together_and_then_shown(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    gone = await night.person("hello", reason="asked")
    await night.desk.claim(there, mo)
    conversation = await night.store.get(there)
    assert conversation
    await night.store.erase([gone])
    with night.desk.presence._wakeups.waiting(EVERY_DESK) as woken:
        night.desk.person_is_here(conversation, 2)
        night.desk.person_is_here(conversation, 1)  # an older tab of theirs takes nothing back
        night.desk.person_types(conversation)
        night.desk.presence.note(gone, seen_at=night.clock())
        night.desk.presence.note_staff(mo.id, looking_at=there)
        assert (await night.store.presence_of([there, gone])).get(there) is None
        assert not woken.is_set()
        await night.desk.presence.write()
        assert woken.is_set()
    found = await night.store.presence_of([there, gone])
    assert found == {there: Presence(night.clock(), 2, night.clock(), None)}
    await night.desk.presence.write()
    assert await night.store.presence_of([there]) == found


async def test_noting_goes_on_after_a_failure(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    mo, store, failed = await night.staff("Mo"), night.store, asyncio.Event()

    async def fail(*_: object) -> None:
        failed.set()
        raise RuntimeError

    async def looking_at() -> str | None:
        return (await night.again(mo.id)).looking_at

    async with night.desk.presence.running():
        with monkeypatch.context() as patch:
            patch.setattr(store, "note_presences", fail)
            night.desk.presence.note_staff(mo.id, looking_at="a")
            await asyncio.wait_for(failed.wait(), 5)
        night.desk.presence.note_staff(mo.id, looking_at="b")
        assert await eventually(looking_at) == "b"


async def test_the_same_reply_twice_is_one(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    once = "3f0c4c0e-0000-4000-8000-000000000001"
    assert await night.desk.reply(there, mo, "hello", client_id=once) is not None
    assert await night.desk.reply(there, mo, "hello", client_id=once) is None
    assert (await night.texts(there)).count("staff: hello") == 1


async def test_an_erased_conversation_takes_everything_of_the_desk_along(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked", level=Level.ACTIVE), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.store.add_note(there, mo, "a note", night.clock())
    await night.store.note_presences({there: {"seen_at": night.clock()}}, {})
    await night.store.erase([there])
    assert await night.store.open_requests() == []
    assert (await night.store.flags_of([there]))[there] == []
    with pytest.raises(Erased):
        await night.desk.reply(there, mo, "hello")
    dog, _ = watchdog(night.desk)
    await look(dog)


# --- the order


async def test_the_queue_is_in_the_order_of_urgency_and_waiting(night: Night) -> None:
    long = await night.person("hello", reason="asked")
    night.clock.move(minutes=30)
    passive = await night.person("…", reason="crisis", level=Level.PASSIVE)
    active = await night.person("…", reason="crisis", level=Level.ACTIVE)
    asked = await night.person("…", reason="asked")
    danger = await night.person("…", reason="crisis", level=Level.DANGER)
    order = [request.conversation.id for request in await night.store.open_requests()]
    assert order == [danger, active, long, passive, asked]


async def test_what_is_found_while_waiting_moves_someone_up(night: Night) -> None:
    first, second = await night.person("a", reason="asked"), await night.person("b", reason="asked")
    number = await night.write(second, "…")
    await night.desk.flag(second, number, Level.IMMINENT)
    await night.desk.flag(second, number, Level.IMMINENT)
    requests = await night.store.open_requests()
    assert [request.conversation.id for request in requests] == [second, first]
    assert requests[0].urgency is Urgency.NOW
    assert len((await night.store.flags_of([second]))[second]) == 1


async def test_asking_again_keeps_the_place(night: Night) -> None:
    there = await night.person("a", reason="asked")
    before = await night.store.request_of(there)
    night.clock.move(minutes=5)
    await night.store.request_person(there, "asked", [], night.clock())
    again = await night.store.request_of(there)
    assert before
    assert again
    assert (again.id, again.requested_at, again.wait) == (before.id, before.requested_at, before.wait)


# --- taking it back


async def test_a_person_takes_the_request_back(night: Night) -> None:
    there = await night.person("hello", reason="asked")
    assert await night.desk.withdraw(there)
    assert await night.state(there) == "bot"
    assert not await night.desk.withdraw(there)
    assert (await night.texts(there)).count(said(WITHDRAWN)) == 1
    assert await night.store.open_requests() == []


async def test_a_choice_that_takes_it_back_is_done_once(night: Night) -> None:
    there = await night.person(reason="asked")
    number = await night.write(there, "Take my request back")
    await asyncio.gather(*(night.another().withdraw(there, number) for _ in range(4)))
    assert (await night.texts(there)).count(said(WITHDRAWN)) == 1
    assert await night.store.count_owed(there, Owed.ANSWER) == 0


async def test_it_cannot_be_taken_back_from_under_someone(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    assert not await night.desk.withdraw(there)
    assert await night.state(there) == "human"


# --- leaving


@pytest.mark.parametrize(
    ("leave", "state", "words"),
    [
        (lambda desk, there, who: desk.release(there, who), "bot", said(LEFT)),
        (lambda desk, there, who: desk.close(there, who, "helped"), "closed", said(CLOSED)),
    ],
)
async def test_leaving_says_so(night: Night, leave: Callable[..., Any], state: str, words: str) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.desk.reply(there, mo, "hello")
    await leave(night.desk, there, mo)
    assert await night.state(there) == state
    assert (await night.texts(there))[-1] == words
    assert (await night.again(mo.id)).duty.conversations == 0


async def test_a_flag_must_be_looked_at_before_leaving(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.desk.flag(there, await night.write(there, "…"), Level.ACTIVE)
    with pytest.raises(FlagsNotSeen):
        await night.desk.release(there, mo)
    with pytest.raises(FlagsNotSeen):
        await night.desk.close(there, mo, "helped")
    await night.desk.see_flags(there, mo)
    await night.desk.release(there, mo)


async def test_a_transfer_needs_someone_who_is_there(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    ada, off = await night.staff("Ada"), await night.staff("Off", on=False)
    await night.desk.claim(there, mo)
    with pytest.raises(NotTheirs):
        await night.desk.transfer(there, mo, off)
    await night.desk.transfer(there, mo, ada)
    with pytest.raises(NotTheirs):
        await night.desk.reply(there, mo, "too late")
    await night.desk.reply(there, ada, "hello from Ada")
    assert await night.state(there) == "human"


async def test_back_to_the_queue_is_to_the_top(night: Night) -> None:
    there, mo = await night.person("hello", reason="misunderstood"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    danger = await night.person("…", reason="crisis", level=Level.IMMINENT)
    await night.desk.requeue(there, mo)
    assert [request.conversation.id for request in await night.store.open_requests()] == [there, danger]


# --- the watchdog


async def test_a_claim_without_an_answer_goes_back_to_the_top(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    dog, _ = watchdog(night.desk)
    night.clock.move(minutes=2.9)
    await night.active(mo)
    await look(dog)
    assert await night.state(there) == "human"
    night.clock.move(minutes=0.2)
    await night.active(mo)
    await look(dog)
    assert await night.state(there) == "waiting"
    assert (await night.texts(there))[-1] == said(LOST)
    request = await night.store.request_of(there)
    assert request
    assert request.dropped == 1
    await night.desk.claim(there, mo)
    night.clock.move(minutes=4)
    await look(dog)
    assert (await night.texts(there))[-1] == said(LOST_AGAIN)


async def test_a_holder_who_went_away_with_nothing_owed(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.desk.reply(there, mo, "hello")
    night.clock.move(minutes=2)
    dog, _ = watchdog(night.desk)
    await look(dog)
    assert await night.state(there) == "bot"
    assert (await night.texts(there))[-1] == said(LEFT)


async def test_a_holder_who_went_away_in_a_crisis(night: Night) -> None:
    there, mo = await night.person("…", reason="crisis", level=Level.ACTIVE), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.desk.reply(there, mo, "hello")
    night.clock.move(minutes=2)
    dog, _ = watchdog(night.desk)
    await look(dog)
    assert await night.state(there) == "waiting"


@pytest.mark.parametrize("on_duty", [True, False])
async def test_someone_who_waits_is_told_four_times(night: Night, on_duty: bool) -> None:
    mo = await night.staff("Mo", on=on_duty)
    there = await night.person("hello", reason="asked")
    dogs = [watchdog(night.another())[0] for _ in range(3)]
    before = len(await night.texts(there))
    start = night.clock()
    while night.clock() - start < TOLD_AFTER[-1] * 3:
        night.clock.move(seconds=60)
        await night.active(mo)
        await asyncio.gather(*(look(dog) for dog in dogs))
    told = (await night.texts(there))[before:]
    tail = "" if on_duty else "_nobody"
    assert told == [said(f"utter_wait_{stage}{tail}") for stage in range(1, 5)]


async def test_what_passed_while_nothing_ran_is_not_caught_up(night: Night) -> None:
    there = await night.person("hello", reason="asked")
    before = len(await night.texts(there))
    night.clock.move(hours=2)
    dog, _ = watchdog(night.another())
    await look(dog)
    await look(dog)
    assert (await night.texts(there))[before:] == [said("utter_wait_4_nobody")]


async def test_coming_on_duty_is_told(night: Night) -> None:
    there = await night.person("hello", reason="asked")
    mo = await night.staff("Mo", on=False)
    dog, _ = watchdog(night.desk)
    night.clock.move(minutes=20)
    await look(dog)
    await night.active(mo)
    await night.desk.switch_duty(mo, on=True, room=2)
    night.clock.move(minutes=4)
    await night.active(mo)
    await look(dog)
    assert (await night.texts(there))[-1] == said("utter_wait_someone_came")


async def test_after_a_start_staff_have_a_moment_to_come_back(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    night.clock.move(minutes=10)
    dog, _ = watchdog(night.desk)
    async with dog.running():
        await look(dog)
        assert await night.state(there) == "human"
        night.clock.move(seconds=31)

        async def waits() -> bool:
            await look(dog)
            return await night.state(there) == "waiting"

        await eventually(waits)


async def test_several_processes_lose_a_claim_once(night: Night) -> None:
    people = [await night.person("hello", reason="asked") for _ in range(5)]
    mo = await night.staff("Mo", room=9)
    for there in people:
        await night.desk.claim(there, mo)
    night.clock.move(minutes=10)
    dogs = [watchdog(night.another())[0] for _ in range(4)]
    await asyncio.gather(*(look(dog) for dog in dogs for _ in range(2)))
    for there in people:
        assert (await night.texts(there)).count(said(LOST)) == 1


# --- alerts


async def test_alerts_are_repeated_and_widened_until_someone_claims(night: Night) -> None:
    there = await night.person("SECRET words", reason="crisis", level=Level.IMMINENT)
    mo, post = await night.staff("Mo"), Post()
    dogs = [watchdog(night.another(), post)[0] for _ in range(3)]
    seen = []
    for _ in range(4):
        await asyncio.gather(*(look(dog) for dog in dogs))
        seen.append(sorted(url for url, _, _ in post.sent))
        night.clock.move(minutes=2)
    assert seen == [["first"], ["first"] * 2, ["first"] * 3 + ["wide"], ["first"] * 4 + ["wide"] * 2]
    assert not any("SECRET" in title + body or there in title + body for _, title, body in post.sent)
    assert all("https://example.org/staff" in body for _, _, body in post.sent)
    await night.desk.claim(there, mo)
    count = len(post.sent)
    night.clock.move(minutes=1)
    await look(dogs[0])
    assert len(post.sent) == count


async def test_an_alert_that_fails_is_on_the_board(night: Night) -> None:
    await night.person("hello", reason="asked")
    post = Post()
    post.broken = {"first"}
    dog, alerts = watchdog(night.desk, post)
    await look(dog)
    (row,) = await night.store.alert_health()
    assert row["failed_at"] == night.clock()
    assert row["ok_at"] is None
    post.broken = set()
    await alerts.test()
    assert [row["ok_at"] for row in await night.store.alert_health()] == [night.clock()] * 2


# --- the audit and the figures


@pytest.mark.parametrize("change", [lambda: update(audit).values(what="x"), lambda: delete(audit)])
async def test_the_audit_cannot_be_changed(night: Night, change: Callable[[], Any]) -> None:
    await night.store.write_audit("Mo", "look", night.clock())
    with pytest.raises(DBAPIError, match="append-only"):
        async with immediate(night.store._engine) as connection:
            await connection.execute(change())
    assert len(await night.store.search_audit("")) == 1


async def test_the_audit_is_searched(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    await night.desk.claim(there, mo)
    await night.desk.reply(there, mo, "SECRET")
    assert [row["what"] for row in await night.store.search_audit(f"mo {there[:6]}")] == ["reply", "claim"]
    assert await night.store.search_audit("100%") == []
    assert "SECRET" not in str(await night.store.search_audit(""))


async def test_a_figure_does_not_lead_back(night: Night) -> None:
    there, mo = await night.person("hello", reason="asked"), await night.staff("Mo")
    night.clock.move(minutes=4)
    await night.active(mo)
    await night.desk.claim(there, mo)
    await night.desk.close(there, mo, "helped")
    (row,) = await night.store.figures_between(night.clock.now.replace(hour=0), night.clock.now.replace(hour=23))
    assert (row["waited"], row["outcome"], row["crisis"]) == (240, "helped", False)
    assert row["hour"].minute == 0
    assert not {"conversation_id", "staff_id"} & set(figures.columns.keys())
    await night.store.erase([there])
    assert len(await night.store.figures_between(night.clock.now.replace(hour=0), night.clock.now)) == 1


# --- practice


async def test_practice_does_not_mix(night: Night) -> None:
    mo, post = await night.staff("Mo", room=1), Post()
    there = await night.desk.start_practice(mo, ["hello"])
    assert await night.store.open_requests() == []
    assert (await night.again(mo.id)).duty.conversations == 0
    night.clock.move(hours=1)
    dog, _ = watchdog(night.desk, post)
    await look(dog)
    assert await night.state(there) == "human"
    await night.desk.close(there, mo, "helped")
    assert post.sent == []
    async with night.store._engine.connect() as connection:
        assert (await connection.execute(select(figures))).all() == []
        assert await connection.scalar(select(handoffs.c.practice)) is True


async def test_a_real_conversation_cannot_be_practised_on(night: Night) -> None:
    there, mo = await night.person("hello"), await night.staff("Mo")
    with pytest.raises(NotTheirs):
        await night.store.start_practice(there, mo, night.clock())
