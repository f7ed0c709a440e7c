"""What people type, made safe to keep."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import clean

ANYTHING = st.text(alphabet=st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("hello", "hello"),
        ("  hello \n", "hello"),
        ("a\x00b", "ab"),
        ("\x00\x00", ""),
        ("\x00 a \x00", "a"),
        ("a\x1b[31mb", "a[31mb"),
        ("a\x7fb", "ab"),
        ("one\r\ntwo", "one\ntwo"),
        ("one\rtwo", "one\ntwo"),
        ("one\n\r\ntwo", "one\n\ntwo"),
        ("a\tb", "a\tb"),
        ("\ud83d", "\ufffd"),
        ("a\ude00b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("👩‍👩‍👧 🏴󠁧󠁢󠁷󠁬󠁳󠁿", "👩‍👩‍👧 🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ("مرحبا", "مرحبا"),
        ("שלום", "שלום"),
        ("e\u0301", "e\u0301"),
        ("/restart", "/restart"),
        ("'; DROP TABLE messages; --", "'; DROP TABLE messages; --"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
        (" \u3000\u00a0 ", ""),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(ANYTHING)
def test_it_can_always_be_stored_and_sent(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert json.loads(json.dumps(cleaned, ensure_ascii=False).encode()) == cleaned


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ANYTHING)
def test_nothing_is_added_and_the_ends_are_bare(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= len(text)
    assert cleaned == cleaned.strip()


@given(ANYTHING)
def test_no_ascii_control_is_left(text: str) -> None:
    assert not [c for c in clean(text) if c < "\x80" and unicodedata.category(c) == "Cc" and c not in "\n\t"]


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs"))))
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert clean(text) == text.strip()
