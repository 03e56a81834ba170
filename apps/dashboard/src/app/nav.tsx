import { Link } from '@tanstack/react-router';
import { Activity, FlaskConical, KeyRound, Link2, ListChecks, type LucideIcon, Server, ShieldCheck, Wallet } from 'lucide-react';
import { hasRole, type Session, useSession } from '../api/session.ts';

interface Entry {
  to: '/' | '/settlement' | '/playground' | '/tasks' | '/keys' | '/billing' | '/nodes' | '/admin';
  name: string;
  icon: LucideIcon;
}
interface Group {
  title: string;
  shown: (session: Session) => boolean;
  entries: readonly Entry[];
}

const GROUPS: readonly Group[] = [
  {
    title: 'Network',
    shown: () => true,
    entries: [
      { to: '/', name: 'Overview', icon: Activity },
      { to: '/settlement', name: 'Settlement', icon: Link2 },
    ],
  },
  {
    title: 'Use it',
    shown: (session) => hasRole(session, 'requester'),
    entries: [
      { to: '/playground', name: 'Playground', icon: FlaskConical },
      { to: '/tasks', name: 'Tasks', icon: ListChecks },
    ],
  },
  {
    title: 'Account',
    shown: ({ user }) => user !== undefined,
    entries: [
      { to: '/billing', name: 'Billing', icon: Wallet },
      { to: '/keys', name: 'API keys', icon: KeyRound },
    ],
  },
  {
    title: 'Operate',
    shown: (session) => hasRole(session, 'operator'),
    entries: [{ to: '/nodes', name: 'My nodes', icon: Server }],
  },
  {
    title: 'Administer',
    shown: (session) => hasRole(session, 'admin'),
    entries: [{ to: '/admin', name: 'Administration', icon: ShieldCheck }],
  },
];

/** Where one can go: what the user's roles are for. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  const session = useSession();
  return (
    <nav className="nav" aria-label="Main">
      {GROUPS.filter(({ shown }) => shown(session)).map(({ title, entries }) => (
        <div key={title}>
          <div className="nav-title">{title}</div>
          <ul>
            {entries.map(({ to, name, icon: Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  className="nav-link"
                  activeProps={{ className: 'here' }}
                  activeOptions={{ exact: to === '/' }}
                  {...(onGo ? { onClick: onGo } : {})}
                >
                  <Icon size={17} strokeWidth={1.9} aria-hidden />
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
