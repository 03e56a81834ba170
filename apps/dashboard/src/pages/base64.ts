/** Text as tasks carry it: base64 of its UTF-8. */
export function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The text that it is, with a replacement character for each byte that is none. */
export const fromBase64 = (base64: string): string => new TextDecoder().decode(bytesOf(base64));

/** The same; `undefined` for bytes that are no text. */
export function textIn(base64: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(base64));
  } catch {
    return undefined;
  }
}

/** How many bytes it stands for. */
export const sizeOf = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
