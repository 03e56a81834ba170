import * as Menu from '@radix-ui/react-dropdown-menu';
import { Link } from '@tanstack/react-router';
import { ChevronsUpDown, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { logOut, useSession } from '../api/session.ts';
import { setTheme, type Theme, useChosenTheme } from './theme.ts';

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

/** Who is logged in, and the way out; or the ways in. Not modal: Radix would write styles into the page, which its policy forbids. */
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
    <Menu.Root modal={false}>
      <Menu.Trigger className="btn" style={{ justifyContent: 'space-between', minWidth: 0 }}>
        <span className="truncate">{user.name ?? user.email}</span>
        <ChevronsUpDown size={15} aria-hidden style={{ flex: 'none' }} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" side="top" align="start" sideOffset={6}>
          <Menu.Label className="menu-item small muted">{user.email}</Menu.Label>
          <Menu.Item className="menu-item" onSelect={() => void logOut()}>
            <LogOut size={15} aria-hidden /> Log out
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
