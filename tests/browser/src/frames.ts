import type { QuietPage } from './quiet-browser.ts';

/** Frames a second that the page draws over `ms`, while a list scrolls by `scrollPx` a frame when one is named. */
export async function framesPerSecond(page: QuietPage, ms: number, scroll?: { selector: string; px: number }): Promise<number> {
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
export async function heapFloor(page: QuietPage): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SAMPLES; i++) {
    await page.send('HeapProfiler.collectGarbage');
    least = Math.min(least, (await metrics(page)).JSHeapUsedSize ?? Number.NaN);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  return least;
}

/** Shares of a second that the page's thread is taken: by its own script, and by everything, such as the browser's work for each message. */
export interface ThreadShare {
  script: number;
  all: number;
}

/** What the page's thread does while `during` runs. */
export async function threadShare(page: QuietPage, during: () => Promise<unknown>): Promise<ThreadShare> {
  const [before, begun] = [await metrics(page), performance.now()];
  await during();
  const [after, seconds] = [await metrics(page), (performance.now() - begun) / 1_000];
  const share = (name: string) => ((after[name] ?? Number.NaN) - (before[name] ?? Number.NaN)) / seconds;
  return { script: share('ScriptDuration'), all: share('TaskDuration') };
}

async function metrics(page: QuietPage): Promise<Readonly<Record<string, number>>> {
  await page.send('Performance.enable');
  const { metrics } = (await page.send('Performance.getMetrics')) as { metrics: { name: string; value: number }[] };
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
