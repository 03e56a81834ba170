/**
 * What the server's programs see of our environment: nothing that could redirect them (PGDATA, PGPORT…), and none of our secrets.
 * The locale is fixed so that messages and sort orders are the same everywhere.
 */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}
