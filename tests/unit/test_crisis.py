"""The crisis detector, message by message: what must bring a person in, what must be asked about, what must not."""

from __future__ import annotations

import time

import pytest

from bot.crisis import ANSWERED_NO, ANSWERED_UNCLEAR, ANSWERED_YES, Detector, Finding, Level
from bot.crisis.guards import sort_out
from bot.crisis.matching import Patterns, compile_line
from bot.crisis.measure import misses, precision_at, report, wilson
from bot.crisis.spelling import plain
from bot.crisis.text import MOST_WINDOWS, normalise, windows, words

HAND_OVER = {
    Level.IMMINENT: """
        I'm going to kill myself tonight
        im gonna kill myself 2nite
        gonna kms tonight
        k i l l i n g myself tonight
        k1ll1ng my53lf t0night
        I've taken an overdose
        ive taken all the pills
        i took all my mums tablets
        I swallowed the whole packet of tablets
        just swallowed a load of pills
        took too many tablets on purpose
        I've overdosed
        iv took the hole bottle of pils
        ive cut my wrists
        I've slit my wrists
        blood everywhere and it wont stop bleeding
        i cut too deep
        the knife is at my throat
        there's a rope round my neck
        the gun is loaded and in my hand
        i wrote a suicide note
        I've written goodbye letters to my kids
        goodbye everyone
        tell my mum im sorry and i love her
        tell my wife I'm sorry
        I'm on the bridge and I'm going to jump
        im on the wrong side of the railings
        i'm going to jump in front of a train
        im about to jump off the roof
        by tomorrow i will be dead
        i wont be alive tomorrow
        tonight im ending it
        im ending my life tonight
        ending it all tonight
        this is my last night on earth
        I'm going to hang myself tonight
        Tomorrow morning I will hang myself
        I will jump tonight
        i will die tonight
        the pills are kicking in and i feel sleepy
        my last message to anyone, bye
        already done it, just waiting now
        it's my last day alive
        unaliving myself tonight
        i have the pills ready
        noose is ready
        I’m going to kill myself tonight
        I'm going to k*ll myself tonight
        ім going to kill myself tonight
    """,
    Level.ACTIVE: """
        I want to kill myself
        i want to die
        i wanna die
        w a n t  t o  d i e
        kms
        i want to kms
        ctb soon
        im suicidal
        I am feeling suicidal
        im siucidal
        I'm having suicidal thoughts
        thinking about suicide
        i keep thinking about killing myself
        I've been thinking of ending my life
        i want to end my life
        I'm going to take my own life
        want to unalive myself
        sewer slide is all i think about
        i want to hurt myself
        i cut myself last night
        i've been cutting again
        ive started self harming again
        i self-harm because of this
        thinking of jumping off a bridge
        I want to hang myself
        gonna top myself
        gonna neck myself
        thinking of doing myself in
        i have a plan to kill myself
        how do i kill myself
        what's the least painful way to die
        If he posts it I'll kill myself
        if he sends it i will kill myself
        i wnat to kil myslef
        i wanna d1e
        $uicide is on my mind
        i am going to kill my self
        I want to end it all
        Je veux me tuer, I want to kill myself
        ah want tae kill masel
        I tried to kill myself last night
        I'm not joking, I want to kill myself
        I can't stop thinking about killing myself
        not just sad, i want to kill myself
        I don't know why but I want to kill myself
        it would be better to kill myself
        suicidal and scared, how do I report him?
        How do I report an account on Snapchat? I have screenshots. Also I want to kill myself.
    """,
    Level.PASSIVE: """
        I wish I was dead
        i wish i were dead
        wish i was never born
        I wish I'd never been born and I want to be dead
        i dont want to live
        I don't want to live anymore
        i dont want to be alive anymore
        don't want to be here anymore
        i dont want to wake up tomorrow
        I hope I don't wake up
        everyone would be better off without me
        they'd be better off without me
        my family would be better off if i was dead
        I have no reason to live
        no reason to live
        n o  r e a s o n  t o  l i v e
        nothing to live for
        my life is not worth living
        life isn't worth living
        I'd rather be dead
        better off dead
        whats the point of being alive
        tired of living
        tired of being alive
        I pray God takes me tonight
        please god take me
        I just want to go to sleep and never wake up
        i want to sleep forever
        wish i could fall asleep and not wake up
        i want to stop existing
        nobody would miss me if i was gone
        there is no point living
    """,
    Level.THIRD_PARTY: """
        my son says he wants to die
        my friend wants to kill herself
        my mate is suicidal
        my daughter said she is going to kill herself
        my brother says he will kill himself if it gets out
        my friend is cutting herself because of this
        my sister has taken an overdose
        my boyfriend is on the bridge and says he will jump
        she told me she wants to end her life
        he keeps saying he doesn't want to live
        my wife tried to hang herself
        my girlfriend left a note and she's gone
        a pupil of mine says she doesn't want to be alive
        suicidal friend, what do I do
        my cousin is self harming
        i'm going to kill him when i find him
        im gonna stab him tomorrow
    """,
    Level.DANGER: """
        he's outside my house
        hes outside my house right now
        they are outside my door
        someone is banging on my door
        he's kicking the door in
        he has a knife and he's at the door
        he's in my house
        he's on his way here
        he is coming to kill me
        they are coming to my house tonight to hurt me
        my brothers will kill me for honour
        my dad is going to kill me, I'm not joking
        he locked me in
        he wont let me leave
        he followed me home
        they are making me cut myself on camera
        they told me to hurt myself on camera or they post it
        he makes me carve his name in my arm on video
        she is making me stay on camera right now
        he said he will throw acid at me
        they've taken my passport and booked a flight to Pakistan to marry me off
        he says he'll stab me
        my brother says he'll kill me for the honour
        they have a gun outside my flat
    """,
}
CHECK_IN = """
    im hiding in the bathroom from him
    I won't be here tomorrow
    I would rather kill myself than tell my dad
    I swear I will kill that man
    I can't do this anymore
    i cant go on
    there's no way out
    i see no way out of this
    I want it to be over
    i just want it all to stop
    i give up
    whats the point anymore
    i've had enough of everything
    he told me to kill myself
    they keep telling me to kill myself
    everyone is commenting kys
    she said i should die
    he wrote go kill yourself
    I'm at the end of my rope
    cant cope
    my life is over
    I don't know how to go on
    there is no future for me
"""
HARMLESS = """
    hello
    hi
    thanks, that helped
    thank you so much
    are you a real person?
    How do I report someone on Instagram?
    Should I block him?
    should i pay the £500?
    he wants £300 or he sends it to everyone
    I've been blackmailed on Snapchat
    a girl recorded me on a video call and wants money
    I already paid 200 by bank transfer
    What is StopNCII?
    I'm 15 and he has my pictures
    i feel so ashamed
    im scared my mum finds out
    I'm dying of embarrassment
    i nearly died of embarrassment
    im dead 😂😂
    lol i'm dead
    my phone is dead
    my battery died
    my mum is gonna kill me lol
    my boss will kill me if I'm late again
    i ran 5 kms today
    this deadline is killing me
    killing time until the police ring
    I'm not suicidal
    i'm not going to kill myself
    i would never hurt myself
    I don't want to die
    no I'm not thinking of harming myself
    i was suicidal years ago but i'm fine now
    At 17 I took an overdose. I'm 40 now and happy
    in 2012 I tried to end my life, I recovered long ago
    my character died in the game again
    how do i kill the background process
    how do I hang up a call
    can you hang on a minute
    he said he'd kill my reputation
    can i cut and paste the messages
    I cut my hair
    how do i end the chat
    when does this chat end
    the weather is lovely
    what pizza should I get
"""


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


@pytest.mark.parametrize(
    ("level", "text"), [(level, text) for level, block in HAND_OVER.items() for text in _lines(block)]
)
def test_brings_a_person_in(detector: Detector, level: Level, text: str) -> None:
    found = detector.look(text)
    assert found.level.hands_over, f"{level.value}: found {found}"
    assert found.reason


@pytest.mark.parametrize("text", _lines(CHECK_IN))
def test_is_noticed(detector: Detector, text: str) -> None:
    assert detector.look(text).level is not Level.NONE


@pytest.mark.parametrize("text", _lines(HARMLESS))
def test_is_left_alone(detector: Detector, text: str) -> None:
    assert not detector.look(text).level.hands_over


@pytest.mark.parametrize("text", _lines(HAND_OVER[Level.IMMINENT])[:20])
def test_found_in_the_last_line_of_5000_characters(detector: Detector, text: str) -> None:
    calm = "He has my number and my photos. I saved the messages and I told the bank about the payment on Tuesday. "
    assert detector.look(calm * 48 + text).level.hands_over


@pytest.mark.parametrize("text", _lines(HAND_OVER[Level.ACTIVE])[:20])
@pytest.mark.parametrize(
    "practical",
    [
        "How do I report him? {} Also, do I block him first?",
        "i have screenshots. {}. what do i do with the £200 payment",
    ],
)
def test_found_inside_a_practical_question(detector: Detector, text: str, practical: str) -> None:
    assert detector.look(practical.format(text)).level is not Level.NONE


@pytest.mark.parametrize("text", _lines(HAND_OVER[Level.ACTIVE])[4:16] + _lines(HAND_OVER[Level.PASSIVE])[:8])
@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.title,
        lambda text: text + "!!!",
        lambda text: "ok so " + text,
        lambda text: text.replace(" ", "  "),
    ],
)
def test_dress_does_not_matter(detector: Detector, text: str, change: object) -> None:
    assert callable(change)
    assert detector.look(change(text)).level is not Level.NONE


@pytest.mark.parametrize(
    "told", ["he told me to kill myself", "she keeps telling me to kill myself", "they said i should kill myself"]
)
def test_being_told_to_is_asked_about(detector: Detector, told: str) -> None:
    assert detector.look(told).level is not Level.NONE


@pytest.mark.parametrize(
    "now",
    ["I'm going to do it", "im doing it tonight", "its time. bye", "goodbye", "goodnight", "ive done it", "i mean it"],
)
@pytest.mark.parametrize("before", ["I can't go on", "i want to die", "there is no way out for me"])
def test_a_short_message_follows_on(detector: Detector, before: str, now: str) -> None:
    assert detector.look(now, [before]).level.hands_over


@pytest.mark.parametrize("now", ["only once", "hello", "a man from tinder"])
def test_a_command_before_a_message_says_nothing(now: str, detector: Detector) -> None:
    assert detector.look(now, ["/start"]) == detector.look(now)


@pytest.mark.parametrize("now", ["ok thanks", "how do i block him", "what number is it", "no"])
def test_what_was_said_before_does_not_come_again(detector: Detector, now: str) -> None:
    assert not detector.look(now, ["I want to die"]).level.hands_over


@pytest.mark.parametrize("now", ["ive done it", "ok i did it now", "goodbye", "ok do it"])
def test_without_a_crisis_before_a_short_message_is_no_hand_over(detector: Detector, now: str) -> None:
    assert detector.look(now, ["how do i report him on instagram?"]).level is not Level.IMMINENT


@pytest.mark.parametrize(
    "yes",
    [
        "yes", "yeah", "yh", "aye", "i am", "sometimes yes", "Yes.", "kind of, yeah", "i guess so yes", "it is",
        "im thinking about it", "I have been", "well i guess i am", "i do sometimes", "im about to",
    ],
)  # fmt: skip
def test_yes_to_a_direct_question(detector: Detector, yes: str) -> None:
    assert detector.look(yes, asked="crisis_question").level.hands_over


@pytest.mark.parametrize("unclear", ["maybe", "idk", "i dont know", "not sure", "sometimes", "does it matter"])
def test_unclear_to_a_direct_question(detector: Detector, unclear: str) -> None:
    assert detector.look(unclear, asked="crisis_question").level is not Level.NONE


@pytest.mark.parametrize("no", ["no", "nope", "No, I'm not", "nah im safe", "no i'm ok thanks"])
def test_no_to_a_direct_question(detector: Detector, no: str) -> None:
    assert detector.look(no, asked="crisis_question").level is Level.NONE


@pytest.mark.parametrize("no", ["no im just fed up of it all", "no im worn out", "nah im done with this week"])
def test_how_they_feel_after_a_no_is_not_asked_about_again(detector: Detector, no: str) -> None:
    assert detector.look(no).level is Level.CHECK_IN
    assert detector.look(no, ["done with life"], "utter_crisis_question").level is Level.NONE


@pytest.mark.parametrize(
    "no", ["no but i cant go on", "no way out", "no point in anything", "no hope left", "no, i want to die"]
)
def test_not_every_no_is_a_no(detector: Detector, no: str) -> None:
    assert detector.look(no, asked="utter_crisis_question").level is not Level.NONE


@pytest.mark.parametrize(
    "more",
    [
        "nah he said hell break my legs",
        "no. i just sit here every night and i cant see how any of it ever gets better for me",
        "no i dont sleep, i dont eat, i sit on the kitchen floor most nights waiting for it to stop",
    ],
)
def test_danger_and_a_story_told_after_a_no_are_heard(detector: Detector, more: str) -> None:
    assert detector.look(more, asked="utter_crisis_question") == detector.look(more)
    assert detector.look(more).level is not Level.NONE


@pytest.mark.parametrize("text", ["delete everything", "please delete my chat", "erase this", "Delete all of it now"])
def test_a_request_to_erase_is_no_crisis(detector: Detector, text: str) -> None:
    assert detector.look(text).level is Level.NONE


@pytest.mark.parametrize(
    "other", ["im 15", "I am a boy", "i have his number", "im on snapchat", "i have paid", "im gay"]
)
def test_something_else_is_no_answer_to_a_direct_question(detector: Detector, other: str) -> None:
    assert detector.look(other, asked="crisis_question").level is Level.NONE


@pytest.mark.parametrize(
    ("before", "yes"),
    [
        ("i want to kill myself", Finding(Level.ACTIVE, ANSWERED_YES, Level.ACTIVE)),
        ("my daughter says she wants to kill herself", Finding(Level.THIRD_PARTY, ANSWERED_YES, Level.THIRD_PARTY)),
        ("he is outside my door with a knife", Finding(Level.DANGER, ANSWERED_YES, Level.DANGER)),
        ("where do i report this", Finding(Level.ACTIVE, ANSWERED_YES)),
    ],
)
def test_an_answer_is_about_what_the_question_was_about(detector: Detector, before: str, yes: Finding) -> None:
    said = ["where do i report this", before, "ok"]
    assert detector.look("Yes", said, "utter_crisis_question") == yes
    assert detector.look("I'm not sure", said, "utter_crisis_question") == Finding(
        Level.CHECK_IN, ANSWERED_UNCLEAR, yes.doubt
    )
    assert detector.look("No", said, "utter_crisis_question") == Finding(Level.NONE, ANSWERED_NO, yes.doubt)


@pytest.mark.parametrize("text", ["help", "help me", "please help", "i need help", "goodbye", "night", "tonight", "hi"])
def test_a_word_alone_is_no_crisis(detector: Detector, text: str) -> None:
    assert detector.look(text).level is Level.NONE


@pytest.mark.parametrize("text", ["", "   ", "\n", "?", "😀", "\u200b", "a" * 5000, "1234567890" * 300, "!" * 400])
def test_odd_input_is_harmless(detector: Detector, text: str) -> None:
    assert not detector.look(text).level.hands_over


def test_a_long_message_takes_bounded_time(detector: Detector) -> None:
    detector.look("warm up")
    text = "I reported it and saved everything and now I wait for the bank to answer me about it. " * 57  # 5,000
    began = time.perf_counter()
    detector.look(text)
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("k i l l myself", "kill myself"),
        ("w a n t  t o  d i e", "wanna die"),
        ("un@live", "unalive"),
        ("$u!c!de", "suicide"),
        ("2nite", "tonight"),
        ("I’m", "im"),
        ("my self", "myself"),
        ("self-harm", "selfharm"),
        ("ѕuicide", "suicide"),
        ("su\u200bicide", "suicide"),
        ("sooooo", "soo"),
        ("9pm", "9pm"),
    ],
)
def test_spelling(typed: str, meant: str) -> None:
    assert " ".join(plain(words(normalise(typed)))) == meant


@pytest.mark.parametrize("count", [1, 3, 10, 60, 400])
def test_windows_hold_every_word(count: int) -> None:
    text = " ".join(f"word{number} and more." for number in range(count))
    found = windows(text)
    assert len(found) <= max(MOST_WINDOWS, 2 * count)
    assert {f"word{number}" for number in range(count)} <= set(" ".join(found).replace(".", "").split())


def test_a_line_becomes_a_spacy_pattern() -> None:
    assert compile_line("a|b c? *2") == [
        {"ORTH": {"IN": ["a", "b"]}},
        {"ORTH": "c", "OP": "?"},
        {"ORTH": {"NOT_IN": [".", "!", "?", ";", "…"]}, "OP": "{0,2}"},
    ]


@pytest.mark.parametrize(
    "text", ["im not going to kill myself", "i would never kill myself", '" i want to die " is a song']
)
def test_a_guard_takes_the_decision_away(text: str) -> None:
    tokens = plain(words(normalise(text)))
    hits = Patterns().find(tokens)
    assert any(hit.level.hands_over for hit in hits)
    assert not any(hit.level.hands_over for hit in sort_out(tokens, hits))


def test_measure() -> None:
    found = report(
        [
            (Level.IMMINENT, Level.ACTIVE),
            (Level.PASSIVE, Level.CHECK_IN),
            (Level.CHECK_IN, Level.NONE),
            (Level.NONE, Level.NONE),
            (Level.NONE, Level.DANGER),
        ]
    )
    assert (found.noticed.hits, found.noticed.of) == (2, 3)
    assert (found.handed_over.hits, found.handed_over.of) == (1, 2)
    assert found.wrong_hand_overs.value == 0.5
    assert found.handed_over_by_level[Level.IMMINENT].value == 1


def test_wilson_is_wide_for_few_rows() -> None:
    low, high = wilson(49, 50)
    assert low < 0.90
    assert high > 0.98


@pytest.mark.parametrize(("hits", "of"), [(-1, 3), (4, 3)])
def test_wilson_refuses_nonsense(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        wilson(hits, of)


def test_precision_depends_on_how_common_crises_are() -> None:
    assert precision_at(0.01, 0.98, 0.01) == pytest.approx(0.497, abs=0.001)
    assert precision_at(0.2, 0.98, 0.01) > 0.95


def test_misses_are_listed() -> None:
    assert misses(["a", "b"], [(Level.ACTIVE, Level.CHECK_IN), (Level.NONE, Level.NONE)]) == [
        ("a", Level.ACTIVE, Level.CHECK_IN)
    ]
