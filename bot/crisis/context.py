# ruff: noqa: E501, SIM905 - lists of words read better as text
"""What a short message means after what was said before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.crisis.levels import Finding, Level

ANSWERED_YES, ANSWERED_UNCLEAR, ANSWERED_NO = "answered_yes", "answered_unclear", "answered_no"
SHORT = 9
_HEDGE = r"(?:(?:well|um|erm|er|uh|oh|ok|okay|i guess|i think|i suppose|so|tbh|honestly|kind of|sort of|maybe) )*"
_YES = re.compile(
    rf"^{_HEDGE}(?:(?:yes|yeah|yea|yep|yup|yh|yeh|aye|ye|yess|ya|si|oui|tak|haan|ja|both|all the time|every day|always|a bit|a lot|sometimes|often|"
    r"correct|true|right|affirmative|definitely|of course|obviously|mhm|mm|mmhm|👍|✅)\b"
    # "I am" is a yes, and "I am thinking of it"; "I am 15" and "I have his number" say something else.
    r"|(?:im am|i am|im|i do|i have|ive been|ive|it is|its)(?: (?:yes|yeah|really|honestly|actually|tbh|a bit|a lot|a little|sometimes|often|always|now|"
    r"all the time|every day|right now|(?:been )?(?:thinking|having|getting|planning|considering|suicidal|about to|going to|gonna|close|tempted)\b.*))*$)"
)
_NO = re.compile(r"\b(?:no|nope|nah|naw|not|never|dont|wont|fine|safe|ok|okay)\b")
# A no with nothing behind it that takes it back; "no way out" and "no point" are none.
_PLAIN_NO = re.compile(
    r"^(?:no|nope|nah|naw)\b(?! (?:point|way|one|body|hope|reason|more|future|end|exit|escape|choice|good|use|longer|matter|doubt|idea|help|chance)\b)"
    r"(?!.*\b(?:but|though|yet|maybe|well|only|until|except|unless|not really|not sure)\b)"
)
_UNCLEAR = re.compile(
    r"\b(?:maybe|dunno|idk|dont know|not sure|unsure|sometimes|kind of|sort of|perhaps|possibly|a bit|cant say|who cares|"
    r"does it matter|what if|why|whatever|prefer not|rather not|hard to say|dont wanna say|not really)\b"
    r"|^(?:i am |im |just |so |very |really )*(?:scared|frightened|terrified|afraid)$"
)
_FOLLOWING_ON = re.compile(
    r"\b(?:gonna do it|im doing it|ill do it|will do it|just do it|ive done it|i did it|its done|done it|about to do it|do it (?:now|tonight|today)|"
    r"tonight|right now|goodbye|bye|goodnight|good night|its time|im ready|too late|im serious|mean it|not joking|ive decided|made up my mind|cant stop me|"
    r"nobody can stop|got everything|everythings ready|ready now|not long now|wont be long|last message|thanks for listening|im at peace|tell (?:my )?\w+ i love)\b"
)
_ANSWER_WORDS = frozenset(
    "yes yeah yea yep yup yh yeh aye ye yess ya si oui no nope nah naw ok okay okey k kk sure fine maybe idk dunno dont know not really sort kind of "
    "a bit i do did am was have think guess suppose so thanks thank thx ta cheers you please pls the skip next back continue start stop help hello hi hey "
    "right correct true false both neither none other over under 18 sometimes never always often mhm mm hmm lol what why how who when where "
    "me need bye goodbye goodnight good night evening morning day today tonight tomorrow now later lol "
    "england scotland wales northern ireland instagram snapchat whatsapp facebook telegram tiktok discord email one two three first second last 👍 ✅ 🙏".split()
)
_ERASES = re.compile(
    r"^(?:please )?(?:delete|erase|wipe|clear) (?:everything|all|it all|all of it|this|(?:this|the|my) (?:chat|conversation|messages))(?: please| now)?$"
)
# What was done? Only what was said before tells.
_DID_IT = re.compile(
    r"^(?:(?:ok|yes|yeah|so|well) )*(?:i|ive|i have) (?:just |already |now )?(?:done|did) it(?: now| already)?$"
)
_RISK_QUESTIONS = re.compile(r"crisis|danger|suicid|check_in|safe|risk|hurt", re.IGNORECASE)
_ABOUT_RISK = re.compile(
    r"\b(?:report|block|pay|police|screenshot|account|delete|email|number|form|bank|refund|how do|what do|where)\b"
)


def may_belong_together(tokens: Sequence[str]) -> bool:
    """Whether a message is so short that the ones before it say what it is about."""
    return len(tokens) <= SHORT and not _ABOUT_RISK.search(" ".join(tokens))


def is_bare_answer(tokens: Sequence[str]) -> bool:
    """Whether a message only answers, greets, thanks, chooses, did "it" or asks to erase: it says nothing of its own."""
    said = [word for word in tokens if word[0].isalnum() or not word.isascii()]
    whole = " ".join(said)
    known = all(word in _ANSWER_WORDS or word.isdigit() for word in said)
    return known or _ERASES.search(whole) is not None or _DID_IT.search(whole) is not None


def following_on(tokens: Sequence[str]) -> bool:
    """Whether a short message says that something is about to be, or has been, done."""
    said = " ".join(tokens)
    return _FOLLOWING_ON.search(said) is not None and not re.search(
        r"\b(?:not|wont|never|dont|no)\b(?! (?:joking|long|stop))", said
    )


def answered(tokens: Sequence[str], asked: str | None) -> Finding:
    """What a message means as the answer to a direct question, worded so that yes means risk."""
    if asked is None or not _RISK_QUESTIONS.search(asked) or not tokens:
        return Finding(Level.NONE)
    said = " ".join(word for word in tokens if word[0].isalnum() or not word.isascii())
    if _YES.search(said) and not _NO.search(said):
        return Finding(Level.ACTIVE, ANSWERED_YES)
    if _UNCLEAR.search(said):
        return Finding(Level.CHECK_IN, ANSWERED_UNCLEAR)
    if len(tokens) <= SHORT and _PLAIN_NO.search(" ".join(tokens)):
        return Finding(Level.NONE, ANSWERED_NO)
    return Finding(Level.NONE)
