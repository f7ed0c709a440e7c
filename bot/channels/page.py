"""The chat page: works with scripts on the API, and without them as a plain form."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from bot.channels.text import clean
from bot.channels.web import ApiError, NewMessage, WebApi, limited_body, public, public_choices
from bot.contacts import Directory
from bot.keyring import Erased
from bot.settings import ROOT, Settings
from bot.store import Owed, Store
from bot.turns import Turns, utc_now
from bot.wakeups import Wakeups

WIDGET = ROOT / "bot" / "widget"
NEED_IN_THE_STRIP = "help_now"


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
    ) -> None:
        self._settings = settings
        self._store = store
        self._turns = turns
        self._api = api
        self._directory = directory
        self._wakeups = wakeups
        self._templates = Jinja2Templates(WIDGET / "templates")

    def routes(self) -> list[BaseRoute]:
        """All routes of the page."""
        return [
            Route("/", self.home),
            Route("/chat", self.chat, methods=["POST"]),
            Route("/privacy", self.privacy),
            Route("/exit-help", self.exit_help),
            Mount("/static", StaticFiles(directory=WIDGET / "static", check_dir=False)),
        ]

    async def home(self, request: Request) -> Response:
        """The page as it opens."""
        return self._render(request, "chat.html", messages=self._opening(), token="", state="")

    async def chat(self, request: Request) -> Response:
        """One step of a conversation without scripts."""
        try:
            form = parse_qs((await limited_body(request)).decode("utf-8", "replace"))
        except ApiError as error:
            return self._render(
                request, "chat.html", messages=self._opening(), token="", state="", problem=error.detail
            )
        token = form.get("token", [""])[0]
        conversation = await self._store.find(token) if token.isascii() else None
        if "erase" in form:
            if conversation is not None:
                await self._turns.erase(conversation.id)
            return self._render(request, "chat.html", messages=self._opening(), token="", state="", erased=True)
        text, choice = clean(form.get("text", [""])[0]), form.get("choice", [""])[0]
        problem = ""
        try:
            if conversation is None:
                conversation, token = await self._api.begin(request)
            if text or choice:
                await self._api.take(conversation, NewMessage(text="" if choice else text, choice=choice))
                await self._answered(conversation.id)
        except ApiError as error:
            problem = error.detail
        messages, state = self._opening(), ""
        if conversation is not None:
            now = await self._store.get(conversation.id) or conversation
            with contextlib.suppress(Erased):
                messages = [public(each) for each in await self._store.messages_after(now.id, 0, limit=1000)]
                state = now.state
        return self._render(
            request,
            "chat.html",
            messages=messages,
            token=token,
            state=state,
            problem=problem,
            draft=text if problem else "",
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
        return self._render(request, "privacy.html", keep_days=self._settings.keep_days)

    async def exit_help(self, request: Request) -> Response:
        """What the exit button cannot do."""
        return self._render(request, "exit-help.html")

    def _render(self, request: Request, name: str, **context: Any) -> Response:
        help_now = self._directory.for_need(NEED_IN_THE_STRIP, {}, utc_now())
        return self._templates.TemplateResponse(
            request,
            name,
            {
                "organisation_name": self._settings.organisation_name,
                "message_max_chars": self._settings.message_max_chars,
                "help_now": [contact.shown() for contact in help_now],
                **context,
            },
            status_code=HTTPStatus.OK,
        )
