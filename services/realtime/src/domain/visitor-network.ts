import { isIPv6 } from 'node:net';

/** Groups of an IPv6 address that name the network: a host may have any number of addresses in its /64. */
const NETWORK_GROUPS = 4;

/** What visitors are counted by: an IPv4 address, or the /64 of an IPv6 one. */
export function visitorNetwork(ip: string): string {
  const [plain = ''] = ip.toLowerCase().split('%');
  if (!isIPv6(plain)) return plain;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped) return mapped;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  // What `::` stands for is zeros, as many as are missing.
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  const network = [...groups, ...zeros, ...after].slice(0, NETWORK_GROUPS);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
