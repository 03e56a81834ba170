import type { CDPSession, Page } from 'playwright-core';

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

const SAMPLES = 6;
const BETWEEN_MS = 700;

/** The least of some looks at the bytes of the page's heap in use, garbage taken away: what it keeps comes and goes in generations. */
export async function heapFloor(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SAMPLES; i++) {
    await session.send('HeapProfiler.collectGarbage');
    least = Math.min(least, await metric(session, 'JSHeapUsedSize'));
    await page.waitForTimeout(BETWEEN_MS);
  }
  await session.detach();
  return least;
}

/** Share of a second that the page's own script takes, while `during` runs. */
export async function scriptShare(page: Page, during: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const [before, begun] = [await metric(session, 'ScriptDuration'), performance.now()];
  await during();
  const seconds = (await metric(session, 'ScriptDuration')) - before;
  await session.detach();
  return (seconds * 1_000) / (performance.now() - begun);
}

async function metric(session: CDPSession, name: string): Promise<number> {
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
}
