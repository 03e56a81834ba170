import type { TaskInput } from '@deai/protocol';
import { useId, useMemo, useState } from 'react';
import type { Task, TaskRequest } from '../../api/types.ts';
import { Facts } from '../../ui/facts.tsx';
import { capital, size } from '../../ui/format.ts';
import { sizeOf, textIn } from '../base64.ts';
import { excerptOf, type Part } from './excerpt.ts';

/** Texts one below the other, with a button for the rest where they are long. */
function Parts({ parts, label }: { parts: readonly Part[]; label: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const short = excerptOf(parts, false);
  const shown = open ? excerptOf(parts, true) : short;
  return (
    <>
      <ol className={open ? 'parts open' : 'parts'} id={id} aria-label={label} tabIndex={open ? 0 : undefined}>
        {shown.parts.map(({ name, text }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: texts are known by their place
          <li key={i}>
            <span className="muted small">{name}</span>
            <p className="pre">{text}</p>
          </li>
        ))}
      </ol>
      {open && !shown.whole && <p className="hint">Only the beginning is shown here: download the input to see all of it.</p>}
      {!short.whole && (
        <div>
          <button type="button" className="btn btn-sm" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
            {open ? 'Show less' : parts.length > 1 ? `Show all ${parts.length}` : 'Show all of it'}
          </button>
        </div>
      )}
    </>
  );
}

function Texts({ texts }: { texts: readonly string[] }) {
  return <Parts label="Texts" parts={texts.map((text, i) => ({ name: `Text ${i + 1}`, text }))} />;
}

function Picture({ image }: TaskInput<'ocr'>) {
  const [broken, setBroken] = useState(false);
  return (
    <>
      {broken ? (
        <p className="muted">This browser cannot show the image.</p>
      ) : (
        <div>
          <img className="preview" alt="What the task was to read" src={`data:;base64,${image}`} onError={() => setBroken(true)} />
        </div>
      )}
      <Facts items={[['Size', size(sizeOf(image))]]} />
    </>
  );
}

function Program({ module, stdin, args = [], memoryMiB, maxOutputBytes }: TaskInput<'wasm'>) {
  const text = useMemo(() => stdin && textIn(stdin), [stdin]);
  return (
    <>
      <Facts
        items={[
          ['Program', size(sizeOf(module))],
          [
            'Arguments',
            args.length > 0 && <code>{args.map((arg) => (/^[\w./=:-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ')}</code>,
          ],
          ['Memory', memoryMiB && `${memoryMiB} MiB at most`],
          ['Output', maxOutputBytes !== undefined && `${size(maxOutputBytes)} at most`],
          ['Standard input', stdin && text === undefined && `${size(sizeOf(stdin))}, which are no text`],
        ]}
      />
      {text && <Parts label="Standard input" parts={[{ name: 'Standard input', text }]} />}
    </>
  );
}

function Conversation({ messages, maxTokens, temperature, topP, stop, seed }: TaskInput<'chat'>) {
  return (
    <>
      <Parts label="Messages" parts={messages.map(({ role, content }) => ({ name: capital(role), text: content }))} />
      <Facts
        items={[
          ['Answer', maxTokens && `${maxTokens} tokens at most`],
          ['Temperature', temperature],
          ['Top p', topP],
          ['Ends before', stop?.map((text) => JSON.stringify(text)).join(' ')],
          ['Seed', seed],
        ]}
      />
    </>
  );
}

/** A task's input, in the form that suits its kind. */
export function InputView({ kind, input }: { kind: Task['kind']; input: TaskRequest['input'] }) {
  switch (kind) {
    case 'language-id': {
      const { texts, top } = input as TaskInput<'language-id'>;
      return (
        <>
          <Texts texts={texts} />
          <Facts items={[['Guesses', top && `${top} for each text`]]} />
        </>
      );
    }
    case 'embeddings':
      return <Texts texts={(input as TaskInput<'embeddings'>).texts} />;
    case 'ocr':
      return <Picture {...(input as TaskInput<'ocr'>)} />;
    case 'wasm':
      return <Program {...(input as TaskInput<'wasm'>)} />;
    case 'chat':
      return <Conversation {...(input as TaskInput<'chat'>)} />;
    default:
      return <Parts label="Input" parts={[{ name: 'JSON', text: JSON.stringify(input, null, 2) }]} />;
  }
}
