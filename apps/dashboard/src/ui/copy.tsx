import { Check, Copy } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { notify } from './toast.tsx';

const SHOWN_MS = 1_600;

/** Copies text; where the browser does not let it, marks it in `block` for the user to copy. */
function CopyButton({ text, block }: { text: string; block: RefObject<HTMLElement | null> }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy(): Promise<void> {
    const done = await writeClipboard(text);
    setCopied(done);
    if (done || !block.current) return;
    getSelection()?.selectAllChildren(block.current);
    notify('Pages that did not come by HTTPS may not copy. The text is selected: press Ctrl+C.');
  }
  const Icon = copied ? Check : Copy;
  return (
    <button type="button" className="btn btn-sm" onClick={() => void copy()}>
      <Icon size={14} aria-hidden />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
    </button>
  );
}

/** Browsers offer the clipboard to pages of secure hosts alone. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Code or output, with a button that copies it. */
export function CodeBlock({ text, label, wrap = false }: { text: string; label: string; wrap?: boolean }) {
  const block = useRef<HTMLElement>(null);
  return (
    <div className="with-copy">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={block} className={`code ${wrap ? 'wrap' : ''}`} aria-label={label} tabIndex={0}>
        <code>{text}</code>
      </section>
      <CopyButton text={text} block={block} />
    </div>
  );
}
