"""Slash commands: a person types a line, the app answers in three seconds or the line fails."""

from dataclasses import dataclass

from adapters.chat.slack_simulator.answers import show_answer
from adapters.chat.slack_simulator.delivery import Answer, Request
from adapters.chat.slack_simulator.markup import read_typed
from adapters.chat.slack_simulator.payloads import Outcome
from adapters.chat.slack_simulator.posting import Content, whisper
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.tickets import ResponseUrl
from adapters.chat.slack_simulator.wire import Json, SlackError, parse_json
from adapters.chat.slack_simulator.workspace import Channel, Command, User


@dataclass(frozen=True)
class Line:
    """What a person typed, and where."""

    user: User
    channel: Channel
    typed: str
    thread_ts: str | None = None

    @property
    def word(self) -> str:
        """The first word, which names the command."""
        return self.typed.split(maxsplit=1)[0] if self.typed.strip() else ""

    @property
    def rest(self) -> str:
        """All after the first word."""
        return self.typed.strip().removeprefix(self.word).strip()


def threads_refusal(word: str) -> str:
    """What Slack says to a command typed in a thread."""
    return f"{word} is not supported in threads. Sorry!"


async def run_command(slack: Slack, line: Line) -> Outcome:
    """Type a line that begins with a command's word, and see what comes."""
    if line.thread_ts is not None:
        return _refused(slack, line, threads_refusal(line.word), "not_supported_in_threads")
    command = slack.workspace.app.command(line.word)
    outside = line.user.team_id != slack.workspace.team_id
    if command is None or outside or line.word in slack.lost_commands:
        return _refused(slack, line, f"{line.word} is not a valid command.", "unknown_command")
    answer = await slack.link.send(_request(slack, line, command))
    if answer.error is not None:
        code = "operation_timeout" if answer.error == "http_timeout" else "dispatch_failed"
        words = f'{line.word} failed with the error "{code}"'
        return _refused(slack, line, words, code, answer.status)
    return _answered(slack, line, answer)


def _refused(slack: Slack, line: Line, words: str, code: str, status: int | None = None) -> Outcome:
    content = Content(words)
    whisper(slack, line.channel, line.user.id, content, source="slack", thread_ts=line.thread_ts)
    return Outcome(status, {"response_type": "ephemeral", "text": words}, code)


def _answered(slack: Slack, line: Line, answer: Answer) -> Outcome:
    """The body of the acknowledgement: nothing, plain text, or a message."""
    message = _message(answer)
    if message is None:
        return Outcome(answer.status, None)
    ticket = ResponseUrl(line.user.id, line.channel.id, slack.clock.now(), command=line.typed)
    try:
        show_answer(slack, ticket, message, "command")
    except SlackError as error:
        words = f"The app's answer was refused: {error.code}"
        return _refused(slack, line, words, error.code, answer.status)
    return Outcome(answer.status, {"response_type": "ephemeral", **message})


def _message(answer: Answer) -> Json | None:
    text = answer.body.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        message = parse_json(text)
    except ValueError:
        return {"text": text}
    return message if isinstance(message, dict) else {"text": text}


def _request(slack: Slack, line: Line, command: Command) -> Request:
    workspace, text = slack.workspace, line.rest
    if command.should_escape:
        text = "".join(piece.in_command() for piece in read_typed(text, workspace))
    trigger = slack.tickets.trigger(line.user.id)
    ticket = ResponseUrl(line.user.id, line.channel.id, slack.clock.now(), command=line.typed)
    payload = {
        "token": "legacy",
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": line.channel.id,
        "channel_name": _channel_name(line.channel),
        "user_id": line.user.id,
        "user_name": line.user.name,
        "command": command.command,
        "text": text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": "false",
        "response_url": slack.response_url("commands", ticket),
        "trigger_id": trigger,
    }
    return Request("slash_commands", "command", trigger, payload, line.channel.id, line.user.id)


def _channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name
