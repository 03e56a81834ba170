import type { NodeInfo, NodeMode, NodeQuery, NodeStats, NodeStatusResponse, NodeWhy, PageOf } from '@deai/protocol';
import { createListing, type Listing } from '../listing.ts';
import type { CallOptions } from '../options.ts';
import type { Transport } from '../transport.ts';

/** Nodes of the network. */
export interface NodesApi {
  list(query?: NodeQuery, options?: CallOptions): Listing<NodeInfo>;
  get(id: string, options?: CallOptions): Promise<NodeInfo>;
  /** With counts of its tasks and what it earned. */
  status(id: string, options?: CallOptions): Promise<NodeStatusResponse>;
  /** Why the node has no work, or that it has. */
  why(id: string, options?: CallOptions): Promise<NodeWhy>;
  /** Own nodes only. `drain` lets running tasks end. */
  setMode(id: string, mode: NodeMode, options?: CallOptions): Promise<NodeInfo>;
  stats(options?: CallOptions): Promise<NodeStats>;
}

export function createNodesApi({ call }: Transport): NodesApi {
  const at = (id: string, rest = '') => `/nodes/${encodeURIComponent(id)}${rest}`;
  return {
    list: (query = {}, options = {}) =>
      createListing(query, options, (query, options) => call<PageOf<NodeInfo>>('/nodes', { ...options, query })),
    get: (id, options) => call(at(id), options),
    status: (id, options) => call(at(id, '/status'), options),
    why: (id, options) => call(at(id, '/why'), options),
    setMode: (id, mode, options) => call(at(id, '/mode'), { ...options, method: 'POST', body: { mode } }),
    stats: (options) => call('/nodes/stats', options),
  };
}
