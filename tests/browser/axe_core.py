"""What axe-core finds wrong with a page: names, roles, contrast, order of headings."""

import json
from pathlib import Path
from typing import Any

from tests.browser.chromium import Page

_SOURCE = Path(__file__).parent / "axe" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[Any]:
    """List the rules that are broken, with the elements that break them.

    The browser runs it beside the page, as an extension would: the page's own policy stays.
    """
    if not await page.evaluate("Boolean(window.axe)"):
        await page.evaluate(f"{_SOURCE.read_text(encoding='utf-8')}; true")
    options = json.dumps({"runOnly": _RULES, "resultTypes": ["violations"]})
    return list(
        await page.evaluate(f"""axe.run(document, {options}).then((found) =>
          found.violations.map((rule) => [rule.id, ...rule.nodes.map((one) => one.html)]))""")
    )
