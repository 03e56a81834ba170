import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Menu, WifiOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Drawer } from '../ui/dialog.tsx';
import { Toasts } from '../ui/toast.tsx';
import { AccountMenu, ThemeButton } from './account-menu.tsx';
import icon from './icon.svg';
import { LiveBadge } from './live-badge.tsx';
import { Navigation } from './nav.tsx';
import { useReachable } from './reachable.ts';
import { SessionDialog } from './session-dialog.tsx';

function Brand() {
  return (
    <Link to="/" className="brand">
      <img src={icon} alt="" width={28} height={28} />
      DeAI
    </Link>
  );
}

function SideContent({ onGo }: { onGo?: () => void }) {
  return (
    <div className="side-in">
      <div className="row-between">
        <Brand />
        <ThemeButton />
      </div>
      <Navigation {...(onGo ? { onGo } : {})} />
      <div className="side-foot">
        <LiveBadge />
        <a href="/docs/" className="nav-link small">
          API reference
        </a>
        <AccountMenu />
      </div>
    </div>
  );
}

/** Tells that the browser or the network is away: what is shown is the last that was known. */
function OfflineBanner() {
  const reachable = useReachable(useQueryClient());
  if (reachable === 'yes') return null;
  return (
    <output className="banner">
      <WifiOff size={15} aria-hidden />
      {reachable === 'offline'
        ? 'You are offline. What you see is the last that was known; the page goes on by itself.'
        : 'The network does not answer. What you see is the last that was known; the page tries again by itself.'}
    </output>
  );
}

/** What surrounds every page. */
export function Shell() {
  const [menu, setMenu] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const loading = useRouterState({ select: ({ status }) => status === 'pending' });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Screen readers go on from the new page, not from the link that led there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new address
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <>
      <a href="#main" className="skip">
        Skip to the content
      </a>
      <div className="shell">
        <aside className="side" aria-label="Sidebar">
          <SideContent />
        </aside>
        <div className="main">
          <header className="topbar">
            <Brand />
            <button type="button" className="btn btn-quiet btn-icon" aria-label="Menu" onClick={() => setMenu(true)}>
              <Menu size={19} aria-hidden />
            </button>
          </header>
          <OfflineBanner />
          <main id="main" ref={main} tabIndex={-1} aria-busy={loading} style={{ outline: 'none', boxShadow: 'none' }}>
            <Outlet />
          </main>
        </div>
      </div>
      <Drawer open={menu} onOpenChange={setMenu}>
        <SideContent onGo={() => setMenu(false)} />
      </Drawer>
      <SessionDialog />
      <Toasts />
    </>
  );
}
