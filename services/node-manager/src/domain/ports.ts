import type {
  CapableNodes,
  NodeInfo,
  NodeMetrics,
  NodeMode,
  NodeOffer,
  NodeQuery,
  NodeRegisterRequest,
  NodeStats,
  PageOf,
  StakeState,
  TaskRequirements,
} from '@deai/protocol';

/** What opening a session needs to know of a node. */
export interface NodeIdentity {
  id: string;
  operatorId: string;
  publicKey: string;
  region: string;
  mode: NodeMode;
  /** The network's least stake is behind it; false as long as that is not known. */
  staked: boolean;
}

/** A heartbeat to be written. */
export interface Beat {
  nodeId: string;
  sessionId: string;
  metrics: NodeMetrics | null;
  atMs: number;
}

/** Durable facts about nodes. A session's writes are conditional on its being the node's session still. */
export interface NodeStore {
  /** The node of a public key, made when there is none. @throws DeaiError `NODE_KEY_TAKEN` when it is another operator's. */
  register(operatorId: string, request: NodeRegisterRequest): Promise<NodeIdentity>;
  identity(nodeId: string): Promise<NodeIdentity | undefined>;
  /** Makes it the node's session and stores the offer; true when the offer differs from the one before. */
  openSession(nodeId: string, sessionId: string, instanceId: string, offer: NodeOffer): Promise<boolean>;
  closeSession(nodeId: string, sessionId: string): Promise<void>;
  /** Writes heartbeats; returns the session ids that are not their node's any more. */
  beat(beats: Beat[]): Promise<string[]>;
  setMode(nodeId: string, mode: NodeMode): Promise<void>;
  get(nodeId: string): Promise<NodeInfo | undefined>;
  list(query: NodeQuery, operatorId: string | undefined): Promise<PageOf<NodeInfo>>;
  countCapable(needs: TaskRequirements): Promise<CapableNodes>;
  models(): Promise<{ kind: string; model: string; online: number; registered: number }[]>;
  stats(): Promise<NodeStats>;
  /** Keeps stakes that are newer than what it has, and the least stake. True when either changed. */
  syncStakes(stakes: StakeState[], leastStakeYocto: string): Promise<boolean>;
  /** The least stake as it was told last; null before that. */
  leastStakeYocto(): Promise<string | null>;
  /** Those of the nodes that have the least stake behind them. */
  stakedOf(nodeIds: string[]): Promise<Set<string>>;
  /** Keys of those of the nodes that are registered. */
  publicKeys(nodeIds: string[]): Promise<{ id: string; publicKey: string }[]>;
}
