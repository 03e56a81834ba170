import * as Dialog from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';

interface ModalProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** A dialog that asks for something that has to be done cannot be closed. */
  required?: boolean;
  children: ReactNode;
}

/**
 * A dialog over the page. Radix' own overlay writes a style element into the page, which the security policy forbids: a plain one stands
 * behind instead.
 */
export function Modal({ open, onOpenChange, title, description, required = false, children }: ModalProps) {
  const keep = (event: Event) => {
    if (required) event.preventDefault();
  };
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <div className="backdrop" aria-hidden />
        <Dialog.Content
          className="dialog"
          onEscapeKeyDown={keep}
          onInteractOutside={keep}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <div className="row-between">
            <Dialog.Title>{title}</Dialog.Title>
            {!required && (
              <Dialog.Close className="btn btn-quiet btn-icon btn-sm" aria-label="Close">
                <X size={16} aria-hidden />
              </Dialog.Close>
            )}
          </div>
          {description && <Dialog.Description className="muted">{description}</Dialog.Description>}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The navigation of narrow screens. */
export function Drawer({ open, onOpenChange, children }: Pick<ModalProps, 'open' | 'onOpenChange' | 'children'>) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <div className="backdrop" aria-hidden />
        <Dialog.Content className="drawer" aria-describedby={undefined}>
          <Dialog.Title className="sr-only">Menu</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: ReactNode;
  /** What the button does, in its words. */
  action: string;
  busy: boolean;
  onConfirm: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ open, onOpenChange, title, description, action, busy, onConfirm }: ConfirmProps) {
  return (
    <Modal open={open} onOpenChange={onOpenChange} title={title} description={description}>
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <button type="button" className="btn" onClick={() => onOpenChange(false)}>
          Keep it
        </button>
        <button type="button" className="btn btn-danger" disabled={busy} onClick={onConfirm}>
          {action}
        </button>
      </div>
    </Modal>
  );
}
