import type { TaskOutput } from '@deai/protocol';
import { cosine, decodeVector } from '@deai/sdk';
import type { Task } from '../../api/types.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { fromBase64 } from '../base64.ts';

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });
/** Vectors whose likeness to each other is shown; a larger table says little. */
const MOST_VECTORS = 12;

function languageName(code: string): string {
  try {
    return languages.of(code) ?? code;
  } catch {
    return code;
  }
}

function Languages({ output }: { output: TaskOutput<'language-id'> }) {
  return (
    <ol className="stack">
      {output.results.map((guesses, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: texts are known by their place
        <li key={i} className="row-between">
          <span className="muted">Text {i + 1}</span>
          <span>
            {guesses
              .map(({ language, confidence }) => `${languageName(language)} ${Math.min(100, confidence * 100).toFixed(0)} %`)
              .join(' · ')}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Embeddings({ output }: { output: TaskOutput<'embeddings'> }) {
  const vectors = output.vectors.slice(0, MOST_VECTORS).map((vector) => (typeof vector === 'string' ? decodeVector(vector) : vector));
  return (
    <>
      <p>
        {output.vectors.length} {output.vectors.length === 1 ? 'vector' : 'vectors'} of {output.dimensions} dimensions.
        {vectors.length > 1 && ' How alike the texts are, 1 being the same direction:'}
      </p>
      {vectors.length > 1 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="table-wrap" aria-label="Likeness of the texts" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Text</th>
                {vectors.map((_, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: texts are known by their place
                  <th scope="col" key={i} className="right">
                    {i + 1}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {vectors.map((own, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: texts are known by their place
                <tr key={i}>
                  <th scope="row">{i + 1}</th>
                  {vectors.map((other, j) => {
                    const alike = cosine(own, other);
                    const share = `${Math.max(0, Math.round(alike * 45))}%`;
                    return (
                      // biome-ignore lint/suspicious/noArrayIndexKey: texts are known by their place
                      <td key={j} className="right" style={{ background: `color-mix(in oklab, var(--accent-soft) ${share}, transparent)` }}>
                        {alike.toFixed(2)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

function Wasm({ output }: { output: TaskOutput<'wasm'> }) {
  const [stdout, stderr] = [fromBase64(output.stdout), fromBase64(output.stderr)];
  return (
    <>
      <p>
        Exit code <strong className={output.exitCode === 0 && !output.trap ? 'good' : 'bad'}>{output.exitCode}</strong>
        {output.trap && `, trap: ${output.trap}`}
      </p>
      <CodeBlock label="Standard output" text={stdout || '(no output)'} />
      {stderr && <CodeBlock label="Standard error" text={stderr} />}
    </>
  );
}

function Chat({ output }: { output: TaskOutput<'chat'> }) {
  const { content, finishReason, promptTokens, completionTokens } = output;
  return (
    <>
      <CodeBlock label="Answer" text={content || '(no answer)'} wrap />
      <p className="muted">
        {promptTokens} tokens read, {completionTokens} written
        {finishReason === 'length' && '; cut off at the most it may write'}
        {finishReason === 'content_filter' && '; held back by the filter of the model'}
      </p>
    </>
  );
}

function Known({ task }: { task: Task }) {
  const { output } = task;
  switch (task.kind) {
    case 'language-id':
      return <Languages output={output as TaskOutput<'language-id'>} />;
    case 'embeddings':
      return <Embeddings output={output as TaskOutput<'embeddings'>} />;
    case 'wasm':
      return <Wasm output={output as TaskOutput<'wasm'>} />;
    case 'ocr': {
      const { text, confidence } = output as TaskOutput<'ocr'>;
      return (
        <>
          <p className="muted">{confidence.toFixed(0)} % sure</p>
          <CodeBlock label="Text of the image" text={text.trim() || '(no text found)'} wrap />
        </>
      );
    }
    case 'chat':
      return <Chat output={output as TaskOutput<'chat'>} />;
    default:
      return <CodeBlock label="Output" text={JSON.stringify(output, null, 2)} wrap />;
  }
}

/** A task's output, in the form that suits its kind. */
export function ResultView({ task }: { task: Task }) {
  if (task.output === undefined || task.output === null) return <p className="muted">The output is kept no longer; its hash stays.</p>;
  return <Known task={task} />;
}
