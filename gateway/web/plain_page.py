"""Small pages for browsers on their way to a sign-in and back: no script, no referrer."""

import base64
import html
from hashlib import sha256
from urllib.parse import urlsplit

from aiohttp import web

_LONGEST = 512
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f3f5f8;color:#1b2733}
main{max-width:28rem;margin:12vh auto;padding:2rem;background:#fff;border-radius:.75rem;
box-shadow:0 1px 4px #0002}
h1{font-size:1.25rem;margin:0 0 .5rem}
button{font:inherit;width:100%;padding:.6rem;margin-top:1rem;border:0;border-radius:.4rem;
background:#0b5cad;color:#fff;font-weight:600;cursor:pointer}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e6ebf0}main{background:#1a232d}}
"""
_STYLE_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()


def short(given: str) -> str:
    """Look at no more than a secret of ours can be long."""
    return given if len(given) <= _LONGEST else ""


def plain_page(
    title: str,
    lines: tuple[str, ...],
    *,
    button: str = "",
    leads_to: str = "",
    status: int = 200,
) -> web.Response:
    """Draw a page; `leads_to` is where its form ends up.

    Browsers hold every redirect after a form to the page's policy, and RingCentral leads on to
    sign-in hosts of its own, or of the company: anything that is encrypted may follow.
    """
    parts = urlsplit(leads_to)
    follow = " https:" if parts.scheme == "https" else f" {parts.scheme}://{parts.netloc}"
    form = f"<form method=post><button>{html.escape(button)}</button></form>" if button else ""
    text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{text}{form}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
        f" form-action 'self'{follow if button else ''};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=body, content_type="text/html", status=status, headers=headers)
