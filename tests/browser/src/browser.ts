import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cleanUpAtEnd } from '@deai/testkit';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { violationsOf } from './axe.ts';

/** Debian's Chromium. `npm test` installs it where it may. */
export const CHROMIUM: string | undefined = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
/** Without it the tests of this folder are skipped. */
export const hasChromium: boolean = CHROMIUM !== undefined;

const IMAGES = fileURLToPath(new URL('../../../docs/img/', import.meta.url));
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1_360, height: 900 }, colorScheme: 'light' };
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' };

/** A test machine does other things too. */
const PATIENCE_MS = 40_000;

/** What the browser complains about that is the test's own doing: answers with a status that it asked for. */
const EXPECTED = /Failed to load resource: the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED|WebSocket connection/;

/** A page, and what its browser complained about: errors, and breaches of the security policy. */
export interface Visitor {
  page: Page;
  complaints: string[];
}

let browser: Browser | undefined;

/** Somebody new, with a browser profile of their own. */
export async function newVisitor(options: BrowserContextOptions = DESKTOP): Promise<Visitor> {
  if (!browser) {
    const started = await chromium.launch({ ...(CHROMIUM ? { executablePath: CHROMIUM } : {}), args: ['--no-sandbox'] });
    browser = started;
    cleanUpAtEnd(async () => {
      await started.close();
      browser = undefined;
    });
  }
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error.stack)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

/** With DEAI_SCREENSHOTS=1 what the tests see is kept. */
export const KEEP_IMAGES: boolean = process.env.DEAI_SCREENSHOTS === '1';
/** Charts are drawn anew for the new size. */
const REDRAW_MS = 700;

/** In a window as high as the page, for the sidebar stands still in a lower one. */
async function keepImage(page: Page, name: string): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  const size = page.viewportSize() as { width: number; height: number };
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: size.width, height: Math.max(size.height, height) });
  await page.waitForTimeout(REDRAW_MS);
  await page.screenshot({ path: `${IMAGES}${name}.png` });
  await page.setViewportSize(size);
}

/**
 * What is wrong with the page as it is: breaches of accessibility, complaints of the browser, and content wider than the window.
 * With a name, it is kept as `docs/img/<name>.png` when images are kept.
 */
export async function problemsOf({ page, complaints }: Visitor, name?: string): Promise<string[]> {
  if (name && KEEP_IMAGES) await keepImage(page, name);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return [...complaints, ...(overflow > 0 ? [`the page is ${overflow} px wider than the window`] : []), ...(await violationsOf(page))];
}
