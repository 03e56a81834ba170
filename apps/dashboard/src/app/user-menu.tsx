import * as Menu from '@radix-ui/react-dropdown-menu';
import { ChevronsUpDown, LogOut } from 'lucide-react';
import { logOut } from '../api/session.ts';
import type { Profile } from '../api/types.ts';

/** Not modal: Radix would write styles into the page, which its policy forbids. */
export default function UserMenu({ user }: { user: Pick<Profile, 'name' | 'email'> }) {
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
