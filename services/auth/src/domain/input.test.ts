import { DeaiError, RegisterRequest } from '@deai/protocol';
import { expect, it } from 'vitest';
import { createCheck, normaliseEmail, requirePlainText } from './input.ts';

const check = createCheck(RegisterRequest);
const caught = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof DeaiError) return error;
  }
  throw new Error('nothing was refused');
};

it('passes what fits its schema', () => {
  const request = { email: 'a@example.org', password: 'correct horse battery' };
  expect(check(request)).toBe(request);
});

it.each([
  ['a short password', { email: 'a@example.org', password: 'hunter2' }, '/password'],
  ['no e-mail address', { email: 'hunter2', password: 'correct horse battery' }, '/email'],
  ['the role admin', { email: 'a@example.org', password: 'correct horse battery', roles: ['admin'] }, '/roles/0'],
  ['an unknown field', { email: 'a@example.org', password: 'correct horse battery', hunter2: 1 }, '/hunter2'],
  ['no object', 'hunter2', '/'],
])('names %s without repeating its value', (_, value, path) => {
  const error = caught(() => check(value));
  expect(error.code).toBe('INVALID_INPUT');
  const problems = error.details?.problems as { path: string; problem: string }[];
  expect(problems.map((problem) => problem.path)).toContain(path);
  expect(problems.map((problem) => problem.problem).join()).not.toContain('hunter2');
});

it('refuses control characters in names', () => {
  expect(requirePlainText('Žofie 🙂', '/name')).toBe('Žofie 🙂');
  expect(caught(() => requirePlainText('a\u0000b', '/name')).code).toBe('INVALID_INPUT');
});

it('compares addresses without regard to case', () => {
  expect(normaliseEmail('Ada@Example.ORG')).toBe('ada@example.org');
});
