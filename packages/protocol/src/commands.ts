import type { AdminAct, AdminActEnd, AuditChain, AuditEntry, AuditQuery, AuditRecord, AuditRecordQuery } from './api/audit.ts';
import type {
  ApiKey,
  ApiKeyCreated,
  ApiKeyRequest,
  LoginRequest,
  Principal,
  Profile,
  ProfileUpdate,
  RegisterRequest,
  Role,
  TokenResponse,
  UserInfo,
  UserQuery,
} from './api/auth.ts';
import type { Billing, BillingQuery, LedgerAudit, NodeEarnings } from './api/billing.ts';
import type { AccountEvent, Claim, ClaimQuery, ClaimRequest } from './api/claims.ts';
import type { PageOf, PageQueryOf } from './api/common.ts';
import type { NetworkHealth, NetworkKey, NetworkStats, ServiceHealth, ServiceName, TaskStats } from './api/network.ts';
import type { NodeInfo, NodeMode, NodeQuery, NodeRegistered, NodeRegisterRequest, NodeStats, NodeWhy } from './api/nodes.ts';
import type { TokenPrice } from './api/prices.ts';
import type {
  AccountLink,
  AccountLinkRequest,
  SettlementAccount,
  SettlementBatch,
  SettlementLeaf,
  SettlementLeavesQuery,
  SettlementQuery,
  SettlementStatus,
  SettlementToken,
} from './api/settlement.ts';
import type { CancelResponse, Quote, SubmittedTask, Task, TaskEvent, TaskQuery, TaskRequest, TaskWhy } from './api/tasks.ts';
import type { NodeSession, SessionRef, TaskRequirements } from './dispatch.ts';
import type { PriceList } from './pricing.ts';
import type { ReceiptBatch, WorkReceiptJson } from './receipts/receipt-document.ts';
import type { LeaseAck, ReportFrame, WireResult, WireTask } from './wire/node-frames.ts';

interface Command<Input, Output> {
  input: Input;
  output: Output;
}
/** Commands on somebody's behalf carry who asks; the serving service authorises. */
type As<Input = object> = Input & { principal: Principal };
type Nothing = Record<string, never>;

/**
 * Every command between services: name → input and output, JSON values only (money as base-10 text, times as ISO text or ms).
 * The part before the dot is the service that serves it. A handler throws {@link DeaiError}; the caller gets the same code and details.
 */
export interface Commands {
  'auth.register': Command<RegisterRequest & { clientIp?: string }, TokenResponse>;
  'auth.login': Command<LoginRequest & { clientIp?: string }, TokenResponse>;
  'auth.refresh': Command<{ refreshToken: string }, TokenResponse>;
  'auth.logout': Command<As, { closed: boolean }>;
  /** The principal of an API key; UNAUTHENTICATED when unknown, revoked or expired. Records its use. */
  'auth.verifyApiKey': Command<{ key: string }, { principal: Principal; expiresAtMs: number | null }>;
  'auth.jwks': Command<Nothing, { keys: Record<string, unknown>[] }>;
  'auth.getProfile': Command<As, Profile>;
  'auth.updateProfile': Command<As<{ update: ProfileUpdate }>, Profile>;
  'auth.listApiKeys': Command<As, { items: ApiKey[] }>;
  'auth.createApiKey': Command<As<{ request: ApiKeyRequest }>, ApiKeyCreated>;
  'auth.revokeApiKey': Command<As<{ id: string }>, ApiKey>;
  'auth.setRoles': Command<As<{ userId: string; roles: Role[] }>, Profile>;
  /** For administrators, as the next four. INVALID_CURSOR */
  'auth.listUsers': Command<As<{ query: UserQuery }>, PageOf<UserInfo>>;
  /** The audit log, newest first. INVALID_CURSOR */
  'auth.auditLog': Command<As<{ query: AuditQuery }>, PageOf<AuditEntry>>;
  'auth.auditChain': Command<As, AuditChain>;
  /** All entries as they are hashed, oldest first. INVALID_CURSOR */
  'auth.auditRecords': Command<As<{ query: AuditRecordQuery }>, PageOf<AuditRecord>>;
  /** To be answered before the act is done, so that none is missing from the audit log. FORBIDDEN when its actor is no administrator any more. */
  'auth.recordAct': Command<As<{ act: AdminAct }>, { entryId: string }>;
  /** Tells how it ended, once: by who attempted it, administrator still or not. False, and no change, when it was told before. */
  'auth.concludeAct': Command<As<{ end: AdminActEnd }>, { concluded: boolean }>;

  /** The keys that sign work receipts, oldest first: all there ever were, and the one to come. */
  'auth.networkKeys': Command<Nothing, { keys: NetworkKey[] }>;
  /** The network's signature (base64) over a work receipt, given its hash in hex, for the network of that id. */
  'auth.signReceipt': Command<{ networkId: string; receiptHash: string }, { publicKey: string; signature: string }>;

  'tasks.submit': Command<As<{ tasks: TaskRequest[]; idempotencyKey?: string }>, { tasks: SubmittedTask[] }>;
  /** Submits what an ended task of the caller's asked for once more, as a new task. TASK_NOT_ENDED, TASK_INPUT_GONE, and as `tasks.submit`. */
  'tasks.retry': Command<As<{ id: string; idempotencyKey?: string }>, SubmittedTask>;
  'tasks.quote': Command<As<{ task: TaskRequest }>, Quote>;
  'tasks.get': Command<As<{ id: string; withOutput: boolean }>, Task>;
  'tasks.list': Command<As<{ query: TaskQuery }>, PageOf<Task>>;
  /** Waits until the task has ended or `waitMs` passed; then the same as `tasks.get`. */
  'tasks.wait': Command<As<{ id: string; waitMs: number }>, Task>;
  'tasks.events': Command<As<{ id: string }>, { items: TaskEvent[] }>;
  /** What the task was submitted with; as large as a submission may be. TASK_NOT_FOUND as `tasks.get`, TASK_INPUT_GONE. */
  'tasks.input': Command<As<{ id: string }>, TaskRequest['input']>;
  'tasks.why': Command<As<{ id: string }>, TaskWhy>;
  /** The work receipt of one's own task. RECEIPT_NOT_AVAILABLE when it has not completed. */
  'tasks.receipt': Command<As<{ id: string }>, WorkReceiptJson>;
  'tasks.cancel': Command<As<{ id: string }>, CancelResponse>;
  'tasks.stats': Command<Nothing, TaskStats>;
  /** Work waiting and running as a node sees it. */
  'tasks.nodeLoad': Command<{ nodeId: string }, NodeLoad>;
  /** Tasks that a node ended, and what it earned by them. */
  'tasks.nodeEarnings': Command<{ nodeId: string }, NodeEarnings & { failed: number; running: number }>;
  /** Work receipts of completed tasks, at most 5,000, in the order asked for; ids of other tasks are left out. */
  'tasks.receipts': Command<{ ids: string[] }, { receipts: OwnedReceipt[] }>;
  /**
   * Commits that completed tasks, in an order that never changes: what is not shown yet comes after what is shown. `after` is the `id` of the
   * last commit seen, `'0'` at first. At most `limit` commits, each of up to 500 tasks.
   */
  'tasks.completedSince': Command<{ after: string; limit: number }, { commits: CompletionCommit[] }>;
  /** Commits up to `id` are settled for good and need not be kept. From the first such word on, none goes before it is settled. */
  'tasks.settledThrough': Command<{ id: string }, Nothing>;
  /** Sum of the holds of all tasks that have not ended: what the ledger's held accounts must equal. */
  'tasks.heldTotal': Command<Nothing, { heldYocto: string; tasks: number }>;

  /**
   * A session opened: the node may be given work. Whichever task manager answers is the session's home, and takes over the leases that
   * the node holds. Answers which of those are no longer its own.
   */
  'tasks.openSession': Command<{ session: NodeSession; holding: string[] }, { drop: string[]; schedulerId: string }>;
  /** To the session's home, as all below. The session's offer or mode changed. NODE_NOT_CONNECTED when it has no such session. */
  'tasks.updateSession': Command<{ session: NodeSession }, Nothing>;
  /** The session is over. Its leases go back after `graceMs`, unless the node comes back with them. */
  'tasks.closeSession': Command<{ nodeId: string; sessionId: string; graceMs: number }, Nothing>;
  /** NODE_NOT_CONNECTED when the node has another home, so that nothing is said of leases that this one does not know. */
  'tasks.report': Command<{ nodeId: string; sessionId: string } & Omit<ReportFrame, 'type'>, { acks: LeaseAck[] }>;
  /** Results whose frame signature was verified. An ack `accepted` means committed with its ledger entries. */
  'tasks.results': Command<{ nodeId: string; sessionId: string; results: SignedResult[] }, { acks: LeaseAck[] }>;
  /** To one task manager: is it there, and which of these sessions have no home at it? Answered from memory. */
  'tasks.ping': Command<{ sessions: SessionRef[] }, { unknown: string[] }>;
  /** To one task manager, by another whose nodes are free: ids of waiting tasks that the asker may assign. They are lent, see ADR 8. */
  'tasks.lend': Command<{ classKey: string; free: number; more: number }, { taskIds: string[] }>;
  /** To one task manager: the load of a node if its session has its home there. */
  'tasks.ownNodeLoad': Command<{ nodeId: string }, NodeLoad>;

  'nodes.register': Command<As<{ request: NodeRegisterRequest }>, Omit<NodeRegistered, 'sessionUrl'>>;
  'nodes.get': Command<As<{ id: string }>, NodeInfo>;
  'nodes.list': Command<As<{ query: NodeQuery }>, PageOf<NodeInfo>>;
  'nodes.setMode': Command<As<{ id: string; mode: NodeMode }>, NodeInfo>;
  'nodes.why': Command<As<{ id: string }>, NodeWhy>;
  'nodes.stats': Command<Nothing, NodeStats>;
  /** Public keys of nodes; unknown ids are left out. A node's key never changes. */
  'nodes.publicKeys': Command<{ ids: string[] }, { items: { id: string; publicKey: string }[] }>;
  /** Stakes as the contract has them. States older than what is known are left out; keys of no node are kept for when it registers. */
  'nodes.syncStakes': Command<{ stakes: StakeState[]; minStakeYocto: string }, Nothing>;
  /** How many nodes, registered and online, could run such a task. */
  'nodes.countCapable': Command<TaskRequirements, CapableNodes>;
  /** Models on offer by kind, with the nodes that are online. */
  'nodes.models': Command<Nothing, { items: { kind: string; model: string; online: number; registered: number }[] }>;
  /** To the instance that holds the sessions: puts assignments on the wire. Returns the leases it could not send. */
  'nodes.assign': Command<{ assignments: NodeAssignment[] }, { unsent: string[] }>;
  /** To the instance that holds the session: tells the node to stop these leases. */
  'nodes.cancelLeases': Command<{ nodeId: string; leases: string[] }, Nothing>;
  /** To one node manager: is it there? */
  'nodes.ping': Command<Nothing, Nothing>;

  'rewards.prices': Command<Nothing, PriceList>;
  /** Opens the user's accounts, with the starting credit where one is configured. Idempotent. */
  'rewards.openAccount': Command<{ userId: string }, { opened: boolean }>;
  'rewards.billing': Command<As<{ query: BillingQuery }>, Billing>;
  'rewards.audit': Command<Nothing, LedgerAudit>;
  /**
   * Brings what users can spend in line with their deposits on chain: books the difference to what was booked before, as far as it is not
   * spent or on hold. Answers what could not be taken back yet; send it again later.
   */
  'rewards.syncDeposits': Command<{ deposits: DepositState[] }, { owed: { userId: string; owedYocto: string }[] }>;

  /** The token's last good price in US dollars, with its age and what each source said. Answered from memory. */
  'prices.current': Command<Nothing, TokenPrice>;

  /** Where settlement stands. Answered by the bridge, which not every network runs. */
  'settlement.status': Command<Nothing, SettlementStatus>;
  /** The token's supply and where it is, some seconds old at most. CHAIN_UNAVAILABLE while the chain does not answer. */
  'settlement.token': Command<Nothing, SettlementToken>;
  'settlement.batches': Command<{ query: SettlementQuery }, PageOf<SettlementBatch>>;
  /** BATCH_NOT_FOUND */
  'settlement.batch': Command<{ number: number }, SettlementBatch>;
  /** Leaves of a tree: whoever has them can prove what is in it, and what is wrong. BATCH_NOT_FOUND, INVALID_CURSOR */
  'settlement.leaves': Command<{ number: number; query: SettlementLeavesQuery }, PageOf<SettlementLeaf>>;
  /** An account's totals, with the proofs that a claim and a withdrawal need. */
  'settlement.account': Command<{ accountId: string }, SettlementAccount>;
  /** A task's receipt as it was settled, and its place; null when no batch has it yet. */
  'settlement.receipt': Command<{ taskId: string }, { settled: { receipt: WorkReceiptJson; batch: ReceiptBatch } | null }>;
  /** Which of the tasks are in a batch that stands (`batched`), or in a final one (`settled`); others are left out. At most 1,000. */
  'settlement.ofTasks': Command<{ taskIds: string[] }, { states: Record<string, 'batched' | 'settled'> }>;
  /** Links a NEAR account to the user, who proves to hold a full-access key of it. ACCOUNT_LINK_INVALID, ACCOUNT_LINKED_ELSEWHERE */
  'settlement.linkAccount': Command<As<{ link: AccountLinkRequest }>, AccountLink>;
  'settlement.linkedAccount': Command<As, { accountId: string | null }>;

  /** What was seen to happen to an account, newest first. INVALID_CURSOR */
  'settlement.history': Command<{ accountId: string; query: PageQueryOf }, PageOf<AccountEvent>>;
  /**
   * Claims rewards on chain for the caller's account, which is paid; the answer is the claim as it was noted. Repeated by key, and while one of
   * the account is open; CLAIM_OPEN when another user asked for that. NO_NEAR_ACCOUNT, FORBIDDEN, NOTHING_TO_CLAIM, RATE_LIMITED
   */
  'settlement.claim': Command<As<{ request: ClaimRequest; idempotencyKey?: string }>, Claim>;
  /** CLAIM_NOT_FOUND */
  'settlement.getClaim': Command<As<{ id: string }>, Claim>;
  'settlement.listClaims': Command<As<{ query: ClaimQuery }>, PageOf<Claim>>;

  'monitoring.stats': Command<Nothing, NetworkStats>;
  'monitoring.history': Command<{ minutes: number }, { samples: NetworkStats[] }>;
  'monitoring.health': Command<Nothing, NetworkHealth>;
  /** Answered by every service for itself, by its name as the instance (`to`). */
  'service.health': Command<{ service: ServiceName }, ServiceHealth>;
}

export type CommandName = keyof Commands;
export type CommandInput<C extends CommandName> = Commands[C]['input'];
export type CommandOutput<C extends CommandName> = Commands[C]['output'];

/** A result as the node manager passes it on: with what proves that the node signed it. */
export interface SignedResult extends WireResult {
  /** base64 ed25519 signature over the frame's Merkle root. */
  signature: string;
  /** Path from this result's leaf to that root: `L` or `R` for the sibling's side, then its hash in hex. */
  proof: string[];
}

/** Tasks that one commit completed. */
export interface CompletionCommit {
  /** Its place in the order, as decimal text of up to 20 digits. */
  id: string;
  at: string;
  taskIds: string[];
}

/** A work receipt with the users behind it, who may have linked NEAR accounts. Without those it names the sponsor and the node's own account. */
export interface OwnedReceipt {
  receipt: WorkReceiptJson;
  requesterId: string;
  operatorId: string;
}

/** What an account has in the contract for its user to spend: deposited, less what was asked back. */
export interface DepositState {
  userId: string;
  accountId: string;
  /** Cumulative: sending it again changes nothing. */
  netYocto: string;
}

/** Stake behind a node's key, by an account that its operator controls. */
export interface StakeState {
  publicKey: string;
  accountId: string;
  /** The user who linked the account; null for the key's own account, which counts for whoever has the key. */
  operatorId: string | null;
  stakeYocto: string;
  /** Of the contract: of two states of one node, the one with the higher number is newer. */
  seq: number;
}

export interface NodeAssignment {
  nodeId: string;
  sessionId: string;
  tasks: WireTask[];
}

export interface CapableNodes {
  registered: number;
  online: number;
  /** Nodes with the kind, whatever the model, memory or region. */
  withKind: number;
  /** Of those with the kind, nodes that also have the model. */
  withModel: number;
}

/** What the scheduler knows of one node's work. */
export interface NodeLoad {
  known: boolean;
  credits: number;
  running: number;
  waitingTasks: number;
  matchingTasks: number;
}
