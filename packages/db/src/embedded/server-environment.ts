/**
 * Keeps memory of up to a few dozen MiB in the process: with glibc's own bounds, every batch gives back the pages that it parsed its
 * parameters in and has the next ones cleared by the kernel, a twentieth of the time of large batches.
 */
const KEEP_MEMORY = { MALLOC_TOP_PAD_: '16777216', MALLOC_TRIM_THRESHOLD_: '67108864', MALLOC_MMAP_THRESHOLD_: '33554432' } as const;

/**
 * What the server's programs see of our environment: nothing that could redirect them (PGDATA, PGPORT…), and none of our secrets.
 * The locale is fixed so that messages and sort orders are the same everywhere.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC', ...KEEP_MEMORY };
}
