"""`files.info`: what is known about a file a person attached."""

from typing import Final

from adapters.chat.slack_simulator.methods.call import Call, Method
from adapters.chat.slack_simulator.wire import Json, SlackError


def info(call: Call) -> Json:
    """One file; its content is nowhere."""
    file = call.slack.files.get(call.args.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file, "comments": []}


METHODS: Final = (Method("files.info", info, "tier_4", ("files:read",)),)
