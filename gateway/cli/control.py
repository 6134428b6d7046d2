"""Speaking with the running gateway over its control socket, for every command that does."""

import asyncio
import getpass
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from gateway.cli.exits import Exit

Json = dict[str, Any]
Query = Mapping[str, str] | Sequence[tuple[str, str]] | None
_F = TypeVar("_F", bound=Callable[..., object])

_ANSWER_WITHIN_S = 30.0

as_json = click.option("--json", "json_", is_flag=True, help="Print JSON with stable keys.")
says_who = click.option(
    "--author", default=getpass.getuser, help="Who does this; usually whoever is signed in here."
)


_WORKSPACE = f"{__name__}.workspace"


def _remember(context: click.Context, _: click.Parameter, workspace: str) -> None:
    context.meta[_WORKSPACE] = workspace


def finds_gateway(command: _F) -> _F:
    """Give a command `--config` and `--socket`, which `Gateway.find` takes, and `--workspace`."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings file the gateway runs with; GATEWAY_… variables count as well.",
    )
    socket = click.option(
        "--socket", type=click.Path(path_type=Path), help="Its control socket, whatever they say."
    )
    workspace = click.option(
        "--workspace",
        default="",
        metavar="TEAM",
        expose_value=False,
        callback=_remember,
        help="Which of several workspaces (T…); without it the first, whose settings they are.",
    )
    return config(socket(workspace(command)))


def asked_workspace() -> str:
    """Tell what `--workspace` says; empty for the first."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(_WORKSPACE, "")) if context else ""


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs, or does not; every failure to get an answer ends the command."""

    socket: Path

    @classmethod
    def find(cls, config: Path | None, socket: Path | None) -> "Gateway":
        """Find the socket where `gateway run` puts it. Ends with 3 when the settings are broken."""
        if socket:
            return cls(socket)
        from gateway.settings import (  # noqa: PLC0415 - heavy
            ConfigurationError,
            control_socket,
            load_control_settings,
        )

        try:
            return cls(control_socket(load_control_settings(config), asked_workspace()))
        except ConfigurationError as error:
            end(Exit.CONFIGURATION, str(error))

    def get(self, path: str, query: Query = None) -> Json:
        """Ask. Ends with 4 when nobody answers, with 1 when the answer is a refusal."""
        return asyncio.run(self._ask("GET", path, query=query))

    def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Json:
        """Have something done; ends like `get`."""
        return asyncio.run(self._ask("POST", path, query=query, body=body, headers=headers))

    def follow(self, path: str, query: Mapping[str, str], see: Callable[[Json], None]) -> None:
        """See each line of an answer that goes on, until it ends; ends like `get` at its begin.

        All in one run: between two of them a Ctrl-C can be lost.
        """
        asyncio.run(self._follow(path, query, see))

    async def _follow(
        self, path: str, query: Mapping[str, str], see: Callable[[Json], None]
    ) -> None:
        import aiohttp  # noqa: PLC0415 - heavy

        patience = aiohttp.ClientTimeout(total=None, sock_connect=_ANSWER_WITHIN_S)
        connector = aiohttp.UnixConnector(str(self.socket))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=patience) as session,
                session.get(f"http://gateway{path}", params=query) as answer,
            ):
                if answer.status != HTTPStatus.OK:
                    _understood(answer.status, await answer.read())
                async for line in answer.content:
                    see(json.loads(line))
        except BrokenPipeError:
            raise  # standard output's: whoever read it has left
        except (aiohttp.ClientError, OSError):
            self._not_there()

    async def _ask(
        self,
        method: str,
        path: str,
        query: Query = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        import aiohttp  # noqa: PLC0415 - heavy

        patience = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S)
        connector = aiohttp.UnixConnector(str(self.socket))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=patience) as session,
                session.request(
                    method, f"http://gateway{path}", params=query, json=body, headers=headers
                ) as answer,
            ):
                return _understood(answer.status, await answer.read())
        except TimeoutError:
            end(Exit.UNREACHABLE, f"The gateway at {self.socket} does not answer; see its log.")
        except (aiohttp.ClientError, OSError):
            self._not_there()

    def _not_there(self) -> NoReturn:
        end(
            Exit.UNREACHABLE,
            f"No gateway answers at {self.socket}. Is the gateway running? Start it with "
            "`gateway run`, or name its settings (--config) or its socket (--socket).",
        )


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


def end(code: Exit, words: str) -> NoReturn:
    """Say why on standard error, and end the command."""
    click.echo(words, err=True)
    sys.exit(code)


def print_json(value: object) -> None:
    """Print for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
