import { type ComponentProps, type ReactNode, useId } from 'react';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** Gets the id of the control and of what describes it. */
  children: (ids: { id: string; 'aria-describedby'?: string }) => ReactNode;
}

/** A control with its label and a hint that screen readers read with it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children(hint ? { id, 'aria-describedby': `${id}-hint` } : { id })}
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

type TextFieldProps = Omit<ComponentProps<'input'>, 'id' | 'className'> & { label: string; hint?: ReactNode };

export function TextField({ label, hint, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => <input className="input" {...ids} {...input} />}
    </Field>
  );
}

type SelectFieldProps = Omit<ComponentProps<'select'>, 'id' | 'className'> & { label: string; hint?: ReactNode };

/** The system's own select: the one that phones and screen readers know best. */
export function SelectField({ label, hint, children, ...select }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <select className="input" {...ids} {...select}>
          {children}
        </select>
      )}
    </Field>
  );
}
