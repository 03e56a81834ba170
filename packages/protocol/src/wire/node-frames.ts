import Type, { type Static } from 'typebox';
import { Id, NodeMetrics, NodeOffer, Signature, TimeMs } from './common.ts';

/**
 * Frames between a node and the node manager: JSON text messages on one WebSocket.
 * challenge → hello → welcome, then assign/cancel/ack/mode one way and heartbeat/report/results/offer/drain the other.
 */
const strict = { additionalProperties: false };

/** First frame of the node: proves the key of the node by signing {@link sessionPayload}. */
export const HelloFrame = Type.Object(
  { type: Type.Literal('hello'), nodeId: Id, signature: Signature, offer: NodeOffer, holding: Type.Array(Id, { maxItems: 10_000 }) },
  strict,
);

export const HeartbeatFrame = Type.Object({ type: Type.Literal('heartbeat'), metrics: NodeMetrics }, strict);
/** Replaces the session's offer: other credits, a model loaded or gone. */
export const OfferFrame = Type.Object({ type: Type.Literal('offer'), offer: NodeOffer }, strict);
/** The node wants no new work (`on`) or wants work again. */
export const DrainFrame = Type.Object({ type: Type.Literal('drain'), on: Type.Boolean() }, strict);

/** What happened to leases short of a result: started, moved on, or given back unrun. */
export const ReportFrame = Type.Object(
  {
    type: Type.Literal('report'),
    started: Type.Optional(Type.Array(Type.Object({ leaseId: Id, startedAtMs: TimeMs }, strict), { maxItems: 4_096 })),
    progress: Type.Optional(
      Type.Array(Type.Object({ leaseId: Id, progress: Type.Number({ minimum: 0, maximum: 1 }) }, strict), { maxItems: 4_096 }),
    ),
    refused: Type.Optional(Type.Array(Type.Object({ leaseId: Id, reason: Type.String({ maxLength: 500 }) }, strict), { maxItems: 4_096 })),
  },
  strict,
);

/** Whose fault a failure is: it decides the retry and the refund. */
export const FailureCause = Type.Union([Type.Literal('requester'), Type.Literal('node')]);

/** A finished attempt. `output` is canonical JSON text, so that its hash is the same everywhere. */
export const WireResult = Type.Object(
  {
    taskId: Id,
    leaseId: Id,
    startedAtMs: TimeMs,
    runMs: Type.Number({ minimum: 0, maximum: 1e10 }),
    units: Type.Number({ minimum: 0, maximum: 1e12 }),
    output: Type.Optional(Type.String({ maxLength: 32_000_000 })),
    failure: Type.Optional(
      Type.Object({ code: Type.String({ maxLength: 64 }), message: Type.String({ maxLength: 2_000 }), cause: FailureCause }, strict),
    ),
  },
  strict,
);
export type WireResult = Static<typeof WireResult>;

/** Results signed together: the signature covers the Merkle root over {@link resultLeaf} of each, in order. */
export const ResultsFrame = Type.Object(
  { type: Type.Literal('results'), results: Type.Array(WireResult, { minItems: 1, maxItems: 4_096 }), signature: Signature },
  strict,
);

export const NodeFrame = Type.Union([HelloFrame, HeartbeatFrame, OfferFrame, DrainFrame, ReportFrame, ResultsFrame]);
/** A frame from the node. */
export type NodeFrame = Static<typeof NodeFrame>;
export type HelloFrame = Static<typeof HelloFrame>;
export type ReportFrame = Static<typeof ReportFrame>;
export type ResultsFrame = Static<typeof ResultsFrame>;

/** Work given to a node under a lease. */
export const WireTask = Type.Object(
  {
    taskId: Id,
    leaseId: Id,
    kind: Type.String(),
    model: Type.String(),
    input: Type.Unknown(),
    timeoutMs: Type.Integer({ minimum: 1 }),
    leaseUntilMs: TimeMs,
    attempt: Type.Integer({ minimum: 1 }),
  },
  strict,
);
export type WireTask = Static<typeof WireTask>;

/**
 * Answer to a result: committed and paid for (`accepted`), or refused with the code of the error registry; retryable codes mean «send it
 * again later». A report is answered only when it is refused.
 */
export const LeaseAck = Type.Object(
  { leaseId: Id, accepted: Type.Boolean(), code: Type.Optional(Type.String()), message: Type.Optional(Type.String()) },
  strict,
);
export type LeaseAck = Static<typeof LeaseAck>;

export const ServerFrame = Type.Union([
  Type.Object({ type: Type.Literal('challenge'), nonce: Type.String(), networkId: Type.String(), serverTimeMs: TimeMs }, strict),
  Type.Object(
    {
      type: Type.Literal('welcome'),
      sessionId: Id,
      nodeId: Id,
      heartbeatMs: Type.Integer({ minimum: 100 }),
      /** Leases of `holding` that ended meanwhile: stop them, their results would be refused. */
      drop: Type.Array(Id),
    },
    strict,
  ),
  Type.Object({ type: Type.Literal('assign'), tasks: Type.Array(WireTask, { minItems: 1 }) }, strict),
  Type.Object({ type: Type.Literal('cancel'), leases: Type.Array(Id, { minItems: 1 }) }, strict),
  Type.Object({ type: Type.Literal('ack'), acks: Type.Array(LeaseAck, { minItems: 1 }) }, strict),
  Type.Object(
    { type: Type.Literal('mode'), mode: Type.Union([Type.Literal('online'), Type.Literal('maintenance'), Type.Literal('draining')]) },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('error'),
      error: Type.Object({ code: Type.String(), message: Type.String(), details: Type.Optional(Type.Unknown()) }, strict),
    },
    strict,
  ),
]);
/** A frame to the node. */
export type ServerFrame = Static<typeof ServerFrame>;

/** WebSocket close codes of both sockets (4000–4999 are the application's). */
export const CLOSE_CODES = {
  unauthenticated: 4401,
  forbidden: 4403,
  timeout: 4408,
  replaced: 4409,
  invalidFrame: 4422,
  slowConsumer: 4429,
  shuttingDown: 4503,
} as const;
