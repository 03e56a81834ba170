import type { TaskKind } from '@deai/protocol';
import type { KindInfo, TaskPriority } from '../../api/types.ts';
import { Field, SelectField, TextField } from '../../ui/field.tsx';
import type { Draft } from './drafts.ts';
import { sampleImage, sampleProgram, UploadField } from './upload.tsx';

interface KindFormProps {
  kind: TaskKind;
  info: KindInfo | undefined;
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

const TEXT_LABELS: Partial<Record<TaskKind, [label: string, hint: string]>> = {
  embeddings: ['Texts', 'One a line: each becomes a vector.'],
  'language-id': ['Texts', 'One a line: each gets its language.'],
  wasm: ['Standard input', 'What the program reads. The sample takes a number.'],
  chat: ['Message', 'What the model answers to.'],
};

function TextArea({ kind, draft, onChange }: KindFormProps) {
  const [label, hint] = TEXT_LABELS[kind] ?? [];
  if (!label) return null;
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <textarea
          className="input"
          {...ids}
          value={draft.text}
          rows={kind === 'wasm' ? 2 : 5}
          style={kind === 'wasm' ? { minHeight: 60 } : {}}
          onChange={(event) => onChange({ text: event.target.value })}
        />
      )}
    </Field>
  );
}

function Files({ kind, draft, onChange }: KindFormProps) {
  const set = { value: draft.upload, onChange: (upload: Draft['upload']) => onChange({ upload }) };
  if (kind === 'ocr') {
    return (
      <>
        <UploadField label="Image" accept="image/png,image/jpeg,image/bmp,image/webp" sample={sampleImage} {...set} />
        {draft.upload && <img className="preview" alt={`To be read: ${draft.upload.name}`} src={`data:;base64,${draft.upload.base64}`} />}
      </>
    );
  }
  if (kind === 'wasm')
    return <UploadField label="WebAssembly program (WASI)" accept=".wasm,application/wasm" sample={sampleProgram} {...set} />;
  return null;
}

const PRIORITIES: readonly (readonly [TaskPriority, string])[] = [
  ['low', 'Low: cheaper, later'],
  ['normal', 'Normal'],
  ['high', 'High: dearer, sooner'],
];

/** The form of one kind of task. */
export function KindForm(props: KindFormProps) {
  const { kind, info, draft, onChange } = props;
  const models = info?.models ?? [];
  return (
    <>
      <Files {...props} />
      <TextArea {...props} />
      {kind === 'wasm' && (
        <TextField
          label="Arguments (optional)"
          value={draft.args}
          onChange={(event) => onChange({ args: event.target.value })}
          hint="Separated by spaces."
        />
      )}
      <div className="grid-2">
        <SelectField label="Model" value={draft.model} onChange={(event) => onChange({ model: event.target.value })}>
          {info?.defaultModel && <option value="">{info.defaultModel} (default)</option>}
          {!info?.defaultModel && models.length === 0 && <option value="">No node offers one now</option>}
          {models
            .filter(({ model }) => model !== info?.defaultModel)
            .map(({ model, online }) => (
              <option key={model} value={model}>
                {model} ({online} online)
              </option>
            ))}
        </SelectField>
        <SelectField
          label="Priority"
          value={draft.priority}
          onChange={(event) => onChange({ priority: event.target.value as TaskPriority })}
        >
          {PRIORITIES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
    </>
  );
}
