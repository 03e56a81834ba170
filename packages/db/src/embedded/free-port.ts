import getPort from 'get-port';

/** A TCP port on 127.0.0.1 that was free just now. Another process may take it before you do, so be ready to ask again. */
export function freePort(): Promise<number> {
  return getPort({ host: '127.0.0.1' });
}
