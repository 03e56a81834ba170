import type {
  ApiKeyRequest,
  AuditEntry,
  GetBillingData,
  LedgerLine,
  ListNodesData,
  ListTasksData,
  NodeInfo,
  SetNodeModeData,
  SettlementBatch,
  Task,
  UserInfo,
} from './generated/types.gen.ts';

/**
 * The types of the API, from its OpenAPI document. What it does not describe stays `@deai/protocol`'s: frames of the socket, inputs and outputs of
 * each kind, and the receipt document as its verifier takes it. The SDK's answers are checked against these by the compiler, wherever a page hands one on.
 */
export type {
  AccountEvent,
  ApiKey,
  ApiKeyRequest,
  AuditEntry,
  Claim,
  KindInfo,
  LedgerLine,
  LoginRequest,
  NetworkStats,
  NodeCapability,
  NodeInfo,
  NodeStats,
  NodeStatusResponse,
  Profile,
  Quote,
  RegisterRequest,
  ServiceHealth,
  SettlementBatch,
  SettlementStatus,
  SumNode,
  Task,
  TaskEvent,
  TaskRequest,
  UserInfo,
} from './generated/types.gen.ts';

export type TaskState = Task['status'];
export type TaskPriority = Task['priority'];
export type NodeStatus = NodeInfo['status'];
export type NodeMode = SetNodeModeData['body']['mode'];
export type BatchState = SettlementBatch['state'];
export type Role = UserInfo['roles'][number];
export type AuditAction = AuditEntry['action'];
export type Scope = NonNullable<ApiKeyRequest['scopes']>[number];
export type JournalReason = LedgerLine['reason'];
export type TaskQuery = NonNullable<ListTasksData['query']>;
export type NodeQuery = NonNullable<ListNodesData['query']>;
export type BillingQuery = NonNullable<GetBillingData['query']>;

/** A page of a listing. */
export interface PageOf<T> {
  items: T[];
  nextCursor: string | null;
}
