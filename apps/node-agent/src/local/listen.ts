import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Starts listening (port 0 takes a free one). `close` ends open connections too. Rejects when the address is taken. */
export async function listenLocal(server: Server, port: number, host: string): Promise<{ port: number; close(): Promise<void> }> {
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
