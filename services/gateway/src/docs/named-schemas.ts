import {
  AccountEvent,
  AccountStake,
  ApiKey,
  ApiKeyCreated,
  ApiKeyRequest,
  AuditChain,
  AuditEntry,
  AuditPage,
  AuditRecord,
  AuditRecordPage,
  Billing,
  Claim,
  ClaimPage,
  ErrorResponse,
  KindInfo,
  LedgerAudit,
  LedgerLine,
  LoginRequest,
  NetworkHealth,
  NetworkStats,
  NodeCapability,
  NodeInfo,
  NodeMetrics,
  NodePage,
  NodeRegistered,
  NodeRegisterRequest,
  NodeStats,
  NodeStatusResponse,
  NodeWhy,
  OpenAiEmbeddingsRequest,
  OpenAiEmbeddingsResponse,
  OpenAiError,
  OpenAiModel,
  OpenAiModelList,
  Profile,
  ProfileUpdate,
  QueueCount,
  Quote,
  ReceiptDocument,
  RegisterRequest,
  ServiceHealth,
  SettlementAccount,
  SettlementBatch,
  SettlementStatus,
  SourcePrice,
  SubmittedTask,
  SumNodeJson,
  Task,
  TaskError,
  TaskEvent,
  TaskPage,
  TaskRequest,
  TaskWhy,
  TokenPrice,
  TokenResponse,
  UsdValue,
  UserInfo,
  UserPage,
} from '@deai/protocol';

/** The schemas that the API document names; whoever generates a client from it gets these types. Small ones first. */
const NAMED = {
  QueueCount,
  AccountStake,
  AccountEvent,
  SumNode: SumNodeJson,
  TaskError,
  UsdValue,
  SourcePrice,
  NodeCapability,
  NodeMetrics,
  ServiceHealth,
  LedgerLine,
  ErrorResponse,
  OpenAiError,
  OpenAiModel,
  OpenAiModelList,
  OpenAiEmbeddingsRequest,
  OpenAiEmbeddingsResponse,
  Profile,
  ProfileUpdate,
  RegisterRequest,
  LoginRequest,
  TokenResponse,
  UserInfo,
  UserPage,
  AuditChain,
  AuditEntry,
  AuditPage,
  AuditRecord,
  AuditRecordPage,
  ApiKey,
  ApiKeyRequest,
  ApiKeyCreated,
  TaskRequest,
  SubmittedTask,
  Quote,
  Task,
  TaskPage,
  TaskEvent,
  TaskWhy,
  NodeInfo,
  NodePage,
  NodeRegisterRequest,
  NodeRegistered,
  NodeStatusResponse,
  NodeStats,
  NodeWhy,
  NetworkStats,
  NetworkHealth,
  TokenPrice,
  KindInfo,
  LedgerAudit,
  Billing,
  Claim,
  ClaimPage,
  SettlementStatus,
  SettlementBatch,
  SettlementAccount,
  ReceiptDocument,
};

type Json = unknown;

/** A schema as it is documented: what it says of properties by pattern it says of all additional ones, as generators of clients know those alone. */
function documented(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(documented);
  const entries = Object.entries(value).map(([key, item]): [string, Json] =>
    key === 'patternProperties' ? ['additionalProperties', documented(Object.values(item)[0])] : [key, documented(item)],
  );
  return Object.fromEntries(entries);
}

/** The same whatever the order of what it says, to compare by. */
function comparable(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(comparable);
  const entries = Object.entries(documented(value) as object).map(([key, item]): [string, Json] => [key, comparable(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A value with every part that equals a named schema replaced by a reference to it. */
function withReferences(value: Json, names: ReadonlyMap<string, string>, itself?: string): Json {
  if (typeof value !== 'object' || value === null) return value;
  const name = names.get(JSON.stringify(comparable(value)));
  if (name !== undefined && name !== itself) return { $ref: `#/components/schemas/${name}` };
  if (Array.isArray(value)) return value.map((item) => withReferences(item, names));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReferences(item, names)]));
}

/** Moves the named schemas of a document into its components. */
export function nameSchemas(document: Record<string, Json>): Record<string, Json> {
  const plain = Object.entries(NAMED).map(([name, schema]) => [name, documented(JSON.parse(JSON.stringify(schema)))] as const);
  const names = new Map(plain.map(([name, schema]) => [JSON.stringify(comparable(schema)), name]));
  const schemas = Object.fromEntries(plain.map(([name, schema]) => [name, withReferences(schema, names, name)]));
  const components = { ...(document.components as object), schemas };
  return { ...document, paths: withReferences(document.paths, names), components };
}
