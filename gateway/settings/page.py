"""The page that lists every setting: `docs/reference/settings.md`.

`python -m gateway.settings.page` writes it from the model; what a setting is for stands there.
"""

from gateway.settings.reference import (
    FROM_THE_REST,
    REQUIRED,
    RESTART,
    UNSET,
    Setting,
    settings_reference,
)

_HEAD = """\
# Settings

What `gateway.toml` holds. A change counts after a restart, unless it says otherwise; what may
change at any moment stands in [`routes.yaml`](routes.md). Stronger than the file are a file for
each secret in the folder `secrets` beside it or in `GATEWAY_SECRETS_DIR` (`slack__bot_token`), then
variables (`GATEWAY_SLACK__BOT_TOKEN`), then flags of the command.

- `gateway config explain KEY` tells one setting, `gateway config check FILE` every mistake at once;
- `gateway config show --sources` shows what is in force and where each value comes from;
- [`config/gateway.example.toml`](../../config/gateway.example.toml) has them all at their defaults,
  [`config/schema/gateway.schema.json`](../../config/schema/gateway.schema.json) gives editors
  completion.

This page is written by `python -m gateway.settings.page`.
"""
_FOOT = """
`alerts.sources[].mapping` tells how a body is read: [JSON alerts](../how-to/json-alerts.md).
"""
_MAPPING = "alerts.sources[].mapping."


def page() -> str:
    """Write the whole page."""
    lines, section = [_HEAD], ""
    for each in settings_reference():
        name = each.key.partition(".")[0].removesuffix("[]")
        if name != section:
            section = name
            lines += [f"\n## {name}\n", "| Key | Value | Default | Says |", "|---|---|---|---|"]
        if not each.key.startswith(_MAPPING):
            lines.append(_row(each))
    return "\n".join(lines) + "\n" + _FOOT


def _row(setting: Setting) -> str:
    value = setting.kind + (f"; {setting.bounds}" if setting.bounds else "")
    is_word = setting.default in {REQUIRED, UNSET, FROM_THE_REST}
    default = setting.default if is_word else f"`{setting.default}`"
    cells = (f"`{setting.key}`", value, default, " ".join(filter(None, _said(setting))))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _said(setting: Setting) -> tuple[str, ...]:
    only = ", ".join(f"`{each}`" for each in setting.only)
    return (
        setting.says,
        f"Only with {only}." if only else "",
        f"Such as `{setting.example}`." if setting.example else "",
        f"Counts {setting.counts}." if setting.counts != RESTART else "",
    )


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
