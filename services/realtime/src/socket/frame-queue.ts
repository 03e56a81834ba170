import type { RawData, WebSocket } from 'ws';

/** Frames that wait their turn before the socket is not read any more. */
const MAX_WAITING = 16;

/**
 * Handles the frames of a socket one after the other, the first after `before`. A client that sends faster than it is served is
 * slowed down by TCP, not remembered.
 */
export function serveInOrder(
  socket: WebSocket,
  before: Promise<void>,
  handle: (data: RawData, isBinary: boolean) => Promise<void>,
  onError: (error: unknown) => void,
): void {
  let waiting = 0;
  let turn = before.catch(onError);
  socket.on('message', (data, isBinary) => {
    if (++waiting === MAX_WAITING) socket.pause();
    turn = turn
      .then(() => handle(data, isBinary))
      .catch(onError)
      .then(() => {
        if (waiting-- === MAX_WAITING) socket.resume();
      });
  });
}
