import type { QuietPage } from './quiet-browser.ts';

/** What came to a page over its WebSockets. */
export interface Heard {
  /** Updates of tasks. */
  updates: number;
  /** Messages: one may hold many updates. */
  messages: number;
  /** Sockets that updates of tasks came over: one that is cut and opened again is two. */
  sockets: number;
}

/** Counts from the next address on what a page hears. It is counted in the page itself, and not kept. */
export async function countHeard(page: QuietPage): Promise<() => Promise<Heard>> {
  await page.send('Page.enable');
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${countInPage})()` });
  return () => page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard, undefined);
}

function countInPage(): void {
  const heard = { updates: 0, messages: 0, sockets: 0 };
  const MARK = '"task_update"';
  class Counted extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      let told = false;
      this.addEventListener('message', ({ data }: MessageEvent<string>) => {
        heard.messages++;
        const before = heard.updates;
        for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, at + MARK.length)) heard.updates++;
        if (told || heard.updates === before) return;
        told = true;
        heard.sockets++;
      });
    }
  }
  Object.assign(globalThis, { heard, WebSocket: Counted });
}
