import { connect, createServer, type Socket } from 'node:net';
import { cleanUpAtEnd } from '@deai/testkit';

/** A way to a server that can be cut: nothing passes then in either direction, and nobody is told. */
export interface CuttableProxy {
  /** `url` as seen through the proxy. */
  through(url: string): string;
  cut(): void;
  /** New connections pass; those from before the cut are reset, as after a restart of a router. */
  heal(): void;
}

/** Listens on a free port and forwards to `port` of this machine. It closes at the end of the file. */
export async function startProxy(port: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let silent = false;

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.pipe(to);
    // Its close follows.
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      // A connection that ended while the way was cut must not be seen to end from the other side.
      if (!silent) to.destroy();
    });
    if (silent) from.pause();
  }
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUpAtEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port: own } = server.address() as { port: number };
  return {
    through(url) {
      const seen = new URL(url);
      seen.port = String(own);
      return seen.href.replace(/\/$/, '');
    },
    cut() {
      silent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    heal() {
      silent = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}
