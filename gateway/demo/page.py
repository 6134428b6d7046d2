"""The demo page's own server: the page, what it needs to know, and the scenario rail."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.listening import Listener
from gateway import __version__
from gateway.demo.player import ScenarioFailedError
from gateway.demo.scenario import Scenario
from gateway.demo.world import World

_STATIC = Path(__file__).parent / "static"
_KEPT_EVENTS = 500
_READING_S = 1.2
"""How long a sentence stands before the next step, when a person watches."""
_PINNED = ("104", "101", "102", "103", "119", "110")


@dataclass
class Rail:
    """Plays one scenario at a time and tells whoever listens."""

    world: World
    pause_s: float = _READING_S
    _events: deque[tuple[int, str]] = field(
        default_factory=lambda: deque(maxlen=_KEPT_EVENTS), init=False
    )
    _count: int = field(default=0, init=False)
    _closed: bool = field(default=False, init=False)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)
    _playing: asyncio.Task[None] | None = field(default=None, init=False)
    _go_on: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def play(self, scenario: Scenario, group: asyncio.TaskGroup, *, stepwise: bool) -> None:
        """Begin a scenario; one that plays already is stopped first."""
        await self.stop()
        self._playing = group.create_task(self._play(scenario, stepwise=stepwise))

    def step(self) -> bool:
        """Let a scenario that is played stepwise go on; `False` when none is."""
        if self._playing is None or self._playing.done():
            return False
        self._go_on.set()
        return True

    async def stop(self) -> None:
        """End what plays."""
        if self._playing and not self._playing.done():
            self._playing.cancel()
            await asyncio.wait([self._playing])

    async def events(self, after: int) -> AsyncIterator[tuple[int, str]]:
        """Yield events with their ids, those still remembered first."""
        while not self._closed:
            for number, text in tuple(self._events):
                if number > after:
                    after = number
                    yield number, text
            async with self._news:
                if self._count <= after and not self._closed:
                    await self._news.wait()

    async def close(self) -> None:
        """End what plays and let every listener go."""
        await self.stop()
        self._closed = True
        async with self._news:
            self._news.notify_all()

    async def _play(self, scenario: Scenario, *, stepwise: bool) -> None:
        self._go_on.clear()
        await self._tell(scenario, "running", 0)
        try:
            async for played in self.world.player().play(scenario):
                await self._tell(scenario, "running", played.index + 1)
                await self._pause(stepwise=stepwise)
        except ScenarioFailedError as problem:
            await self._tell(scenario, "failed", 0, str(problem))
        except asyncio.CancelledError:
            await self._tell(scenario, "idle", 0)
            raise
        else:
            await self._tell(scenario, "passed", len(scenario.steps))

    async def _pause(self, *, stepwise: bool) -> None:
        if stepwise:
            await self._go_on.wait()
            self._go_on.clear()
        else:
            await self.world.clock.sleep(self.pause_s)

    async def _tell(self, scenario: Scenario, state: str, step: int, problem: str = "") -> None:
        say = scenario.steps[min(step, len(scenario.steps) - 1)].say
        event = {"id": scenario.id, "state": state, "step": step, "say": say, "problem": problem}
        async with self._news:
            self._count += 1
            self._events.append((self._count, json.dumps(event)))
            self._news.notify_all()


@asynccontextmanager
async def demo_page(world: World, host: str, port: int) -> AsyncIterator[str]:
    """Serve the page for the length of the block; yields its address."""
    async with asyncio.TaskGroup() as group:
        rail = Rail(world)
        runner = Listener(_app(world, rail, group), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            yield f"http://{host}:{await runner.listen(host, port)}"
        finally:
            await rail.close()
            await runner.cleanup()


def _app(world: World, rail: Rail, group: asyncio.TaskGroup) -> web.Application:
    by_id = {scenario.id: scenario for scenario in world.scenarios}

    async def play(request: web.Request) -> web.Response:
        scenario = by_id.get(request.match_info["id"])
        if scenario is None:
            raise web.HTTPNotFound
        await rail.play(scenario, group, stepwise="stepwise" in request.query)
        return web.json_response({"run": scenario.id})

    async def step(request: web.Request) -> web.Response:
        if not rail.step():
            return await play(request.clone(rel_url=request.rel_url.with_query("stepwise=1")))
        return web.json_response({"run": request.match_info["id"]})

    async def stop(_: web.Request) -> web.Response:
        await rail.stop()
        return web.json_response({})

    async def reset(_: web.Request) -> web.Response:
        await rail.stop()
        await world.pager_door.heal()
        await world.slack_door.heal()
        return web.json_response({})

    async def advance(request: web.Request) -> web.Response:
        seconds = (await request.json()).get("advance_s")
        if not isinstance(seconds, int | float) or not 0 < seconds <= 86_400:  # noqa: PLR2004 - a day
            raise web.HTTPBadRequest
        await world.advance(float(seconds))
        return web.json_response({})

    app = web.Application(middlewares=[_guarded(world), _at_home])
    app.router.add_get("/", _to_demo)
    app.router.add_get("/console", _to_console(world))
    app.router.add_get("/demo", _file("demo.html"))
    app.router.add_get("/demo/config", _config(world))
    app.router.add_get("/demo/stream", _stream(rail))
    app.router.add_get("/demo/static/{name}", _static)
    app.router.add_get("/favicon.ico", _file("favicon.svg"))
    app.router.add_post("/demo/scenarios/{id}/play", play)
    app.router.add_post("/demo/scenarios/{id}/step", step)
    app.router.add_post("/demo/stop", stop)
    app.router.add_post("/demo/reset", reset)
    app.router.add_post("/demo/clock", advance)
    return app


def _guarded(world: World) -> Any:
    """Allow scripts, styles and calls from here and from the two servers, nothing else."""
    own = f"'self' {world.slack.url} {world.pager.url}"
    policy = (
        f"default-src 'none'; script-src 'self' {world.slack.url}; "
        f"style-src 'self' {world.slack.url}; img-src 'self' data: {world.slack.url}; "
        f"connect-src {own}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = policy
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["Cache-Control"] = "no-store"
        return response

    return guard


@web.middleware
async def _at_home(request: web.Request, handler: Any) -> web.StreamResponse:
    """Lead whoever came by another name here: both servers answer scripts of one address only.

    A page of somebody else whose name was pointed at us ends here too.
    """
    address = "{}:{}".format(*request.get_extra_info("sockname"))
    if request.host == address:
        response: web.StreamResponse = await handler(request)
        return response
    if request.method != "GET":
        raise web.HTTPMisdirectedRequest
    raise web.HTTPFound(f"http://{address}{request.rel_url}")


async def _to_demo(_: web.Request) -> web.Response:
    raise web.HTTPFound("/demo")


def _to_console(world: World) -> Any:
    """Lead to the gateway's own console, signed in by a link made on the spot."""

    async def lead(_: web.Request) -> web.Response:
        raise web.HTTPFound(world.gateway.console.sign_in("you"))

    return lead


def _file(name: str) -> Any:
    async def send(_: web.Request) -> web.StreamResponse:
        return _sent(name)

    return send


async def _static(request: web.Request) -> web.StreamResponse:
    return _sent(request.match_info["name"])


def _sent(name: str) -> web.StreamResponse:
    path = _STATIC / name
    if path.parent != _STATIC or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path)


def _config(world: World) -> Any:
    async def config(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "version": __version__,
                "slack": {"base": world.slack.url, "user": "U0DANA"},
                "pager": {"base": world.pager.url},
                "pinned": _PINNED,
                "scenarios": [_described(scenario) for scenario in world.scenarios],
            }
        )

    return config


def _described(scenario: Scenario) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "number": scenario.number,
        "title": scenario.title,
        "story": scenario.story,
        "steps": [{"say": step.say} for step in scenario.steps],
    }


def _stream(rail: Rail) -> Any:
    async def stream(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        after = int(given) if given.isdigit() else 0
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        # A closed tab ends the stream in the middle of a line; nobody is left to be told.
        with suppress(ConnectionError):
            await response.write(b": hello\n\n")
            async for number, text in rail.events(after):
                event = f"id: {number}\nevent: scenario\ndata: {text}\n\n"
                await response.write(event.encode())
        return response

    return stream
