"""What an operator says about SNS's signatures; checking them is `signature`'s."""

from typing import Literal

from pydantic import Field

from adapters.alerts.settings import Section


class SnsAuth(Section):
    """SNS signs its messages; everybody's topics are signed by the same key, so name yours."""

    profile: Literal["sns"]
    topics: tuple[str, ...] = Field(
        min_length=1,
        description="Topics that are believed.",
        examples=[["arn:aws:sns:eu-west-1:111122223333:ops"]],
    )
    sha1: bool = Field(
        default=True,
        description="Whether signatures of version 1 (SHA-1) are taken; a topic may be switched to "
        "version 2 with the attribute `SignatureVersion`.",
    )
    confirm: bool = Field(
        default=True,
        description="Whether subscriptions of these topics are confirmed; off once they are.",
    )
