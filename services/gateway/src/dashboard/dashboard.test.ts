import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../testing/world.ts';
import { DASHBOARD_PATHS } from './dashboard.ts';

const PAGE = '<!doctype html><title>DeAI</title><script type="module" src="/assets/main-1a2b.js"></script>';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the dashboard', () => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'deai-dashboard-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'assets/main-1a2b.js'), 'plain');
    await writeFile(join(folder, 'assets/main-1a2b.js.br'), 'packed');
    world = await createWorld({ config: { dashboardDir: folder } });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  it('is what browsers get at /, and programs get JSON there', async () => {
    const page = await world.app.inject({ url: '/', headers: BROWSER });
    expect(page.body).toBe(PAGE);
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'accept' });
    for (const accept of ['application/json', '*/*', undefined]) {
      const answer = await world.app.inject({ url: '/', headers: accept ? { accept } : {} });
      expect(answer.json()).toMatchObject({ name: 'deai' });
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('answers its own addresses with the page, and no others', async () => {
    for (const path of DASHBOARD_PATHS) {
      const answer = await world.app.inject({ url: path.replace(':id', 'x').replace(':number', '7'), headers: BROWSER });
      expect([path, answer.statusCode, answer.body]).toEqual([path, 200, PAGE]);
    }
    for (const path of ['/nothing', '/tasks/x/y', '/index.html', '/assets/../index.html', '/assets/none.js', '/assets/']) {
      const answer = await world.app.inject({ url: path, headers: BROWSER });
      expect([path, answer.json()]).toEqual([path, expect.objectContaining({ error: expect.objectContaining({ code: 'NOT_FOUND' }) })]);
    }
  });

  it('runs scripts of this host only, none inline, and lets nobody frame it', async () => {
    const { headers } = await world.app.inject({ url: '/login', headers: BROWSER });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('asks no other host, but the chain where the network tells of it', async () => {
    const status = await world.bus.request('settlement.status', {});
    const connectOf = async () => {
      const other = await createWorld({ config: { dashboardDir: folder } });
      other.answer('settlement.status', () => ({ ...status, rpcUrl }));
      const { headers } = await other.app.inject({ url: '/', headers: BROWSER });
      await other.close();
      return /connect-src [^;]+/.exec(String(headers['content-security-policy']))?.[0];
    };
    let rpcUrl: string | null = null;
    expect(await connectOf()).toBe("connect-src 'self'");
    rpcUrl = 'https://rpc.example.org/key?x=; script-src *';
    expect(await connectOf()).toBe("connect-src 'self' https://rpc.example.org");
  });

  it('lets browsers keep its files for good, and sends them compressed', async () => {
    const plain = await world.app.inject({ url: '/assets/main-1a2b.js' });
    expect([plain.body, plain.headers['cache-control']]).toEqual(['plain', 'public, max-age=31536000, immutable']);
    expect(plain.headers['content-type']).toMatch(/javascript/);
    const packed = await world.app.inject({ url: '/assets/main-1a2b.js', headers: { 'accept-encoding': 'br' } });
    expect([packed.body, packed.headers['content-encoding']]).toEqual(['packed', 'br']);
  });

  it('is the one that was built last', async () => {
    const changed = PAGE.replace('main-1a2b', 'main-3c4d');
    await writeFile(join(folder, 'index.html'), changed);
    expect((await world.app.inject({ url: '/login', headers: BROWSER })).body).toBe(changed);
    await rm(join(folder, 'index.html'));
    expect((await world.app.inject({ url: '/login', headers: BROWSER })).body).toBe(changed);
  });

  it('is not there where it was not built', async () => {
    const without = await createWorld({ config: { dashboardDir: join(folder, 'nowhere') } });
    expect((await without.app.inject({ url: '/', headers: BROWSER })).json()).toMatchObject({ name: 'deai' });
    expect((await without.app.inject({ url: '/login', headers: BROWSER })).statusCode).toBe(404);
    await without.close();
  });
});
