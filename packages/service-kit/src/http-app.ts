import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestContext } from '@deai/bus';
import { DeaiError, newId } from '@deai/protocol';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastifyWebsocket from '@fastify/websocket';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController, type RawServerDefault } from 'fastify';
import { answerBrokenRequest } from './broken-request.ts';
import { errorHandler, toDeaiError } from './error-handler.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

export interface HttpAppOptions {
  logger: Logger;
  metrics: Metrics;
  /** Bytes of a request body; 413 above. */
  bodyLimit: number;
  /** Largest WebSocket message in bytes; the socket closes with 1009 above. */
  maxFrameBytes: number;
  /** Trust X-Forwarded-* from a proxy in front. */
  trustProxy: boolean;
}

/** A Fastify app whose route schemas are TypeBox types. */
export type HttpApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

/** Bodies are taken as they are; text from the URL is converted to the schema's types. */
function validators() {
  const strict = new Ajv({ removeAdditional: false, useDefaults: true, coerceTypes: false, allErrors: false, strict: false });
  const coercing = new Ajv({ removeAdditional: false, useDefaults: true, coerceTypes: true, allErrors: false, strict: false });
  addFormats.default(strict);
  addFormats.default(coercing);
  return (part: string | undefined) => (part === 'body' ? strict : coercing);
}

/**
 * The HTTP server of one process: JSON in and out, the documented error shape, request ids, metrics, WebSockets.
 * Answers are written by JSON.stringify: response schemas document, tests check them, and they cannot turn an answer into a 500.
 */
export async function createHttpApp({ logger, metrics, bodyLimit, maxFrameBytes, trustProxy }: HttpAppOptions): Promise<HttpApp> {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy,
    genReqId: requestIdOf,
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      const shaped = toDeaiError(error);
      void (reply as FastifyReply).code(shaped.status).send(shaped.toBody(request.id));
    },
  }).withTypeProvider<TypeBoxTypeProvider>() as HttpApp;
  const validatorFor = validators();
  app.setValidatorCompiler(({ schema, httpPart }) => validatorFor(httpPart).compile(schema as object));
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(errorHandler());
  app.setNotFoundHandler(() => {
    throw new DeaiError('NOT_FOUND');
  });
  await app.register(fastifyWebsocket, { options: { maxPayload: maxFrameBytes, perMessageDeflate: false } });
  observe(app, metrics);
  app.get('/metrics', { schema: { hide: true } as object }, async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return await metrics.registry.metrics();
  });
  return app;
}

function observe(app: HttpApp, metrics: Metrics): void {
  const duration = metrics.histogram('deai_http_request_seconds', 'Duration of HTTP requests', ['method', 'route', 'status']);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    requestContext.run({ requestId: request.id }, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    duration.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    request.log.debug(
      { requestId: request.id, method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
    done();
  });
}
