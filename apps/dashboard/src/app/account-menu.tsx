import { Link } from '@tanstack/react-router';
import { Monitor, Moon, Sun } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useSession } from '../api/session.ts';
import { setTheme, type Theme, useChosenTheme } from './theme.ts';

/** Visitors have none, and need not wait for it. */
const UserMenu = lazy(() => import('./user-menu.tsx'));

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon } as const;
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

/** Goes through the looks: as the system, light, dark. */
export function ThemeButton() {
  const theme = useChosenTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <button
      type="button"
      className="btn btn-quiet btn-icon"
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}.`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <Icon size={17} aria-hidden />
    </button>
  );
}

/** Where the menu will be. */
function UserName({ children }: { children: string }) {
  return (
    <span className="btn" style={{ justifyContent: 'flex-start', minWidth: 0 }}>
      <span className="truncate">{children}</span>
    </span>
  );
}

/** Who is logged in, and the way out; or the ways in. */
export function AccountMenu() {
  const { user } = useSession();
  if (!user) {
    return (
      <div className="stack" style={{ gap: 8 }}>
        <Link to="/signup" className="btn btn-primary">
          Sign up
        </Link>
        <Link to="/login" className="btn">
          Log in
        </Link>
      </div>
    );
  }
  return (
    <Suspense fallback={<UserName>{user.name ?? user.email}</UserName>}>
      <UserMenu user={user} />
    </Suspense>
  );
}
