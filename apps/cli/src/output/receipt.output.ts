import type { ReceiptDocument } from '@deai/protocol';
import type { ReceiptVerdict } from '@deai/protocol/receipts';
import { tokens } from './format.ts';
import type { Colors } from './output.ts';
import { renderFacts } from './table.output.ts';

const TITLES: Readonly<Record<ReceiptVerdict['checks'][number]['check'], string>> = {
  form: 'form',
  output: 'output',
  input: 'input',
  node_signature: 'signature of the node',
  gateway_signature: 'signature of the network',
  gateway_key: 'key of the network',
  inclusion: 'place in its batch',
  root_on_chain: 'root on chain',
};

/** The checks one below the other, the verdict, and for a valid receipt what it says. */
export function renderVerdict(colors: Colors, { valid, checks }: ReceiptVerdict, document: ReceiptDocument): string {
  const width = Math.max(...Object.values(TITLES).map((title) => title.length));
  const lines = checks.map(({ check, ok, reason }) => {
    const mark = ok === null ? colors.dim('–') : ok ? colors.green('✓') : colors.red('✗');
    const line = `${mark} ${TITLES[check].padEnd(width)}`;
    return reason === undefined ? line.trimEnd() : `${line}  ${ok === null ? colors.dim(reason) : reason}`;
  });
  if (!valid) return [...lines, '', colors.red('The receipt is not valid.')].join('\n');
  const { receipt } = document;
  const facts = renderFacts(colors, [
    ['task', receipt.taskId],
    ['kind', `${receipt.kind} on ${receipt.model}`],
    ['node', receipt.nodeKey],
    ['ran', `${receipt.runMs} ms from ${new Date(receipt.startedAtMs).toISOString()}`],
    ['units', receipt.units],
    ['paid', `${tokens(receipt.rewardYocto)} to ${receipt.payee}, fee ${tokens(receipt.feeYocto)}, by ${receipt.payer}`],
    ['output', `sha256 ${receipt.outputHash}`],
  ]);
  return [...lines, '', colors.green('The receipt is valid.'), facts].join('\n');
}
