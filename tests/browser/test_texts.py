"""What people and foreign systems write, on the page: drawn as meant, and never more than text."""

import json
from typing import Any

import pytest

from tests.browser.chromium import Page
from tests.browser.small_app import SmallApp

pytestmark = pytest.mark.browser

# What is written in mrkdwn, and the DOM it becomes.
DRAWN = [
    ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <s>gone</s>"),
    ("*bold _and it_*", "<strong>bold <em>and it</em></strong>"),
    ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    ("*a * b*", "<strong>a * b</strong>"),
    ("a * b", "a * b"),
    ("**", "**"),
    ("`x *y*`", "<code>x *y*</code>"),
    ("```\nif a &lt; b:\n  *c*\n```", "<pre><code>if a &lt; b:\n  *c*</code></pre>"),
    ("&gt; said\n&gt; so", "<blockquote>said<br>so</blockquote>"),
    ("• one\n• two", "<ul><li>one</li><li>two</li></ul>"),
    ("1. one\n2. two", '<ol start="1"><li>one</li><li>two</li></ol>'),
    ("&amp;lt; once", "&amp;lt; once"),
    ("<@U0BO>", '<span class="mention" data-id="U0BO">@Bo Chen</span>'),
    ("<@U0DANA>", '<span class="mention loud" data-id="U0DANA">@Dana Lee</span>'),
    ("<@U0NOBODY|ghost>", '<span class="mention" data-id="U0NOBODY">@ghost</span>'),
    ("<#C0OPS>", '<span class="mention" data-id="C0OPS">#ops</span>'),
    ("<#C0SECRET|>", '<span class="mention" data-id="C0SECRET">#private channel</span>'),
    ("<!here>", '<span class="mention loud" data-id="here">@here</span>'),
    ("<!subteam^S0ONCALL>", '<span class="mention" data-id="S0ONCALL">@oncall</span>'),
    ("<!date^nonsense^{time}|noon>", "noon"),
    ("<!date^0^{weather}|noon>", "noon"),
    ("<!nobody|label>", "label"),
    (":tada: :nosuch:", None),
    (
        "<https://a.example/?q=1&amp;r=2|here>",
        (
            '<a href="https://a.example/?q=1&amp;r=2" target="_blank" rel="noopener noreferrer"'
            ' title="https://a.example/?q=1&amp;r=2">here</a>'
        ),
    ),
]

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<javascript:alert(1)|x>",
    "<JaVaScRiPt:alert(1)|x>",
    "<java\tscript:alert(1)|x>",
    "<data:text/html,<script>alert(1)</script>|x>",
    "<vbscript:x|y>",
    "<file:///etc/passwd|x>",
    "<//evil.example|x>",
    "< https://evil.example onclick=alert(1)|x>",
    '<https://evil.example/"onmouseover="alert(1)|x>',
    "</textarea><svg onload=alert(1)>",
    "*<b>*_<i>_`<u>`",
    "```<iframe src=javascript:alert(1)>```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<@U0DANA|<b>x</b>>",
    "<!date^1^{time}^javascript:alert(1)|x>",
    "${alert(1)} {{7*7}} %3Cscript%3E",
    "\u202egnp.exe\u202c \u0000 \ufeff",
    "*" * 3000 + "_" * 3000,
    "<" * 3000,
    "`*_~<:" * 1500,
]
OWN_TAGS = {"LI", "SPAN", "DIV", "P", "BDI", "TIME", "BUTTON", "svg", "path"}
MARKUP_TAGS = {"STRONG", "EM", "S", "CODE", "PRE", "BLOCKQUOTE", "UL", "OL", "BR", "A"}


async def drawn(page: Page, text: str, auto: str = "{}") -> str:
    """The markup that a text becomes, without the wrapper of plain lines."""
    return str(
        await page.evaluate(f"""(async () => {{
          const {{ renderMrkdwn }} = await import("/_sim/static/mrkdwn.js");
          const users = {{ U0BO: "Bo Chen", U0DANA: "Dana Lee" }};
          const directory = {{
            me: "U0DANA",
            userName: (id) => users[id] ?? null,
            channelName: (id) => (id === "C0OPS" ? "ops" : null),
            usergroupHandle: (id) => (id === "S0ONCALL" ? "oncall" : null),
          }};
          const box = document.createElement("div");
          box.append(renderMrkdwn({json.dumps(text)}, directory, {auto}));
          box.querySelectorAll(".lines").forEach((one) => one.replaceWith(...one.childNodes));
          return box.innerHTML;
        }})()""")
    )


async def test_mrkdwn_is_drawn_as_slack_draws_it(page: Page) -> None:
    """Marks, entities and lists become their elements; a mark without a partner stays a letter."""
    wrong = [
        (text, made, wanted)
        for text, wanted in DRAWN
        if wanted is not None and (made := await drawn(page, text)) != wanted
    ]
    assert wrong == []


async def test_known_emoji_are_drawn_and_unknown_ones_stay(page: Page) -> None:
    """`:tada:` is a picture with its name for screen readers, `:nosuch:` stays as written."""
    made = await drawn(page, ":tada: :nosuch:")
    assert 'aria-label="tada"' in made
    assert made.endswith(" :nosuch:")


async def test_only_what_slack_makes_active_becomes_active(page: Page) -> None:
    """Bare addresses and @here are live only where Slack parses them; verbatim text has neither."""
    text = "@here see https://a.example/x."
    assert await drawn(page, text) == text
    links = await drawn(page, text, "{links: true}")
    assert links.startswith("@here see <a href=")
    assert links.endswith("</a>.")
    assert 'class="mention loud"' in await drawn(page, text, "{links: true, broadcasts: true}")


@pytest.mark.parametrize("place", ["message", "blocks", "name"])
async def test_hostile_texts_stay_text(page: Page, app: SmallApp, place: str) -> None:
    """Whatever is written, wherever it is shown: no foreign element, no strange link, no error."""
    await show_everywhere(app, place)
    await page.see("the end", within=".messages")
    found: list[dict[str, Any]] = await page.evaluate("""
      [...document.querySelectorAll(".messages *")].map((one) => ({
        tag: one.tagName, href: one.getAttribute("href"),
        handlers: one.getAttributeNames().filter((name) => name.startsWith("on")),
      }))""")
    assert {one["tag"] for one in found} <= OWN_TAGS | MARKUP_TAGS
    assert [one["handlers"] for one in found if one["handlers"]] == []
    links = {one["href"] for one in found if one["tag"] == "A"}
    assert all(link.startswith("https://evil.example") for link in links)
    assert await page.count("script:not([src^='/_sim/static/'])") == 0


async def show_everywhere(app: SmallApp, place: str) -> None:
    for text in HOSTILE:
        short = text[:2900]
        if place == "message":
            await app.call("chat.postMessage", channel="C0OPS", text=short)
        elif place == "name":
            name = short[:80].strip() or "x"
            await app.call("chat.postMessage", channel="C0OPS", text="hi", username=name)
        else:
            await app.call("chat.postMessage", channel="C0OPS", text="x", blocks=_blocks(short))
    await app.call("chat.postMessage", channel="C0OPS", text="the end")


def _blocks(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "section", "text": {"type": "plain_text", "text": text}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]},
        {"type": "header", "text": {"type": "plain_text", "text": text[:150]}},
    ]


async def test_no_text_takes_long_to_read(page: Page) -> None:
    """Text made of unfinished marks costs no more than its length."""
    elapsed = await page.evaluate("""(async () => {
      const { parseMrkdwn } = await import("/_sim/static/mrkdwn.js");
      const hard = ["*a ", "_a ", "`a", "<a", ":a", "```", "*a*_b_", "<@U1|", "h", "&"];
      const begun = performance.now();
      const auto = { links: true, broadcasts: true };
      for (const part of hard) parseMrkdwn(part.repeat(40000 / part.length), auto);
      return performance.now() - begun;
    })()""")
    assert elapsed < 1000
