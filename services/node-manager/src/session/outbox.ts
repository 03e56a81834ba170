import type { LeaseAck, ServerFrame, WireTask } from '@deai/protocol';
import type { WebSocket } from 'ws';

/** What goes to one node: gathered for a turn of the event loop, then sent in as few frames as can be. */
export interface Outbox {
  assign(tasks: WireTask[]): void;
  ack(acks: LeaseAck[]): void;
  cancel(leases: string[]): void;
  /** Sends at once, after what was gathered. */
  send(frame: ServerFrame): void;
  /** Gathered frames wait until this is called: nothing overtakes the welcome. */
  open(): void;
}

/** Socket writes are the largest part of the server's time per task, so frames are packed per node and turn. */
export function createOutbox(socket: WebSocket, maxBufferedBytes: number): Outbox {
  let tasks: WireTask[] = [];
  let acks: LeaseAck[] = [];
  let leases: string[] = [];
  let ready = false;
  let scheduled = false;

  function write(frame: ServerFrame): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
    else socket.send(JSON.stringify(frame));
  }
  function flush(): void {
    scheduled = false;
    if (!ready) return;
    if (acks.length > 0) write({ type: 'ack', acks });
    if (leases.length > 0) write({ type: 'cancel', leases });
    if (tasks.length > 0) write({ type: 'assign', tasks });
    tasks = [];
    acks = [];
    leases = [];
  }
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  return {
    assign(more) {
      tasks.push(...more);
      schedule();
    },
    ack(more) {
      acks.push(...more);
      schedule();
    },
    cancel(more) {
      leases.push(...more);
      schedule();
    },
    send(frame) {
      flush();
      write(frame);
    },
    open() {
      ready = true;
      flush();
    },
  };
}
