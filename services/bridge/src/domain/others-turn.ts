/** Lets everything else that is ready run first: a large batch takes a second of processor time, and tasks go on in between. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
