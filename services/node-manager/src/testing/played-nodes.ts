import type { Bus } from '@deai/bus';
import { type NodeOffer, newId, newKeyPair, type Principal, type ServerFrame, sessionPayload, signText } from '@deai/protocol';
import { waitFor } from '@deai/testkit';
import { WebSocket } from 'ws';

/** Whose nodes the test plays. */
export const operator: Principal = {
  userId: newId(),
  roles: ['operator'],
  scopes: ['nodes:read', 'nodes:write'],
  via: 'session',
  credentialId: 'x',
};
export const OFFER: NodeOffer = {
  capabilities: [{ kind: 'language-id', models: ['lid-176'], unitsPerSecond: 10 }],
  credits: 4,
  memoryMiB: 512,
  region: 'local',
  hardware: { cpu: 'test', cores: 1, memoryMiB: 1024 },
  agentVersion: '0.0.0',
};

const sockets: WebSocket[] = [];

/** Ends every socket that was dialled. */
export function hangUp(): void {
  for (const socket of sockets.splice(0)) socket.terminate();
}

/** A socket to the node manager at `url` (`ws://…`) whose frames are kept, and can be waited for. */
export function dialTo(url: string) {
  const socket = new WebSocket(`${url}/api/v1/nodes/session`);
  sockets.push(socket);
  const frames: ServerFrame[] = [];
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  const next = async <T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>> => {
    await waitFor(() => frames.some((f) => f.type === type));
    return frames.splice(
      frames.findIndex((f) => f.type === type),
      1,
    )[0] as Extract<ServerFrame, { type: T }>;
  };
  return { socket, next, closed, send: (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)) };
}

/** Registers a node of the operator. */
export async function registerNode(bus: Bus, keys = newKeyPair()) {
  const { nodeId } = await bus.request('nodes.register', { principal: operator, request: { publicKey: keys.publicKey, name: 'n' } });
  return { nodeId, ...keys };
}
export type PlayedNode = Awaited<ReturnType<typeof registerNode>>;

/** Opens a session. */
export async function connectTo(url: string, node: PlayedNode, holding: string[] = []) {
  const line = dialTo(url);
  const { nonce, networkId } = await line.next('challenge');
  const signature = signText(node.privateKey, sessionPayload(networkId, node.nodeId, nonce));
  line.send({ type: 'hello', nodeId: node.nodeId, signature, offer: OFFER, holding });
  return { ...line, welcome: await line.next('welcome') };
}
