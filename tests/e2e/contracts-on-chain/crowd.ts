import type { Chain, GenesisAccount } from '@deai/local-chain';
import {
  COMPUTE,
  CONFIG,
  call,
  DEAI,
  encodeMany,
  keyOf,
  type ManyCall,
  NEAR,
  ROLES,
  sendMany,
  TGAS,
  TOKEN,
} from '@deai/local-chain/testing';

/** Somebody with the longest account id there is, that of an implicit account. */
export interface Person {
  readonly accountId: string;
  readonly keyName: string;
}

/** How full the contracts are while they are measured. */
export const CROWD = { operators: 10, requesters: 10, nodes: 1_000, tasks: 10_000 } as const;

export const operators = people('operator', CROWD.operators);
export const requesters = people('requester', CROWD.requesters);
export const [newcomer] = people('newcomer', 1) as [Person];

function people(role: string, count: number): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const keyName = `${role} ${index}`;
    return { accountId: Buffer.from(keyOf(keyName).publicKey, 'latin1').subarray(1).toString('hex'), keyName };
  });
}

/** Everybody's account, rich. */
export function crowdAccounts(): GenesisAccount[] {
  return [...operators, ...requesters, newcomer].map(({ accountId, keyName }) => ({
    accountId,
    balanceYocto: 10_000n * NEAR,
    publicKeys: [keyOf(keyName).text],
  }));
}

/** Public key of a node by its number, or by a name. */
export const nodeKeyOf = (name: number | string) => keyOf(`node ${name}`).text;

/** A call of a person at the token or the compute contract. */
export function by(person: Person, receiverId: string, method: string, args: object, tgas = 100, deposit = 0n): ManyCall {
  return { signerId: person.accountId, keyName: person.keyName, receiverId, actions: [call(method, args, tgas * TGAS, deposit)] };
}

/** `ft_transfer_call` to the compute contract. */
export function sendTokens(person: Person, amount: bigint, msg: object, tgas = 100): ManyCall {
  const args = { receiver_id: COMPUTE, amount: amount.toString(), msg: JSON.stringify(msg) };
  return by(person, TOKEN, 'ft_transfer_call', args, tgas, 1n);
}

const role = (accountId: string): Person => ({ accountId, keyName: accountId });
export const settler = role(ROLES.settler);
const owner = role(ROLES.owner);

/** An order of a direct task. */
export function order(text: { kind: string; model: string; input_uri: string }) {
  return { ...text, input_hash: 'ab'.repeat(32), reward: DEAI.toString(), deadline_ms: 1_800_000_000_000, operator: null };
}

const ORDER = order({ kind: 'embeddings', model: 'use-lite', input_uri: `https://inputs.deai.near/${'a'.repeat(40)}` });

/** Registers everybody and fills the contracts with nodes and direct tasks, all of it by calls. */
export async function fill(chain: Chain): Promise<void> {
  const everybody = [...operators, ...requesters, settler];
  const run = (calls: ManyCall[]) => sendMany(chain, encodeMany(chain, calls));
  await run(everybody.map(({ accountId }) => by(owner, TOKEN, 'storage_deposit', { account_id: accountId }, 30, NEAR / 100n)));
  await run([newcomer].map(({ accountId }) => by(owner, TOKEN, 'storage_deposit', { account_id: accountId }, 30, NEAR / 100n)));
  const amount = (1_000_000n * DEAI).toString();
  await run([...everybody, newcomer].map(({ accountId }) => by(owner, TOKEN, 'ft_transfer', { receiver_id: accountId, amount }, 30, 1n)));
  await run(everybody.map((person) => by(person, COMPUTE, 'storage_deposit', {}, 30, 100n * NEAR)));
  await run([sendTokens(settler, 1_000n * DEAI, { bond: {} })]);
  await run(requesters.flatMap((person) => ['deposit', 'balance'].map((purpose) => sendTokens(person, 10_000n * DEAI, { [purpose]: {} }))));
  const stake = BigInt(CONFIG.min_stake);
  await run(
    Array.from({ length: CROWD.nodes }, (_, index) => {
      const operator = operators[index % CROWD.operators] as Person;
      return sendTokens(operator, stake, { register_node: { node_key: nodeKeyOf(index) } });
    }),
  );
  await run(
    Array.from({ length: CROWD.tasks }, (_, index) =>
      by(requesters[index % CROWD.requesters] as Person, COMPUTE, 'submit_task', { order: ORDER }, 30),
    ),
  );
}
