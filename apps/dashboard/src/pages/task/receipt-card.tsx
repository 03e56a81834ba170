import type { ReceiptDocument } from '@deai/protocol';
import { postedRoot, receiptPath, type VerifyOptions, verifyReceipt } from '@deai/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { networkKeys, settlementStatus, taskInput, taskReceipt } from '../../api/queries.ts';
import type { SettlementStatus, Task } from '../../api/types.ts';
import { Card } from '../../ui/card.tsx';
import { Answer } from '../../ui/states.tsx';
import { download } from './download.ts';
import { MerklePath } from './merkle-path.tsx';

type Verdict = Awaited<ReturnType<typeof verifyReceipt>>;

const TEXT: Record<Verdict['checks'][number]['check'], string> = {
  form: 'It has the form of a work receipt',
  output: 'The output shown here is the one it was signed for',
  input: 'The input is the one it was signed for',
  node_signature: 'The node signed the result',
  gateway_signature: 'The network signed the receipt',
  gateway_key: 'by a key that this network publishes',
  inclusion: 'It is in its settlement batch: the path leads to the root',
  root_on_chain: 'The contract on chain holds that root',
};

/** Of what a receipt cannot show before it is settled: in the words of who waits for it. */
const NOT_YET: Partial<Record<Verdict['checks'][number]['check'], string>> = {
  inclusion: 'not settled yet: checked when it is',
  root_on_chain: 'not settled yet',
};

function Checks({ verdict, waits }: { verdict: Verdict; waits: boolean }) {
  const told = verdict.checks.map((one) => ({ ...one, reason: (waits && NOT_YET[one.check]) || one.reason }));
  return (
    <ul className="checks">
      {told.map(({ check, ok, reason }) => (
        <li key={check}>
          {ok === true && <CircleCheck size={17} className="good" role="img" aria-label="holds" />}
          {ok === false && <CircleX size={17} className="bad" role="img" aria-label="does not hold" />}
          {ok === null && <CircleDashed size={17} className="muted" role="img" aria-label="not checked" />}
          <span>
            {TEXT[check]}
            {reason && <span className="muted small"> · {reason}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What the chain holds of the receipt's batch, asked of the chain itself; null when it cannot be asked, or holds the batch no more. */
async function rootOnChain({ batch }: ReceiptDocument, status: SettlementStatus | null | undefined): Promise<VerifyOptions['root'] | null> {
  if (!batch || !status?.rpcUrl) return null;
  const { rpcUrl, contractId } = status;
  return (await postedRoot({ rpcUrl, contractId, batchId: batch.id }).catch(() => null)) ?? null;
}

function Verified({ document, task }: { document: ReceiptDocument; task: Task }) {
  const keys = useQuery(networkKeys);
  const chain = useQuery({ ...settlementStatus, refetchInterval: false, staleTime: 60_000 });
  const { data: input, isPending } = useQuery(taskInput(task.id));
  const told = [document.batch?.id ?? null, keys.data?.keys.length ?? 0, chain.data?.contractId ?? null, input !== undefined];
  const verdict = useQuery({
    queryKey: ['receipt', 'verdict', task.id, ...told],
    // An input that cannot be had is one line of the verdict; one that is on its way is waited for.
    enabled: !isPending,
    // In this browser; nobody is asked but the chain.
    queryFn: async () => {
      const root = await rootOnChain(document, chain.data);
      const known = { ...(input === undefined ? {} : { input }), ...(keys.data ? { network: keys.data } : {}), ...(root ? { root } : {}) };
      const verdict = await verifyReceipt(document, { output: task.output ?? undefined, ...known });
      return { ...verdict, root, path: await receiptPath(document) };
    },
    // What the chain could not tell is asked for again.
    staleTime: ({ state }) => (state.data?.root ? Number.POSITIVE_INFINITY : 10_000),
  });
  return (
    <Answer query={verdict} lines={6}>
      {({ path, ...told }) => (
        <>
          <p className={told.valid ? 'good' : 'bad'} role="status">
            <strong>{told.valid ? 'The receipt is valid.' : 'The receipt is NOT valid.'}</strong>{' '}
            <span className="muted">Verified in this browser.</span>
          </p>
          <Checks verdict={told} waits={!document.batch && Boolean(chain.data)} />
          {path && document.batch && (
            <>
              <h3>
                Its path in{' '}
                <Link to="/settlement/$number" params={{ number: String(document.batch.id) }}>
                  batch #{document.batch.id}
                </Link>
              </h3>
              <MerklePath leaf={path.leaf} steps={path.steps} />
            </>
          )}
        </>
      )}
    </Answer>
  );
}

/** The signed record of the task, checked here. */
export function ReceiptCard({ task }: { task: Task }) {
  const receipt = useQuery(taskReceipt(task.id));
  return (
    <Card
      title="Work receipt"
      aside={
        receipt.data && (
          <button type="button" className="btn btn-sm" onClick={() => download(`receipt-${task.id}.json`, receipt.data)}>
            Download
          </button>
        )
      }
    >
      <Answer query={receipt}>{(document) => <Verified document={document} task={task} />}</Answer>
    </Card>
  );
}
