import type { HttpApp } from '@deai/service-kit';
import fastifySwagger from '@fastify/swagger';
import type { GatewayConfig } from '../config.ts';
import type { RouteDefinition } from '../http/route.ts';
import { nameSchemas } from './named-schemas.ts';

const DESCRIPTION = `An open network for AI compute: submit work through one API, run a node and earn, verify every result and payment.

Amounts are yocto-DEAI (10⁻²⁴ DEAI) as base-10 strings; times are RFC 3339 in UTC. Listings are newest first and paged by \`cursor\`.
Errors have one shape, \`{"error":{"code","message","details","requestId"}}\`; codes are stable. Routes under \`/v1\` take and answer what
OpenAI's API does, errors included, so its clients work with this host as base URL.`;

const TAGS = [
  { name: 'tasks', description: 'Submit work, follow it, read its result.' },
  { name: 'nodes', description: 'Register a node, see what it does and why.' },
  { name: 'network', description: 'What anybody may know about the network.' },
  { name: 'settlement', description: 'What was put on chain, and the proofs for it.' },
  { name: 'auth', description: 'Accounts and sessions.' },
  { name: 'user', description: 'Profile, API keys and billing of the caller.' },
  { name: 'admin', description: 'For administrators.' },
  { name: 'openai', description: "OpenAI's shape, for its clients." },
  { name: 'system', description: 'Probes and addresses.' },
];

/** Collects the schemas of the routes added to `scope` from now on. */
export async function addDocument(scope: HttpApp, config: GatewayConfig, version: string): Promise<void> {
  await scope.register(fastifySwagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'DeAI',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as object & { name: string },
      },
      servers: [{ url: config.publicUrl ?? '/' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An access token from `auth/login`, or an API key (`deai_…`).' },
        },
      },
    },
  });
}

interface Media {
  example?: unknown;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

/** The OpenAPI 3.1 document of everything added to `scope`, as JSON text, with the examples of `routes`. */
export function buildDocument(scope: HttpApp, routes: readonly RouteDefinition[]): string {
  const document = nameSchemas(JSON.parse(JSON.stringify(scope.swagger())));
  const specs = new Map(routes.map(({ spec }) => [spec.operationId, spec]));
  for (const path of Object.values(document.paths as Record<string, Record<string, Operation>>)) {
    for (const operation of Object.values(path)) {
      const spec = specs.get(operation.operationId);
      const body = operation.requestBody?.content['application/json'];
      const answer = operation.responses[String(spec?.gives.status)]?.content?.['application/json'];
      if (body && spec?.examples?.body !== undefined) body.example = spec.examples.body;
      if (answer && spec?.examples?.answer !== undefined) answer.example = spec.examples.answer;
    }
  }
  return JSON.stringify(document);
}
