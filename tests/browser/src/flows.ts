import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';

/** An account as its user knows it. */
export interface Login {
  email: string;
  password: string;
}

/** How everybody is called. */
export const NAME = 'Ada Lovelace';

export const newLogin = (): Login => ({ email: `${randomUUID()}@browser.example`, password: randomUUID() });

/** Signs up on the page, as both requester and operator unless said otherwise. */
export async function signUp(page: Page, url: string, { email, password }: Login, operator = false): Promise<void> {
  await page.goto(`${url}/signup`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Name').fill(NAME);
  if (operator) await page.getByLabel('Run nodes').check();
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('heading', { name: 'Playground' }).waitFor();
}

export async function logIn(page: Page, { email, password }: Login): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
}

/** Goes to a page by the navigation, as people do: the page is not loaded anew. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
}
