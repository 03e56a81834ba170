import type { WebSocket } from 'ws';

/** Finds out whether somebody is still there. */
export interface Keepalive {
  /** Pings; cuts the socket when nothing has come since the check before. */
  check(): void;
}

export function createKeepalive(socket: WebSocket): Keepalive {
  let alive = true;
  const live = () => {
    alive = true;
  };
  socket.on('pong', live).on('message', live);
  return {
    check() {
      // A paused socket cannot show that it lives: it waits for us.
      if (!alive && !socket.isPaused) return socket.terminate();
      alive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
  };
}
