import { createHash, randomBytes } from 'node:crypto';
import { API_KEY_PREFIX } from '@deai/service-kit';

const SECRET_BYTES = 32;
/** Enough to recognise a key by; the 220 bits that stay secret are enough to guard it. */
const SHOWN_CHARS = 6;
const REFRESH_TOKEN = /^[A-Za-z0-9_-]{43}$/;
const API_KEY = new RegExp(`^${API_KEY_PREFIX}[A-Za-z0-9_-]{43}$`);

/** A secret as it is given out once, and its SHA-256, which is all that is stored. */
export interface OpaqueToken {
  text: string;
  hash: Buffer;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 256 random bits in base64url. */
export function newRefreshToken(): OpaqueToken {
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  return { text, hash: sha256(text) };
}

/** The stored form of a refresh token; undefined for text that cannot be one. */
export function refreshTokenHash(text: string): Buffer | undefined {
  return REFRESH_TOKEN.test(text) ? sha256(text) : undefined;
}

/** `deai_` and 256 random bits in base64url; `prefix` may be shown. */
export function newApiKey(): OpaqueToken & { prefix: string } {
  const text = API_KEY_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
  return { text, hash: sha256(text), prefix: text.slice(0, API_KEY_PREFIX.length + SHOWN_CHARS) };
}

/** The stored form of an API key; undefined for text that cannot be one. */
export function apiKeyHash(text: string): Buffer | undefined {
  return API_KEY.test(text) ? sha256(text) : undefined;
}
