/** Lists that grow at their end. */

const NEAR_PX = 60;

/** Whether the end is in view, or nearly so. */
export const isAtEnd = (scroller) =>
  scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;

/**
 * Whoever reads the end stays there, whatever grows or shrinks, until they scroll up themselves.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} content  what is scrolled, and grows
 * @returns {{go(), isKept()}} `go` goes to the end; `isKept`: whether the end is being followed
 */
export function keepAtEnd(scroller, content) {
  let kept = true;
  let top = 0;
  const go = () => {
    kept = true;
    scroller.scrollTop = scroller.scrollHeight;
    top = scroller.scrollTop;
  };
  scroller.addEventListener("scroll", () => {
    const isUpwards = scroller.scrollTop < top;
    top = scroller.scrollTop;
    kept = isAtEnd(scroller) || (kept && !isUpwards);
  });
  const observer = new ResizeObserver(() => kept && go());
  for (const box of [scroller, content]) observer.observe(box);
  return { go, isKept: () => kept };
}
