import { once } from 'node:events';
import { spawnProcess, tempDir, waitFor } from '@deai/testkit';
import WebSocket from 'ws';
import { CHROMIUM, DESKTOP } from './browser.ts';

/**
 * A page in a browser that is asked for figures and for nothing else. Playwright hears of every frame of every WebSocket, as the network
 * panel of a debugger does: at thousands a second that takes the browser more than the page itself does, and no visitor pays it.
 */
export interface QuietPage {
  /** A command of the Chrome DevTools Protocol. */
  send(method: string, params?: object): Promise<unknown>;
  /** Runs a function in the page; it sees nothing but its argument. */
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** Opens an address and resolves when its document is there. */
  goTo(url: string): Promise<void>;
  /** Resolves when `holds` does in the page. */
  until<A>(holds: (argument: A) => boolean, argument: A, what: string): Promise<void>;
  /** Ends the browser. */
  close(): Promise<void>;
}

const ARGUMENTS = ['--headless', '--no-sandbox', '--no-first-run', '--disable-background-networking', '--disable-component-update'];
const PATIENCE_MS = 60_000;

interface Answer {
  id?: number;
  result?: { result?: { value?: unknown }; exceptionDetails?: { exception?: { description?: string } } };
  error?: { message: string };
}

/** Starts a browser of its own with one page, as large as a desktop's. It ends with the file. */
export async function openQuietPage(): Promise<QuietPage> {
  const { width, height } = DESKTOP.viewport ?? { width: 0, height: 0 };
  const folder = `--user-data-dir=${await tempDir('deai-chromium-')}`;
  const browser = await spawnProcess(CHROMIUM as string, [
    ...ARGUMENTS,
    folder,
    `--window-size=${width},${height}`,
    '--remote-debugging-port=0',
    'about:blank',
  ]);
  const [, port] = await browser.waitForOutput(/DevTools listening on ws:\/\/[^:]+:(\d+)/);
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const target = (targets as { type: string; webSocketDebuggerUrl: string }[]).find(({ type }) => type === 'page');
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '', { perMessageDeflate: false });
  await once(socket, 'open');
  return pageOver(socket, async () => void (await browser.stop()));
}

function pageOver(socket: WebSocket, close: () => Promise<void>): QuietPage {
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  socket.on('message', (data) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id === undefined) return;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  async function send(method: string, params: object = {}): Promise<Answer['result']> {
    const id = ++asked;
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }
  async function evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    const expression = `(${run})(${JSON.stringify(argument)})`;
    const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (answer?.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? 'the page threw');
    return answer?.result?.value as R;
  }
  const until: QuietPage['until'] = async (holds, argument, what) => {
    // A page that is being left answers with an error.
    await waitFor(() => evaluate(holds, argument).catch(() => false), { timeoutMs: PATIENCE_MS, what });
  };
  return {
    close,
    send,
    evaluate,
    until,
    async goTo(url) {
      await send('Page.navigate', { url });
      await until((wanted) => location.href === wanted && document.readyState !== 'loading', url, `${url} in the browser`);
    },
  };
}
