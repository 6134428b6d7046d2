"""Speaking with the running gateway over its control socket, for every command that does."""

import getpass
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any, NoReturn

import click

from gateway.cli.exits import Exit, end
from gateway.cli.unix_http import Query, UnixConnection
from gateway.cli.workspaces import Command, control_meant, control_of_all, names_workspace, the_one

Json = dict[str, Any]
_ANSWER_WITHIN_S = 30.0
_BEGIN_WITHIN_S = 5.0
"""Whoever is awake has an answer to begin with at once; who hangs is to be known soon."""

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON with stable keys.")
says_who = click.option(
    "--author", default=getpass.getuser, help="Who does this; usually whoever is signed in here."
)


def finds_gateway(command: Command) -> Command:
    """Give a command `--config` and `--socket`, which `Gateway.find` takes, and `--workspace`."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings file the gateway runs with; GATEWAY_… variables count as well.",
    )
    socket = click.option(
        "--socket", type=click.Path(path_type=Path), help="Its control socket, whatever they say."
    )
    return config(socket(names_workspace(command)))


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs, or does not; every failure to get an answer ends the command.

    Of several workspaces each is one of its own; `workspace` is empty where that is not known.
    """

    socket: Path
    workspace: str = ""

    @classmethod
    def find(cls, config: Path | None, socket: Path | None) -> "Gateway":
        """Find the one that is meant. Ends with 2 when it is one of several, and none is named."""
        found = {each.workspace: each for each in cls.all(config, socket)}
        return the_one(found)

    @classmethod
    def first(cls, config: Path | None, socket: Path | None) -> "Gateway":
        """Find the one that answers for the whole process, whichever is named."""
        if socket:
            return cls(socket)
        from gateway.settings import control_socket  # noqa: PLC0415 - heavy

        cls.all(config, socket)  # what is named has to be there
        team, settings = next(iter(control_of_all(config).items()))
        return cls(control_socket(settings), team)

    @classmethod
    def all(cls, config: Path | None, socket: Path | None) -> "tuple[Gateway, ...]":
        """Find the one that is named, or all of them, the first one first."""
        if socket:
            return (cls(socket),)
        from gateway.settings import control_socket  # noqa: PLC0415 - heavy

        found = control_meant(config).items()
        return tuple(cls(control_socket(settings), team) for team, settings in found)

    @classmethod
    def knowing(cls, config: Path | None, socket: Path | None, path: str) -> "Gateway":
        """Find the one of several that has something at `path`, such as `/-/why/pg_7K2M`.

        Ends with 1 when none has, with 2 when two have.
        """
        found = cls.all(config, socket)
        if len(found) == 1:
            return found[0]
        answers = {each: each.knows(path) for each in found}
        knowing = [each for each, knows in answers.items() if knows]
        away = [each for each, knows in answers.items() if knows is None]
        if len(away) == len(found):
            found[0].not_there()
        if not knowing:
            missing = f" {_named(away)} did not answer; see `gateway status`." if away else ""
            end(Exit.NEGATIVE, f"No workspace knows it: {_named(found)}.{missing}")
        one = the_one({each.workspace: each for each in knowing})
        click.echo(f"Of workspace {one.workspace}.", err=True)
        return one

    def get(self, path: str, query: Query = None) -> Json:
        """Ask. Ends with 4 when nobody answers, with 1 when the answer is a refusal."""
        return self._ask("GET", path, query)

    def get_soon(self, path: str) -> Json:
        """Ask what is known without looking anything up; ends like `get`."""
        return self._ask("GET", path, within_s=_BEGIN_WITHIN_S)

    def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Query = None,
    ) -> Json:
        """Have something done; ends like `get`."""
        raw = None if body is None else json.dumps(body).encode()
        told = {"Content-Type": "application/json", **(headers or {})}
        return self._ask("POST", path, query, raw, told)

    async def follow(self, path: str, query: Query, see: Callable[[Json], None]) -> None:
        """See each line of an answer that goes on, until it ends.

        Raises:
            ClientError, OSError: nobody answers. `BrokenPipeError` is standard output's.
        """
        import asyncio  # noqa: PLC0415 - heavy

        import aiohttp  # noqa: PLC0415 - heavy

        patience = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.UnixConnector(str(self.socket))
        async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
            async with asyncio.timeout(_BEGIN_WITHIN_S):
                answer = await session.get(f"http://gateway{path}", params=query)
            if answer.status != HTTPStatus.OK:
                _understood(answer.status, await answer.read())
            async for line in answer.content:
                see(json.loads(line))

    def knows(self, path: str) -> bool | None:
        """Tell whether something is there; `None` when nobody answers."""
        try:
            with self._connection() as connection:
                return connection.ask("GET", path).status == HTTPStatus.OK
        except (HTTPException, OSError):
            return None

    def _ask(
        self,
        method: str,
        path: str,
        query: Query = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        within_s: float = _ANSWER_WITHIN_S,
    ) -> Json:
        try:
            with self._connection(within_s) as connection:
                answer = connection.ask(method, path, query, body, headers)
                return _understood(answer.status, answer.read())
        except TimeoutError:
            self.hangs()
        except (HTTPException, OSError):
            self.not_there()

    def _connection(
        self, within_s: float = _ANSWER_WITHIN_S
    ) -> AbstractContextManager[UnixConnection]:
        return closing(UnixConnection(self.socket, within_s))

    def hangs(self) -> NoReturn:
        """End the command: somebody listens, and does not answer."""
        end(
            Exit.UNREACHABLE,
            f"The gateway at {self.socket} runs, and does not answer: it is stopped, or very busy. "
            "See its log; `gateway doctor` names its process.",
        )

    def not_there(self) -> NoReturn:
        """End the command: nobody answers."""
        end(
            Exit.UNREACHABLE,
            f"No gateway answers at {self.socket}. Is the gateway running? Start it with "
            "`gateway run`, or name its settings (--config) or its socket (--socket).",
        )


def _named(found: Iterable[Gateway]) -> str:
    return ", ".join(each.workspace for each in found)


def _understood(status: int, raw: bytes) -> Json:
    try:
        body: Json = json.loads(raw)
    except ValueError:
        end(Exit.NEGATIVE, f"The gateway could not do this (status {status}); see its log.")
    if "error" in body:
        end(Exit.NEGATIVE, "\n".join(_said(body["error"])))
    return body


def _said(error: Json) -> Iterator[str]:
    """Say what happened, what to do, and who may have been meant."""
    yield error["message"]
    if "next" in error:
        yield error["next"]
    for choice in error.get("choices", ()):
        yield f"  {choice['number']}  {choice['name']}"


def ask(question: str, *, yes: bool) -> None:
    """Have an operator agree, at the terminal or by `--yes`."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Say --yes.")
    click.confirm(question, abort=True, err=True)


def print_json(value: object) -> None:
    """Print for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
