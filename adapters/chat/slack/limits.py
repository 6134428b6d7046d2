"""Slack's limits, in characters or pieces. Slack, "Block Kit reference" and method pages."""

TEXT = 3_900
"""Of a message's own text: `chat.update` refuses 4,000, and posts are cut up a little above."""
SECTION = 3_000
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ACTION_ELEMENTS = 25
BUTTON_LABEL = 75
BUTTON_VALUE = 2_000
ADDRESS = 3_000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
OPTIONS = 100
OPTION_LABEL = 75
OPTION_VALUE = 150
OVERFLOW_OPTIONS = 5
VIEW_TITLE = 24
INPUT_LABEL = 2_000
PLACEHOLDER = 150
INPUT_TEXT = 3_000
REASON = 300
"""Ours: a reason is one line."""
SELECTED_MOST = 20


def clipped(text: str, most: int) -> str:
    """Shorten a label visibly."""
    return text if len(text) <= most else text[: most - 1] + "…"
