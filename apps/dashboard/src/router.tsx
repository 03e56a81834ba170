import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { currentSession } from './api/session.ts';
import type { TaskFilter } from './api/task-filter.ts';
import { BrokenPage, NoPage } from './app/error-page.tsx';
import { Shell } from './app/shell.tsx';
import { type PlaygroundSearch, playgroundSearch } from './pages/playground/search.ts';
import { taskSearch } from './pages/task-search.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NoPage, errorComponent: BrokenPage });

/** Pages of somebody: who is not logged in does that first, and comes back. */
function needUser({ location }: { location: { href: string } }): void {
  if (currentSession().status === 'anonymous') throw redirect({ to: '/login', search: { next: location.href } });
}
/** Only addresses of this page: where a login leads is not for a link to choose. */
const nextOf = ({ next }: Record<string, unknown>): { next?: string } =>
  typeof next === 'string' && /^\/(?!\/)/.test(next) ? { next } : {};

const open = { getParentRoute: () => root };
const owned = { getParentRoute: () => root, beforeLoad: needUser };

// The addresses are those that the gateway answers with this page: its `DASHBOARD_PATHS`.
const routes = [
  createRoute({ ...open, path: '/', component: lazyRouteComponent(() => import('./pages/network.page.tsx')) }),
  createRoute({ ...open, path: '/login', validateSearch: nextOf, component: lazyRouteComponent(() => import('./pages/login.page.tsx')) }),
  createRoute({ ...open, path: '/signup', validateSearch: nextOf, component: lazyRouteComponent(() => import('./pages/signup.page.tsx')) }),
  createRoute({ ...open, path: '/settlement', component: lazyRouteComponent(() => import('./pages/settlement.page.tsx')) }),
  createRoute({ ...open, path: '/settlement/$number', component: lazyRouteComponent(() => import('./pages/batch.page.tsx')) }),
  createRoute({
    ...owned,
    path: '/playground',
    validateSearch: (search): PlaygroundSearch => playgroundSearch(search),
    component: lazyRouteComponent(() => import('./pages/playground.page.tsx')),
  }),
  createRoute({
    ...owned,
    path: '/tasks',
    validateSearch: (search): TaskFilter => taskSearch(search),
    component: lazyRouteComponent(() => import('./pages/tasks.page.tsx')),
  }),
  createRoute({ ...owned, path: '/tasks/$id', component: lazyRouteComponent(() => import('./pages/task.page.tsx')) }),
  createRoute({ ...owned, path: '/keys', component: lazyRouteComponent(() => import('./pages/keys.page.tsx')) }),
  createRoute({ ...owned, path: '/billing', component: lazyRouteComponent(() => import('./pages/billing.page.tsx')) }),
  createRoute({ ...owned, path: '/nodes', component: lazyRouteComponent(() => import('./pages/nodes.page.tsx')) }),
  createRoute({ ...owned, path: '/nodes/$id', component: lazyRouteComponent(() => import('./pages/node.page.tsx')) }),
  createRoute({ ...owned, path: '/admin', component: lazyRouteComponent(() => import('./pages/admin.page.tsx')) }),
] as const;

export const router = createRouter({ routeTree: root.addChildren(routes), defaultPreload: 'intent', scrollRestoration: true });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
