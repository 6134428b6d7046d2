"""What a glance and a screen reader notice: faint texts, wide boxes, nameless controls."""

import json
from typing import Any

from tests.browser.chromium import Page

_CONTROLS = {"button", "link", "textbox", "combobox", "menuitem", "tab", "checkbox", "listbox"}
# Text nodes whose colour is too close to what is painted behind them. A canvas turns any CSS colour
# into bytes; half-transparent layers are painted over each other in order.
_FAINT = """(() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const painted = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    const colours = [];
    for (let at = element; at; at = at.parentElement) {
      colours.unshift(getComputedStyle(at).backgroundColor);
    }
    return ["Canvas", ...colours];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!own || !seen || element.closest("[inert], noscript, :disabled, .emoji")) continue;
    const style = getComputedStyle(element);
    const layers = behind(element);
    const ratio = contrast(painted([...layers, style.color]), painted(layers));
    const wanted = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < wanted) faint.push([element.className, element.textContent.slice(0, 30), ratio]);
  }
  return faint;
})()"""


async def faint_texts(page: Page) -> list[Any]:
    """The visible texts with too little contrast: class, beginning, ratio."""
    return list(await page.evaluate(_FAINT))


async def sticking_out(page: Page, boxes: str) -> list[Any]:
    """Which of the matching elements would have to be scrolled sideways."""
    return list(
        await page.evaluate(f"""
          [...document.querySelectorAll({json.dumps(boxes)})]
            .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
            .map((one) => [one.className, one.scrollWidth, one.clientWidth])""")
    )


async def nameless_controls(page: Page) -> list[Any]:
    """The nodes of the accessibility tree that are controls without a name."""
    tree = await page.command("Accessibility.getFullAXTree")
    return [
        node
        for node in tree["nodes"]
        if node.get("role", {}).get("value") in _CONTROLS
        and not node.get("ignored")
        and not node.get("name", {}).get("value")
    ]
