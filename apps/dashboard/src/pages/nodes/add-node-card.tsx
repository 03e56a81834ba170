import type { TaskKind } from '@deai/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiKeys } from '../../api/queries.ts';
import { client } from '../../api/session.ts';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormError } from '../../ui/states.tsx';
import { nodeCommand } from './node-command.ts';

/** What every node can do, and what it does with a server of models beside it. */
const KINDS: readonly TaskKind[] = ['embeddings', 'ocr', 'language-id', 'wasm'];
const ALL_KINDS: readonly TaskKind[] = [...KINDS, 'chat'];

/** Builds the command that starts a node on another machine. */
export function AddNodeCard() {
  const [name, setName] = useState('office');
  const [region, setRegion] = useState('eu-west');
  const [kinds, setKinds] = useState<readonly TaskKind[]>(KINDS);
  const [chat, setChat] = useState({ upstream: 'http://127.0.0.1:11434/v1', models: 'llama3.2' });
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => client.user.apiKeys.create({ name: `node ${name}`.slice(0, 100), scopes: ['nodes:read', 'nodes:write'] }),
    onSuccess: () => queries.invalidateQueries({ queryKey: apiKeys.queryKey }),
  });
  const toggle = (kind: TaskKind) => setKinds((old) => (old.includes(kind) ? old.filter((other) => other !== kind) : [...old, kind]));
  return (
    <Card title="Add a node">
      <p className="muted">On the machine that should work, in a checkout of this project (Node ≥ 20):</p>
      <div className="grid-2">
        <TextField label="Its name" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        <TextField label="Where it stands" value={region} maxLength={64} onChange={(event) => setRegion(event.target.value)} />
      </div>
      <fieldset className="row" style={{ border: 0, padding: 0, margin: 0, gap: 16 }}>
        <legend className="label" style={{ paddingBottom: 6 }}>
          What it does
        </legend>
        {ALL_KINDS.map((kind) => (
          <label className="check" key={kind}>
            <input type="checkbox" checked={kinds.includes(kind)} onChange={() => toggle(kind)} />
            <span>{kind}</span>
          </label>
        ))}
      </fieldset>
      {kinds.includes('chat') && (
        <div className="grid-2">
          <TextField
            label="Server that chats"
            hint="Any with OpenAI's API: Ollama, vLLM, llama.cpp…"
            value={chat.upstream}
            onChange={(event) => setChat({ ...chat, upstream: event.target.value })}
          />
          <TextField
            label="Its models"
            hint="With commas between."
            value={chat.models}
            onChange={(event) => setChat({ ...chat, models: event.target.value })}
          />
        </div>
      )}
      <CodeBlock
        label="Command that starts the node"
        text={nodeCommand({ origin: location.origin, key: create.data?.key, name, region, kinds, chat })}
        wrap
      />
      <FormError error={create.error} />
      {create.data ? (
        <p className="hint">The command holds a new key that may do nothing but run nodes. It is not shown again.</p>
      ) : (
        <button type="button" className="btn" style={{ justifySelf: 'start' }} disabled={create.isPending} onClick={() => create.mutate()}>
          {create.isPending ? 'Making a key…' : 'Put a new key into the command'}
        </button>
      )}
    </Card>
  );
}
