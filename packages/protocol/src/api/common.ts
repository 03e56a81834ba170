import Type, { type Static, type TSchema } from 'typebox';

export const strict = { additionalProperties: false } as const;

/** `null` or the schema: absent facts are `null` in answers, never missing. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** One of some strings, as a JSON-schema enum. */
export function OneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>(Type.String({ enum: [...values] }));
}

export const Cursor = Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9_-]+$' });

/** Query of every listing: newest first, `limit` rows, from `cursor` on. */
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 50 })),
  cursor: Type.Optional(Cursor),
};

/** {@link PageQuery} as it comes. */
export interface PageQueryOf {
  limit?: number;
  cursor?: string;
}

/** A page of a listing; `nextCursor` is null on the last one. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), nextCursor: Nullable(Type.String()) });
}
export interface PageOf<T> {
  items: T[];
  nextCursor: string | null;
}

export const ErrorResponse = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Unknown()),
    requestId: Type.Optional(Type.String()),
  }),
});
export type ErrorResponse = Static<typeof ErrorResponse>;
