import { parseAuditMark, parseTokens } from '@deai/sdk';
import { InvalidArgumentError } from 'commander';

/** Parser of a whole number between bounds, for options. */
export function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      throw new InvalidArgumentError(`It must be a whole number from ${minimum} to ${maximum}.`);
    return value;
  };
}

/** Parser of any number between bounds. */
export function numberBetween(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= minimum && value <= maximum))
      throw new InvalidArgumentError(`It must be a number from ${minimum} to ${maximum}.`);
    return value;
  };
}

/** Parser of tokens ("0.5") into yocto-units as text. */
export function tokenAmount(text: string): string {
  try {
    return parseTokens(text);
  } catch {
    throw new InvalidArgumentError('It must be an amount of tokens such as 0.5.');
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parser of a duration such as `500ms`, `30s`, `5m`, `1h` into ms; a bare number counts seconds. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be a duration such as 500ms, 30s, 5m or 1h.');
  return Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? 's'] as number));
}

/** Parser of a moment: an RFC 3339 time, or a duration that lies back ("2h"). */
export function moment(text: string): string {
  const at = /^\d+(\.\d+)?(ms|s|m|h)?$/.test(text) ? Date.now() - durationMs(text) : Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It must be a time such as 2026-01-31T12:00:00Z, or a duration back from now such as 2h.');
  return new Date(at).toISOString();
}

/** Parser of a repeatable `name=value`. */
export function pair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Parser of an entry of the audit log and its hash, as verification prints them. */
export function auditMark(text: string): { number: number; hash: string } {
  const mark = parseAuditMark(text);
  if (!mark) throw new InvalidArgumentError('It must be number:hash, as deai admin audit --verify prints the head.');
  return mark;
}
