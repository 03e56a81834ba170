import { describe, expect, it } from 'vitest';
import type { KindInfo } from '../../api/types.ts';
import { type Draft, draftOfTask, modelOf, requestOf } from './drafts.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const taskOf = (kind: string) => ({ id: ID, kind, model: 'm', priority: 'high' as const });

describe('the draft of a task', () => {
  it.each([
    ['embeddings', { texts: ['a', ' b “c”', '東京'] }],
    ['language-id', { texts: ['Grüße'] }],
    ['ocr', { image: base64('an image') }],
    ['wasm', { module: base64('a program') }],
    ['wasm', { args: ['-n', '5'], module: base64('a program'), stdin: base64('1\n2 東京\n') }],
    ['chat', { messages: [{ content: 'Why?\nSay it.', role: 'user' }] }],
  ])('asks for the very input of %s', (kind, input) => {
    const filled = draftOfTask(taskOf(kind), input);
    expect(filled?.kind).toBe(kind);
    expect(requestOf(filled?.kind as never, filled?.draft as Draft)).toEqual({ kind, input, model: 'm', priority: 'high' });
  });
  it.each([
    ['embeddings', { texts: ['two\nlines'] }],
    ['embeddings', { texts: [' '] }],
    ['embeddings', { texts: ['a'], encoding: 'base64' }],
    ['language-id', { texts: ['a'], top: 3 }],
    ['wasm', { module: base64('a program'), args: ['two words'] }],
    ['wasm', { module: base64('a program'), stdin: '/w==' }],
    ['wasm', { module: base64('a program'), memoryMiB: 8 }],
    ['chat', { messages: [{ role: 'system', content: 'Be brief.' }] }],
    ['chat', { messages: ['a', 'b'].map((content) => ({ role: 'user', content })) }],
    ['chat', { messages: [{ role: 'user', content: 'a' }], seed: 1 }],
    ['translation', { text: 'of a kind to come' }],
  ])('is none where the form would ask for something else: %s %j', (kind, input) => {
    expect(draftOfTask(taskOf(kind), input)).toBeUndefined();
  });
});

describe('the model of a draft', () => {
  const draft = (model: string) => ({ text: '', upload: undefined, args: '', model, priority: 'normal' as const });
  const offered = ['s', 'l'].map((model, online) => ({ model, online, registered: 2 }));
  const known = { kind: 'chat', title: '', unit: 'token', yoctoPerUnit: {}, inputSchema: {}, outputSchema: {} };
  const info = (defaultModel: string | null): KindInfo => ({ ...known, defaultModel, models: offered });
  it('is the one chosen while it is offered, else the default one or the one that most nodes offer', () => {
    expect(['', 's', 'l', 'gone'].map((model) => modelOf(draft(model), info('s')))).toEqual(['', '', 'l', '']);
    expect(['', 's', 'gone'].map((model) => modelOf(draft(model), info(null)))).toEqual(['l', 's', 'l']);
    expect(modelOf(draft('s'), undefined)).toBe('s');
  });
});
