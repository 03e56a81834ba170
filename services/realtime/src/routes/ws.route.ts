import { DeaiError } from '@deai/protocol';
import type { HttpApp } from '@deai/service-kit';
import { encodeFrame } from '../domain/update.ts';
import { openClientSession, type SessionDeps } from '../socket/client-session.ts';
import { CLOSE } from '../socket/close-codes.ts';

/** `GET /ws`, where `?batch=1` says that the client takes a JSON array of frames as well. `deps` answers `undefined` while the service takes no sockets. */
export function addWsRoute(app: HttpApp, deps: () => SessionDeps | undefined): void {
  app.get<{ Querystring: { batch?: unknown } }>('/ws', { websocket: true }, (socket, request) => {
    const now = deps();
    const full = now !== undefined && now.registry.size >= now.config.maxSockets;
    if (now && !full) {
      const { raw, headers, ip, query } = request;
      openClientSession(now, socket, {
        transport: raw.socket,
        authorization: headers.authorization,
        ip,
        batches: query.batch === '1',
      });
      return;
    }
    const error = new DeaiError(full ? 'OVERLOADED' : 'SHUTTING_DOWN');
    socket.on('error', () => socket.terminate());
    socket.send(encodeFrame({ type: 'error', ...error.toBody() }), { binary: false });
    socket.close(CLOSE.unavailable, error.code);
  });
}
