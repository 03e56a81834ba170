import { formatTokens } from '@deai/sdk';

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** Digits of an amount that people compare by; the whole amount stands in the title. */
const SIGNIFICANT = 4;
const DECIMALS = 24;

export const count = (value: number): string => (value < 100_000 ? whole.format(value) : short.format(value));
export const rate = (value: number): string => (value < 10 ? decimal.format(value) : count(Math.round(value)));

/** Yocto-DEAI as tokens: all of the whole part, and four digits that say something, rounded towards zero. */
export function tokens(yocto: string | bigint): string {
  const exact = formatTokens(yocto);
  const [, sign = '', units = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(exact) ?? [];
  const leading = units === '0' ? fraction.search(/[1-9]/) : 0;
  const kept = fraction.slice(0, Math.min(DECIMALS, Math.max(0, leading) + SIGNIFICANT)).replace(/0+$/, '');
  return `${sign}${whole.format(BigInt(units))}${kept && `.${kept}`}`;
}

/** An amount of dollars in decimals: to the cent at least. */
export function dollars(usd: string): string {
  const [whole = '0', fraction = ''] = usd.split('.');
  return `$${whole}.${fraction.padEnd(2, '0')}`;
}

/** Bytes as people say them. */
export function size(bytes: number): string {
  if (bytes < 1_000) return plural(bytes, 'byte');
  return bytes < 1_000_000 ? `${decimal.format(bytes / 1_000)} kB` : `${decimal.format(bytes / 1_000_000)} MB`;
}

/** A duration in ms as people say it. */
export function duration(ms: number): string {
  if (ms < 1) return `${decimal.format(ms)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${decimal.format(ms / 1_000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** A time of today as a clock shows it, others with their day. */
export function time(at: string, now: number = Date.now()): string {
  const date = new Date(at);
  return new Date(now).toDateString() === date.toDateString() ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}
export const fullTime = (at: string): string => full.format(new Date(at));

export const shortId = (id: string): string => (id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id);
export const shortHash = (hash: string): string => `${hash.slice(0, 6)}…${hash.slice(-4)}`;
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replaceAll('_', ' ');
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
