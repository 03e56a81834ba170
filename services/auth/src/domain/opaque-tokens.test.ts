import { sha256Hex } from '@deai/protocol';
import { expect, it } from 'vitest';
import { apiKeyHash, newApiKey, newRefreshToken, refreshTokenHash } from './opaque-tokens.ts';

it('makes refresh tokens of 256 bits and keeps their SHA-256', () => {
  const { text, hash } = newRefreshToken();
  expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(text, 'base64url')).toHaveLength(32);
  expect(hash.toString('hex')).toBe(sha256Hex(text));
  expect(refreshTokenHash(text)).toEqual(hash);
});

it('makes API keys that show six of their characters', () => {
  const { text, hash, prefix } = newApiKey();
  expect(text).toMatch(/^deai_[A-Za-z0-9_-]{43}$/);
  expect(prefix).toBe(text.slice(0, 11));
  expect(apiKeyHash(text)).toEqual(hash);
});

it('does not hash what cannot be a token', () => {
  const { text } = newApiKey();
  const key = newRefreshToken().text;
  expect([apiKeyHash(key), apiKeyHash(`${text}x`), apiKeyHash(text.slice(0, -1)), apiKeyHash(`${text.slice(0, -1)} `)]).toEqual(
    new Array(4).fill(undefined),
  );
  expect([refreshTokenHash(text), refreshTokenHash(''), refreshTokenHash(`${key}\n`)]).toEqual(new Array(3).fill(undefined));
});

it('does not repeat itself', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => newRefreshToken().text)).size).toBe(1_000);
});
