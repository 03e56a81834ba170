import { expect, test } from 'vitest';
import type { AuditEntry } from '../../api/types.ts';
import { detailName, gist, outcomeText } from './audit-text.ts';

const of = (action: AuditEntry['action'], details: Record<string, string>) => gist({ action, details });

test('the gist of an entry is what tells it from others of its sort', () => {
  expect(of('user.registered', { clientIp: '::1', roles: 'requester' })).toBe('requester');
  expect(of('user.loggedIn', { clientIp: '::1' })).toBe('::1');
  expect(of('user.loginFailed', { clientIp: '::1', email: 'ada@example.org' })).toBe('ada@example.org');
  expect(of('role.granted', { role: 'admin', because: 'x' })).toBe('admin');
  expect(of('node.modeChanged', { name: 'attic', mode: 'drain' })).toBe('drain');
  expect(of('user.loggedOut', {})).toBe('');
});

test('details have names that people read, also those of later versions', () => {
  expect(detailName('clientIp')).toBe('From');
  expect(detailName('mode')).toBe('Mode');
});

test('an outcome says what is known, and what is not', () => {
  expect(outcomeText({ outcome: 'done', code: null })).toBe('Done');
  expect(outcomeText({ outcome: 'failed', code: 'INTERNAL' })).toBe('Failed with INTERNAL');
  expect(outcomeText({ outcome: 'attempted', code: null })).toMatch(/^Not known/);
});
