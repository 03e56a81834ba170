const TARGET_MS = 600;
const MAX_RUNS = 50;

/**
 * Units per second of `work`, repeated until about 0.6 s have passed. The first, unmeasured run warms up.
 * `work` resolves to the units it did.
 */
export async function measureRate(work: () => Promise<number>): Promise<number> {
  await work();
  const begin = performance.now();
  let units = 0;
  for (let run = 0; run < MAX_RUNS && performance.now() - begin < TARGET_MS; run++) units += await work();
  const seconds = (performance.now() - begin) / 1000;
  return Math.max(0.001, Math.round((units / seconds) * 1000) / 1000);
}
