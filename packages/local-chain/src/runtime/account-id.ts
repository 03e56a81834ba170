const PART = '[a-z0-9]+(?:[-_][a-z0-9]+)*';
const PATTERN = new RegExp(`^${PART}(?:\\.${PART})*$`);
const HEX_64 = /^[0-9a-f]{64}$/;
const ETH = /^0x[0-9a-f]{40}$/;
const known = new Set<string>();
const MAX_KNOWN = 10_000;

/** Whether the text is an account id: 2 to 64 of `a–z 0–9 . - _`, separators single and between others. */
export function isAccountId(text: string): boolean {
  if (known.has(text)) return true;
  if (text.length < 2 || text.length > 64 || !PATTERN.test(text)) return false;
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(text);
  return true;
}

/** How an account comes to be: implicit ones by a transfer, their id being a key (`near`) or an address (`eth`). */
export function accountKind(accountId: string): 'named' | 'near' | 'eth' {
  if (HEX_64.test(accountId)) return 'near';
  return ETH.test(accountId) ? 'eth' : 'named';
}

export function isTopLevel(accountId: string): boolean {
  return !accountId.includes('.');
}

/** Whether `child` is directly below `parent`. */
export function isSubAccountOf(child: string, parent: string): boolean {
  return child.endsWith(`.${parent}`) && !child.slice(0, -parent.length - 1).includes('.');
}
