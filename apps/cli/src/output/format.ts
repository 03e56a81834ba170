import type { Quote, TokenPrice } from '@deai/protocol';
import { formatTokens, usdOf } from '@deai/sdk';
import type { Colors } from './output.ts';

/** Tokens with their symbol: to six decimals, or to three digits where six decimals would show none. */
export function tokens(yocto: string | null | undefined): string {
  if (yocto === null || yocto === undefined) return '–';
  const text = formatTokens(yocto, 6);
  if (!/^-?0$/.test(text) || BigInt(yocto) === 0n) return `${text} DEAI`;
  const small = /^(-?0\.0*[1-9]\d{0,2})/.exec(formatTokens(yocto))?.[1] ?? text;
  return `${small.replace(/0+$/, '')} DEAI`;
}

/** What a quote is worth, with how old the price is and where it comes from; nothing when nobody knows. */
export function worth(usd: Quote['usd']): string {
  if (!usd) return '';
  const origin = usd.source === 'fixed' ? 'fixed price' : `price ${duration(usd.priceAgeS * 1_000)} old`;
  return ` ≈ $${usd.amount} (${origin})`;
}

/** The same of any amount, by the network's price. */
export function worthAt(yocto: string, price: TokenPrice | undefined): string {
  const { usd, ageS, source } = price ?? {};
  if (!usd || !source) return '';
  return worth({ amount: usdOf(yocto, usd), priceAgeS: Math.round(ageS ?? 0), source });
}

/** Milliseconds in the unit that suits them. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago an RFC 3339 time was. */
export function ago(time: string | null | undefined, nowMs: number = Date.now()): string {
  if (!time) return '–';
  const ms = nowMs - Date.parse(time);
  if (ms < 0) return `in ${rough(-ms)}`;
  return ms < 1_000 ? 'now' : `${rough(ms)} ago`;
}

function rough(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Local time of day. */
export function clock(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

/** A status in its colour. */
export function status(colors: Colors, name: string): string {
  switch (name) {
    case 'completed':
    case 'online':
    case 'ok':
      return colors.green(name);
    case 'failed':
    case 'down':
    case 'attempt_failed':
      return colors.red(name);
    case 'in_progress':
    case 'assigned':
      return colors.cyan(name);
    case 'maintenance':
    case 'degraded':
    case 'draining':
      return colors.yellow(name);
    default:
      return colors.dim(name);
  }
}

/** A bar of `width` characters for a part from 0 to 1. */
export function bar(part: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** `1 task`, `2 tasks`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
