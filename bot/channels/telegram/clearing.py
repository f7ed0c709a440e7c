"""Deletes messages from a chat."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Bot
from telegram.error import BadRequest

AT_ONCE = 100  # Bot API, deleteMessages


async def delete_messages(bot: Bot, chat_id: int, message_ids: Sequence[int]) -> int:
    """Delete what Telegram lets us; return how many messages it refused.

    Telegram skips messages that are gone already. When it refuses a batch for one
    message in it, the others are deleted one by one.
    """
    refused = 0
    for start in range(0, len(message_ids), AT_ONCE):
        batch = message_ids[start : start + AT_ONCE]
        try:
            await bot.delete_messages(chat_id, batch)
        except BadRequest:
            refused += await _one_by_one(bot, chat_id, batch)
    return refused


async def _one_by_one(bot: Bot, chat_id: int, message_ids: Sequence[int]) -> int:
    refused = 0
    for message_id in message_ids:
        try:
            await bot.delete_message(chat_id, message_id)
        except BadRequest:
            refused += 1
    return refused
