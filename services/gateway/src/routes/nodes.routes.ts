import {
  NodeInfo,
  NodeModeRequest,
  NodePage,
  NodeQuery,
  NodeRegistered,
  NodeRegisterRequest,
  NodeStats,
  NodeStatusResponse,
  NodeWhy,
} from '@deai/protocol';
import type { FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../config.ts';
import type { GatewayDeps } from '../context.ts';
import { type RouteDefinition, route } from '../http/route.ts';
import { EXAMPLE_ID, IdParams } from './common.ts';

const READ = { tag: 'nodes', access: { scope: 'nodes:read' } } as const;
const WRITE = { tag: 'nodes', access: { scope: 'nodes:write' } } as const;

/** `nodes/*`. */
export function nodeRoutes(deps: GatewayDeps): RouteDefinition[] {
  return [...operatorRoutes(deps), ...networkViewRoutes(deps), ...oneNodeRoutes(deps)];
}

/** Where a node opens its session: the configured address, or the one this request came to. */
function sessionUrlOf({ nodesUrl, publicUrl }: GatewayConfig, request: Pick<FastifyRequest, 'protocol' | 'host'>): string {
  const base = nodesUrl ?? publicUrl ?? `${request.protocol}://${request.host}`;
  return `${base.replace(/^http/, 'ws')}/api/v1/nodes/session`;
}

function operatorRoutes({ bus, config }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'POST',
      '/nodes/register',
      {
        ...WRITE,
        operationId: 'registerNode',
        summary: 'Register a node by its public key',
        description: 'Registering the same key again answers the same node. The node then opens a WebSocket at `sessionUrl`.',
        takes: { body: NodeRegisterRequest },
        gives: { status: 201, schema: NodeRegistered },
        errors: ['NODE_KEY_TAKEN'],
        examples: {
          body: { publicKey: 'ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp', name: 'office', region: 'eu-west' },
          answer: { nodeId: EXAMPLE_ID, networkId: 'local', sessionUrl: 'wss://deai.example.org/api/v1/nodes/session' },
        },
      },
      async (request) => {
        const { principal, body } = request;
        const registered = await bus.request('nodes.register', { principal, request: body });
        return { ...registered, sessionUrl: sessionUrlOf(config, request) };
      },
    ),
    route(
      'POST',
      '/nodes/:id/mode',
      {
        ...WRITE,
        operationId: 'setNodeMode',
        summary: 'Take a node in or out of service',
        description: '`drain` lets it finish what it has, `maintenance` gives it nothing new, `online` puts it back.',
        takes: { params: IdParams, body: NodeModeRequest },
        gives: { status: 200, schema: NodeInfo },
        errors: ['NODE_NOT_FOUND', 'NODE_NOT_CONNECTED'],
        examples: { body: { mode: 'drain' } },
      },
      ({ principal, params, body }) => bus.request('nodes.setMode', { principal, id: params.id, mode: body.mode }),
    ),
  ];
}

function networkViewRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  return [
    route(
      'GET',
      '/nodes',
      {
        ...READ,
        operationId: 'listNodes',
        summary: 'Nodes, newest first',
        takes: { querystring: NodeQuery },
        gives: { status: 200, schema: NodePage },
        errors: ['INVALID_CURSOR'],
      },
      ({ principal, query }) => bus.request('nodes.list', { principal, query }),
    ),
    route(
      'GET',
      '/nodes/stats',
      { ...READ, operationId: 'getNodeStats', summary: 'Nodes counted', gives: { status: 200, schema: NodeStats } },
      () => bus.request('nodes.stats', {}),
    ),
  ];
}

function oneNodeRoutes({ bus }: GatewayDeps): RouteDefinition[] {
  const one = { ...READ, takes: { params: IdParams }, errors: ['NODE_NOT_FOUND'] } as const;
  return [
    route(
      'GET',
      '/nodes/:id',
      { ...one, operationId: 'getNode', summary: 'A node', gives: { status: 200, schema: NodeInfo } },
      ({ principal, params }) => bus.request('nodes.get', { principal, id: params.id }),
    ),
    route(
      'GET',
      '/nodes/:id/status',
      {
        ...one,
        operationId: 'getNodeStatus',
        summary: 'A node, its work and its earnings',
        gives: { status: 200, schema: NodeStatusResponse },
      },
      async ({ principal, params: { id } }) => {
        // Who may see the node is decided by `nodes.get`, so it comes first.
        const node = await bus.request('nodes.get', { principal, id });
        const { tasks, failed, running, earnedYocto } = await bus.request('tasks.nodeEarnings', { nodeId: id });
        return { ...node, tasks: { running, completed: tasks, failed }, earnedYocto };
      },
    ),
    route(
      'GET',
      '/nodes/:id/why',
      { ...one, operationId: 'explainNode', summary: 'Why the node has work, or none', gives: { status: 200, schema: NodeWhy } },
      ({ principal, params }) => bus.request('nodes.why', { principal, id: params.id }),
    ),
  ];
}
