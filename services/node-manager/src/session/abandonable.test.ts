import { DeaiError } from '@deai/protocol';
import { expect, test } from 'vitest';
import { createAbandonable } from './abandonable.ts';

test('an answer and a refusal come through', async () => {
  const { ask } = createAbandonable();
  expect(await ask(Promise.resolve('answer'))).toBe('answer');
  await expect(ask(Promise.reject(new DeaiError('NODE_NOT_FOUND')))).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
});

test('abandoning ends what is under way with UNAVAILABLE, and nothing that is asked later', async () => {
  const { ask, abandon } = createAbandonable();
  const late = Promise.withResolvers<string>();
  const underWay = [ask(late.promise), ask(new Promise(() => {}))];
  abandon(new DeaiError('UNAVAILABLE'));
  for (const request of underWay) await expect(request).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  late.resolve('too late');
  expect(await ask(Promise.resolve('answer'))).toBe('answer');
});

test('a refusal that comes after the abandoning hurts nobody', async () => {
  const { ask, abandon } = createAbandonable();
  const late = Promise.withResolvers<string>();
  const request = ask(late.promise);
  abandon(new DeaiError('UNAVAILABLE'));
  await expect(request).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  late.reject(new Error('too late'));
  await expect(late.promise).rejects.toThrow('too late');
});
