import Type, { type Static } from 'typebox';

const STORABLE = '[^\\u0000\\uD800-\\uDFFF]';

/** Text that every part of the network can keep: no zero byte and no half of a surrogate pair, which databases refuse. */
export function Text(limits: { minLength?: number; maxLength: number; description?: string }) {
  return Type.String({ ...limits, pattern: `^${STORABLE}*$` });
}

/** A UUID in lower-case text. */
export const Id = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  minLength: 36,
  maxLength: 36,
});
/** ed25519 public key in NEAR's text form: `ed25519:` and base58 of the 32 bytes. */
export const PublicKey = Type.String({ pattern: '^ed25519:[1-9A-HJ-NP-Za-km-z]{32,44}$', maxLength: 52 });
/** base64 of an ed25519 signature (64 bytes). */
export const Signature = Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$', minLength: 88, maxLength: 88 });
/** Amount in yocto-units as base-10 text. */
export const YoctoAmount = Type.String({ pattern: '^[0-9]{1,48}$', maxLength: 48, description: 'yocto-DEAI (10⁻²⁴ DEAI), base 10' });
/** RFC 3339 time in UTC with milliseconds. */
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' });
/** Milliseconds since the Unix epoch. */
export const TimeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });

/** Numbers a node measures of itself, sent with every heartbeat. */
export const NodeMetrics = Type.Object(
  {
    cpuPercent: Type.Number({ minimum: 0, maximum: 100 }),
    memoryUsedMiB: Type.Number({ minimum: 0, maximum: 1e9 }),
    memoryTotalMiB: Type.Number({ minimum: 0, maximum: 1e9 }),
    running: Type.Integer({ minimum: 0, maximum: 1e6 }),
    queued: Type.Integer({ minimum: 0, maximum: 1e6 }),
    spooled: Type.Integer({ minimum: 0, maximum: 1e9 }),
    completed: Type.Integer({ minimum: 0, maximum: 1e12 }),
    failed: Type.Integer({ minimum: 0, maximum: 1e12 }),
    uptimeS: Type.Number({ minimum: 0, maximum: 1e10 }),
  },
  { additionalProperties: false },
);
export type NodeMetrics = Static<typeof NodeMetrics>;

/** One kind of work a node can do, with the speed it measured at start. */
export const NodeCapability = Type.Object(
  {
    kind: Text({ minLength: 1, maxLength: 64 }),
    models: Type.Array(Text({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 200 }),
    unitsPerSecond: Type.Number({ minimum: 0, maximum: 1e12 }),
    /** Leases of this capability held at once, within the offer's credits: a slow kind must not fill a node's queue. */
    credits: Type.Optional(Type.Integer({ minimum: 1, maximum: 4_096 })),
  },
  { additionalProperties: false },
);
export type NodeCapability = Static<typeof NodeCapability>;

/** What a node offers for the length of a session. `credits` is how many leases it holds at once, running and queued. */
export const NodeOffer = Type.Object(
  {
    capabilities: Type.Array(NodeCapability, { minItems: 1, maxItems: 64 }),
    credits: Type.Integer({ minimum: 1, maximum: 4_096 }),
    memoryMiB: Type.Integer({ minimum: 1, maximum: 1e9 }),
    region: Text({ minLength: 1, maxLength: 64 }),
    hardware: Type.Object(
      {
        cpu: Text({ maxLength: 200 }),
        cores: Type.Integer({ minimum: 1, maximum: 10_000 }),
        memoryMiB: Type.Integer({ minimum: 1, maximum: 1e9 }),
        gpu: Type.Optional(Text({ maxLength: 200 })),
      },
      { additionalProperties: false },
    ),
    agentVersion: Text({ minLength: 1, maxLength: 64 }),
  },
  { additionalProperties: false },
);
export type NodeOffer = Static<typeof NodeOffer>;
