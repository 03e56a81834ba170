import type { ReceiptStep } from '@deai/sdk';
import type { SumNode } from '../../api/types.ts';
import { shortHash, tokens } from '../../ui/format.ts';
import { TOKEN } from '../../ui/token.ts';

const [BOX_W, BOX_H, GAP_X, GAP_Y] = [218, 46, 34, 42];
const WIDTH = BOX_W * 2 + GAP_X + 8;

/** Hash and sums of a node of the tree; a batch's receipts sum up rewards and fees. */
function Node({ node, x, y, own, name }: { node: SumNode; x: number; y: number; own: boolean; name: string }) {
  return (
    <g className={own ? 'own' : ''} transform={`translate(${x} ${y})`}>
      <rect width={BOX_W} height={BOX_H} rx={9} />
      <text x={12} y={19}>
        {shortHash(node.hash)}
      </text>
      <text x={BOX_W - 12} y={19} textAnchor="end" className="sub">
        {name}
      </text>
      <text x={12} y={36} className="sub">
        {tokens(node.sums[0] ?? '0')} + {tokens(node.sums[1] ?? '0')} {TOKEN}
      </text>
    </g>
  );
}

/** The way from a receipt's leaf up to the root of its batch: at each level it is hashed with its sibling. */
export function MerklePath({ leaf, steps }: { leaf: SumNode; steps: readonly ReceiptStep[] }) {
  const height = (steps.length + 1) * BOX_H + steps.length * GAP_Y + 8;
  const yOf = (level: number) => height - 4 - BOX_H - level * (BOX_H + GAP_Y);
  const xOf = (side: 'left' | 'right') => (side === 'left' ? 4 : 4 + BOX_W + GAP_X);
  const sideOf = (level: number) => (steps[level] ? (steps[level].side === 'left' ? 'right' : 'left') : undefined);
  const ownX = (level: number) => {
    const side = sideOf(level);
    return side ? xOf(side) : (WIDTH - BOX_W) / 2;
  };
  const nodes = [leaf, ...steps.map(({ parent }) => parent)];
  const line = (fromX: number, fromLevel: number) => {
    const [x1, y1] = [fromX + BOX_W / 2, yOf(fromLevel)];
    const [x2, y2] = [ownX(fromLevel + 1) + BOX_W / 2, yOf(fromLevel + 1) + BOX_H];
    return `M${x1} ${y1} C${x1} ${y1 - GAP_Y / 2} ${x2} ${y2 + GAP_Y / 2} ${x2} ${y2}`;
  };
  const label =
    steps.length === 0
      ? 'The receipt is the only one of its batch: its leaf is the root.'
      : `Merkle path of ${steps.length} steps from the receipt ${shortHash(leaf.hash)} to the root ${shortHash(nodes.at(-1)?.hash ?? '')}.`;
  return (
    <figure className="stack">
      <svg className="merkle" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label}>
        {steps.map(({ side, sibling }, level) => (
          <g key={sibling.hash}>
            <path d={line(xOf(side), level)} />
            <path className="own" d={line(ownX(level), level)} />
            <Node node={sibling} x={xOf(side)} y={yOf(level)} own={false} name="sibling" />
          </g>
        ))}
        {nodes.map((node, level) => (
          <Node
            key={node.hash}
            node={node}
            x={ownX(level)}
            y={yOf(level)}
            own
            name={level === nodes.length - 1 ? 'root' : level === 0 ? 'this receipt' : `level ${level}`}
          />
        ))}
      </svg>
      <figcaption className="hint">Each box: the start and end of its hash, and the rewards and fees of all receipts below it.</figcaption>
    </figure>
  );
}
