import type { Page } from 'playwright-core';

/** Frames a second that the page draws over `ms`, while a list scrolls by `scrollPx` a frame when one is named. */
export async function framesPerSecond(page: Page, ms: number, scroll?: { selector: string; px: number }): Promise<number> {
  return await page.evaluate(
    async ({ ms, scroll }) => {
      const list = scroll && document.querySelector(scroll.selector);
      const begun = performance.now();
      let frames = 0;
      await new Promise<void>((resolve) => {
        const step = () => {
          frames++;
          if (list && scroll) list.scrollTop += scroll.px;
          if (performance.now() - begun < ms) requestAnimationFrame(step);
          else resolve();
        };
        requestAnimationFrame(step);
      });
      return (frames * 1_000) / (performance.now() - begun);
    },
    { ms, scroll },
  );
}

/** Bytes of the page's heap in use, garbage taken away. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}
