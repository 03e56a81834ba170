import { ERRORS, type ErrorCode } from '@deai/protocol';
import type { TSchema } from 'typebox';
import type { Method, RouteSpec } from './route.ts';

const WITH_INPUT: ErrorCode[] = ['INVALID_INPUT'];
const WITH_BODY: ErrorCode[] = ['INVALID_INPUT', 'INVALID_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const WITH_SCOPE: ErrorCode[] = ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'FORBIDDEN'];
const ALWAYS: ErrorCode[] = ['INTERNAL', 'UNAVAILABLE', 'SHUTTING_DOWN', 'TIMEOUT'];

/** Every code that a route can answer: its own, and those that follow from what it is. */
export function errorCodesOf(method: Method, spec: RouteSpec): ErrorCode[] {
  const codes = new Set<ErrorCode>(spec.errors);
  const add = (more: readonly ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  // A body is parsed before anybody knows that the route takes none.
  if (method !== 'GET') add(WITH_BODY);
  else if (spec.takes?.params || spec.takes?.querystring || spec.takes?.headers) add(WITH_INPUT);
  if ('scope' in spec.access) add(WITH_SCOPE);
  if (spec.limit !== 'none') add(['RATE_LIMITED']);
  add(ALWAYS);
  return [...codes];
}

/** The documented answers with status ≥ 400: one for each status, naming its codes. */
export function errorAnswers(codes: readonly ErrorCode[], schema: TSchema): Record<number, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      { description: of.map((code) => `${code}: ${ERRORS[code].message}`).join('\n\n'), content: { 'application/json': { schema } } },
    ]),
  );
}
