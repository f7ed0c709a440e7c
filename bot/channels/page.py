"""The chat page: works with scripts on the API, and without them as a plain form."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import anyio
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from bot.channels.headers import page_policy
from bot.channels.text import clean
from bot.channels.web import ApiError, NewMessage, WebApi, limited_body, public, public_choices
from bot.come_back import ComeBack
from bot.contacts import Directory
from bot.keyring import Erased
from bot.settings import ROOT, Settings
from bot.store import Conversation, Owed, Store
from bot.turns import Turns, utc_now
from bot.wakeups import Wakeups

WIDGET = ROOT / "bot" / "widget"
NEED_IN_THE_STRIP = "help_now"
LANGUAGE = "en"
HERE = ZoneInfo("Europe/London")


@dataclass
class Step:
    """What one form without scripts did, for the page to show."""

    conversation: Conversation | None = None
    token: str = ""
    problem: str = ""
    draft: str = ""
    done: str = ""  # erased, code-made, code-revoked
    code: str = ""
    code_until: str = ""


class Page:
    """The routes that a browser opens."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        turns: Turns,
        api: WebApi,
        directory: Directory,
        wakeups: Wakeups,
        come_back: ComeBack,
    ) -> None:
        self._settings = settings
        self._store = store
        self._turns = turns
        self._api = api
        self._directory = directory
        self._wakeups = wakeups
        self._come_back = come_back
        self._templates = templates()
        self._headers = {"content-security-policy": page_policy(settings.embedding_sites)}

    def routes(self) -> list[BaseRoute]:
        """All routes of the page."""
        return [
            Route("/", self.home),
            Route("/chat", self.chat, methods=["POST"]),
            Route("/privacy", self.privacy),
            Route("/exit-help", self.exit_help),
            Route("/widget.js", self.widget),
            Mount("/static", StaticFiles(directory=WIDGET / "static", check_dir=False)),
        ]

    async def home(self, request: Request) -> Response:
        """The page as it opens."""
        return await self._show(request, Step())

    async def chat(self, request: Request) -> Response:
        """One step of a conversation without scripts."""
        try:
            form = parse_qs((await limited_body(request)).decode("utf-8", "replace"))
        except ApiError as error:
            return await self._show(request, Step(problem=error.detail))
        fields = {name: values[0] for name, values in form.items()}
        token = fields.get("token", "")
        step = Step(await self._store.find(token) if token.isascii() else None, token)
        try:
            await self._take(request, step, fields)
        except ApiError as error:
            step.problem, step.draft = error.detail, clean(fields.get("text", ""))
        return await self._show(request, step)

    async def _take(self, request: Request, step: Step, fields: Mapping[str, str]) -> None:
        if "erase" in fields:
            await self._erase(step)
        elif fields.get("come_back"):
            step.conversation, step.token = await self._api.open_by_code(request, fields["come_back"])
        elif "make_code" in fields:
            await self._make_code(step)
        elif "revoke_code" in fields:
            await self._revoke_code(step)
        else:
            await self._say(request, step, clean(fields.get("text", "")), fields.get("choice", ""))

    async def _erase(self, step: Step) -> None:
        if step.conversation is not None:
            await self._turns.erase(step.conversation.id)
        step.conversation, step.token, step.done = None, "", "erased"

    async def _make_code(self, step: Step) -> None:
        if step.conversation is not None:
            code = await self._come_back.make(step.conversation)
            step.code, step.done = code.words, "code-made"

    async def _revoke_code(self, step: Step) -> None:
        if step.conversation is not None:
            await self._come_back.revoke(step.conversation)
            step.done = "code-revoked"

    async def _say(self, request: Request, step: Step, text: str, choice: str) -> None:
        if step.conversation is None:
            step.token = ""
            step.conversation, step.token = await self._api.begin(request)
        if text or choice:
            await self._api.take(step.conversation, NewMessage(text="" if choice else text, choice=choice))
            await self._answered(step.conversation.id)

    async def _show(self, request: Request, step: Step) -> Response:
        messages, state, token = self._opening(), "", step.token
        if step.conversation is not None:
            now = await self._store.get(step.conversation.id) or step.conversation
            with contextlib.suppress(Erased):
                messages = [public(each) for each in await self._store.messages_after(now.id, 0, limit=1000)]
                state = now.state
                until = await self._come_back.expires_at(now)
                step.code_until = until.astimezone(HERE).strftime("%A %-d %B, %H:%M") if until else ""
        return self._render(
            request,
            "chat.html",
            messages=messages,
            token=token,
            state=state,
            problem=step.problem,
            draft=step.draft,
            done=step.done,
            code=step.code,
            code_until=step.code_until,
        )

    def _opening(self) -> list[dict[str, Any]]:
        """The opening words as they will be numbered; the conversation begins with the first message."""
        return [
            {
                "id": number,
                "author": draft.author,
                "name": draft.name,
                "text": draft.text,
                "choices": public_choices(number, draft.choices),
                "contacts": draft.contacts,
                "at": "",
            }
            for number, draft in enumerate(self._turns.opening(), start=1)
        ]

    async def _answered(self, conversation_id: str) -> None:
        """Wait until something was said to the last message: the bot's patience bounds it."""
        with (
            self._wakeups.waiting(conversation_id) as woken,
            anyio.move_on_after(self._settings.brain_patience_seconds + 1),
        ):
            while await self._store.count_owed(conversation_id, Owed.ANSWER):
                await woken.wait()
                woken.clear()

    async def privacy(self, request: Request) -> Response:
        """What is kept, in plain words."""
        return self._render(
            request,
            f"{language_of(request)}/privacy.html",
            keep_days=self._settings.keep_days,
            come_back_days=self._settings.come_back_days,
        )

    async def exit_help(self, request: Request) -> Response:
        """What the exit button cannot do."""
        return self._render(request, f"{language_of(request)}/exit-help.html")

    async def widget(self, _request: Request) -> Response:
        """The script that puts the chat on another site: the one thing that other sites may load."""
        return FileResponse(
            WIDGET / "static" / "widget.js",
            media_type="text/javascript",
            headers={"cross-origin-resource-policy": "cross-origin", "cache-control": "no-cache"},
        )

    def _render(self, request: Request, name: str, **context: Any) -> Response:
        help_now = self._directory.for_need(NEED_IN_THE_STRIP, {}, utc_now())
        return self._templates.TemplateResponse(
            request,
            name,
            {
                **page_context(request),
                "organisation_name": self._settings.organisation_name,
                "message_max_chars": self._settings.message_max_chars,
                "help_now": [contact.shown() for contact in help_now],
                "embedding_sites": self._settings.embedding_sites,
                **context,
            },
            status_code=HTTPStatus.OK,
            headers=self._headers,
        )


def templates() -> Jinja2Templates:
    """The templates; a name that nobody gave is an error."""
    loader = FileSystemLoader(WIDGET / "templates")
    return Jinja2Templates(env=Environment(loader=loader, autoescape=True, undefined=StrictUndefined))


def page_context(request: Request) -> dict[str, Any]:
    """What every page needs to know of the language that was asked for."""
    language = language_of(request)
    return {
        "words": catalogues()[language],
        "at": lambda path: path if language == LANGUAGE else f"{path}?language={language}",
    }


def language_of(request: Request) -> str:
    """The language that the address asks for, if there is a catalogue of it; else the first one."""
    asked = request.query_params.get("language", LANGUAGE)
    return asked if asked in catalogues() else LANGUAGE


@lru_cache(maxsize=1)
def catalogues() -> Mapping[str, Any]:
    """The interface's own words, by language: one file each in bot/widget/words/."""
    return MappingProxyType(
        {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((WIDGET / "words").glob("*.json"))}
    )
