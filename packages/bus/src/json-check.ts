/**
 * Finds what JSON would lose or refuse: bigint, Date, Map, NaN, functions, `undefined` in arrays, cycles. `undefined` properties are
 * fine: they are the same as absent ones. So is -0, which arrives as 0.
 * @throws TypeError with the path of the first such value.
 */
export function assertJson(value: unknown, path = '$', above: readonly unknown[] = []): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON turns into null`);
    return;
  }
  if (typeof value !== 'object') throw new TypeError(`${path} is of type ${typeof value}, which JSON cannot carry`);
  if (above.includes(value)) throw new TypeError(`${path} contains itself`);
  const inside = [...above, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertJson(item, `${path}[${index}]`, inside);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path} is a ${value.constructor?.name ?? 'class instance'}, which JSON does not carry as it is`);
  }
  for (const [key, item] of Object.entries(value)) if (item !== undefined) assertJson(item, `${path}.${key}`, inside);
}
