import type { TaskKind } from '@deai/protocol';
import * as Tabs from '@radix-ui/react-tabs';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { networkKinds } from '../api/queries.ts';
import { client } from '../api/session.ts';
import type { TaskRequest } from '../api/types.ts';
import { Card, PageHead } from '../ui/card.tsx';
import { CodeBlock } from '../ui/copy.tsx';
import { FormError } from '../ui/states.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { TASK_KINDS } from './kinds.ts';
import { type Draft, draftOf, keepDraft, modelOf, requestOf } from './playground/drafts.ts';
import { KindForm } from './playground/kind-form.tsx';
import { Outcome, QuoteView } from './playground/outcome.tsx';
import { samplesOf } from './playground/samples.ts';

const NAMES: Record<TaskKind, string> = {
  embeddings: 'Embeddings',
  ocr: 'Image to text',
  'language-id': 'Language',
  wasm: 'WASM',
  chat: 'Chat',
};
/** The price is asked for when nobody has typed for so long. */
const QUIET_MS = 350;

function useDraft(kind: TaskKind): [Draft, (change: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(() => draftOf(kind));
  return [
    draft,
    (change) =>
      setDraft((old) => {
        const next = { ...old, ...change };
        keepDraft(kind, next);
        return next;
      }),
  ];
}

/** The price of what the form holds, asked for as it changes. */
function useQuote(request: TaskRequest | undefined) {
  const text = useSettled(request && JSON.stringify(request), QUIET_MS);
  const quote = useQuery({
    queryKey: ['quote', text],
    queryFn: ({ signal }) => client.tasks.quote(JSON.parse(text ?? '') as TaskRequest, { signal }),
    enabled: text !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: 10_000,
  });
  return text === undefined ? { data: undefined, error: null } : quote;
}

function Samples({ request }: { request: TaskRequest }) {
  const samples = samplesOf(location.origin, request);
  return (
    <Card title="The same by the API">
      <Tabs.Root defaultValue="curl" className="stack">
        <Tabs.List className="tabs" aria-label="Language" style={{ justifySelf: 'start', maxWidth: '100%' }}>
          {samples.map(({ id, name }) => (
            <Tabs.Trigger key={id} value={id} className="tab">
              {name}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {samples.map(({ id, name, code }) => (
          <Tabs.Content key={id} value={id}>
            <CodeBlock label={`The task in ${name}`} text={code} />
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Card>
  );
}

function Kind({ kind, onSubmitted }: { kind: TaskKind; onSubmitted: (id: string) => void }) {
  const [kept, change] = useDraft(kind);
  const kinds = useQuery(networkKinds);
  const queries = useQueryClient();
  const info = kinds.data?.find((known) => known.kind === kind);
  const draft = { ...kept, model: modelOf(kept, info) };
  const request = requestOf(kind, draft);
  const quote = useQuote(request);
  const submit = useMutation({
    mutationFn: (task: TaskRequest) => client.tasks.submit(task),
    onSuccess({ id }) {
      onSubmitted(id);
      return queries.invalidateQueries({ queryKey: ['user', 'billing'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (request) submit.mutate(request);
  };
  return (
    <div className="stack" style={{ gap: 20 }}>
      <Card title={NAMES[kind]}>
        <form className="stack" onSubmit={send}>
          <KindForm kind={kind} info={info} draft={draft} onChange={change} />
          <QuoteView quote={quote} />
          <FormError error={submit.error} />
          <button type="submit" className="btn btn-primary" disabled={!request || submit.isPending} style={{ justifySelf: 'start' }}>
            {submit.isPending ? 'Submitting…' : 'Run it'}
          </button>
        </form>
      </Card>
      {request && <Samples request={request} />}
    </div>
  );
}

/** Tries the network out: every kind of task, its price before and its result after. */
export default function PlaygroundPage() {
  const { kind = 'embeddings' } = useSearch({ from: '/playground' });
  const navigate = useNavigate();
  const [taskId, setTaskId] = useState<string>();
  const outcome = useRef<HTMLDivElement>(null);
  // On a phone it stands below all that is in the form's column.
  useEffect(() => {
    const shown = outcome.current;
    if (taskId && shown && shown.getBoundingClientRect().top > innerHeight / 2) shown.scrollIntoView({ block: 'start' });
  }, [taskId]);
  return (
    <div className="page">
      <title>Playground · DeAI</title>
      <PageHead title="Playground">See what a task costs before you send it, and who did it, how fast and for how much after.</PageHead>
      <Tabs.Root
        value={kind}
        onValueChange={(value) => void navigate({ to: '/playground', search: { kind: value as TaskKind }, replace: true })}
        className="stack"
        style={{ gap: 20 }}
      >
        <Tabs.List className="tabs" aria-label="Kind of task" style={{ justifySelf: 'start', maxWidth: '100%' }}>
          {TASK_KINDS.map((kind) => (
            <Tabs.Trigger key={kind} value={kind} className="tab">
              {NAMES[kind]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <div className="grid-2">
          <div style={{ minWidth: 0 }}>
            {TASK_KINDS.map((kind) => (
              <Tabs.Content key={kind} value={kind} tabIndex={-1}>
                <Kind kind={kind} onSubmitted={setTaskId} />
              </Tabs.Content>
            ))}
          </div>
          <div ref={outcome} className={taskId ? 'stack outcome' : 'stack'} style={{ gap: 20 }}>
            <Outcome taskId={taskId} />
          </div>
        </div>
      </Tabs.Root>
    </div>
  );
}
