import Type, { type Static } from 'typebox';
import type { BlockRecord, Chain } from '../../chain.types.ts';
import { ViewError } from '../../errors.types.ts';
import { headOf } from '../block-reference.ts';
import { AccountId, Base64, BlockReferenceFields, decodeBase64, defineMethod, fullKey, PublicKey } from '../params.ts';
import type { RpcContext, RpcMethod } from '../rpc.types.ts';
import { expectViewError, viewErrorResult, viewHandlerError } from '../view-error.ts';

const Account = Type.Object({ ...BlockReferenceFields, account_id: AccountId });
const Key = Type.Object({ ...BlockReferenceFields, account_id: AccountId, public_key: PublicKey });
const State = Type.Object({
  ...BlockReferenceFields,
  account_id: AccountId,
  prefix_base64: Base64,
  include_proof: Type.Optional(Type.Boolean()),
});
const Call = Type.Object({
  ...BlockReferenceFields,
  account_id: AccountId,
  method_name: Type.String({ maxLength: 256 }),
  args_base64: Base64,
});
const of = <Kind extends string>(kind: Kind) => Type.Object({ request_type: Type.Literal(kind) });

const viewAccount = (chain: Chain, { account_id: id }: Static<typeof Account>) => chain.viewAccount(id);
const viewCode = (chain: Chain, { account_id: id }: Static<typeof Account>) => {
  const { code, hash } = chain.viewCode(id);
  return { code_base64: base64(code), hash };
};
const viewKey = (chain: Chain, params: Static<typeof Key>) => chain.viewAccessKey(params.account_id, fullKey(params.public_key));
const viewKeys = (chain: Chain, { account_id: id }: Static<typeof Account>) => ({ keys: chain.viewAccessKeyList(id) });
const viewState = (chain: Chain, params: Static<typeof State>) => {
  const entries = chain.viewState(params.account_id, decodeBase64(params.prefix_base64, 'prefix_base64'));
  return { values: entries.map(({ key, value }) => ({ key: base64(key), value: base64(value) })), proof: [] };
};
const callFunction = (chain: Chain, params: Static<typeof Call>) => {
  const { result, logs } = chain.callView(params.account_id, params.method_name, decodeBase64(params.args_base64, 'args_base64'));
  return { result: Array.from(result), logs };
};

const Query = Type.Union([
  Type.Intersect([of('view_account'), Account]),
  Type.Intersect([of('view_code'), Account]),
  Type.Intersect([of('view_access_key'), Key]),
  Type.Intersect([of('view_access_key_list'), Account]),
  Type.Intersect([of('view_state'), State]),
  Type.Intersect([of('call_function'), Call]),
]);

function view(chain: Chain, params: Static<typeof Query>): object {
  switch (params.request_type) {
    case 'view_account':
      return viewAccount(chain, params);
    case 'view_code':
      return viewCode(chain, params);
    case 'view_access_key':
      return viewKey(chain, params);
    case 'view_access_key_list':
      return viewKeys(chain, params);
    case 'view_state':
      return viewState(chain, params);
    case 'call_function':
      return callFunction(chain, params);
  }
}

/** NEAR calls a contract that is not there a failed execution. */
function asExecution(error: ViewError): ViewError {
  if (error.code !== 'NO_CONTRACT_CODE') return error;
  const text = `FunctionCallError(CompilationError(CodeDoesNotExist { account_id: "${error.detail}" }))`;
  return new ViewError('CONTRACT_EXECUTION_ERROR', text);
}

const at = ({ height, hash }: BlockRecord) => ({ block_height: height, block_hash: hash });

function query(context: RpcContext, params: Static<typeof Query>): object {
  const block = headOf(context, params);
  try {
    return { ...view(context.chain, params), ...at(block) };
  } catch (caught) {
    const error = expectViewError(caught);
    const shown = params.request_type === 'call_function' ? asExecution(error) : error;
    const result = viewErrorResult(shown, block);
    if (result) return result;
    throw viewHandlerError(shown, block);
  }
}

/** A view as a method of its own, with handler errors alone. */
function single<Params extends Static<typeof Account>>(run: (chain: Chain, params: Params) => object) {
  return (context: RpcContext, params: Params): object => {
    const block = headOf(context, params);
    try {
      return { ...run(context.chain, params), ...at(block) };
    } catch (caught) {
      throw viewHandlerError(expectViewError(caught), block);
    }
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Views of state: `query` and its newer single methods. */
export const queryMethods: Record<string, RpcMethod> = {
  query: defineMethod(Query, query),
  EXPERIMENTAL_view_account: defineMethod(Account, single(viewAccount)),
  EXPERIMENTAL_view_code: defineMethod(Account, single(viewCode)),
  EXPERIMENTAL_view_access_key: defineMethod(Key, single(viewKey)),
  EXPERIMENTAL_view_access_key_list: defineMethod(Account, single(viewKeys)),
  EXPERIMENTAL_view_state: defineMethod(State, single(viewState)),
  EXPERIMENTAL_call_function: defineMethod(Call, single(callFunction)),
};
