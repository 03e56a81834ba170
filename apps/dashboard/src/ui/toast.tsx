import * as Toast from '@radix-ui/react-toast';
import { useSyncExternalStore } from 'react';

interface Message {
  id: number;
  title: string;
  bad: boolean;
}

let messages: readonly Message[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

/** Tells what was done, or what did not work, wherever the user is. */
export function notify(title: string, bad = false): void {
  change([...messages, { id: ++last, title, bad }]);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Where notices appear. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => messages);
  return (
    <Toast.Provider duration={5_000}>
      {shown.map(({ id, title, bad }) => (
        <Toast.Root key={id} className="toast" onOpenChange={(open) => !open && change(messages.filter((message) => message.id !== id))}>
          <Toast.Title className={bad ? 'bad' : ''}>{title}</Toast.Title>
        </Toast.Root>
      ))}
      <Toast.Viewport className="toasts" />
    </Toast.Provider>
  );
}
