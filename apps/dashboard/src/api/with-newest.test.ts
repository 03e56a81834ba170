import { describe, expect, it } from 'vitest';
import type { PageOf, Task } from './types.ts';
import { withNewest } from './with-newest.ts';

const page = (ids: string, nextCursor: string | null = 'more'): PageOf<Task> => ({
  items: [...ids].map((id) => ({ id, status: 'completed' }) as Task),
  nextCursor,
});
const list = (...pages: PageOf<Task>[]) => ({ pages, pageParams: pages.map((_, i) => (i === 0 ? undefined : `p${i}`)) });
const idsOf = ({ pages }: { pages: PageOf<Task>[] }) => pages.map(({ items }) => items.map(({ id }) => id).join(''));

describe('withNewest', () => {
  it('puts new tasks before the known ones, and asks for no page behind again', () => {
    const merged = withNewest(list(page('fed'), page('cba', null)), page('hgf'));
    expect(idsOf(merged)).toEqual(['hgfed', 'cba']);
    expect(merged.pages.map(({ nextCursor }) => nextCursor)).toEqual(['more', null]);
    expect(merged.pageParams).toEqual([undefined, 'p1']);
  });
  it('takes over what changed, and drops what left the list', () => {
    const merged = withNewest(list(page('fed')), { ...page('fd'), items: [{ id: 'f' }, { id: 'd', status: 'failed' }] as Task[] });
    expect(idsOf(merged)).toEqual(['fd']);
    expect(merged.pages[0]?.items[1]?.status).toBe('failed');
  });
  it('begins anew when it cannot tell what lies between, or when the newest page is all there is', () => {
    expect(idsOf(withNewest(list(page('cb'), page('a', null)), page('zyx')))).toEqual(['zyx']);
    expect(idsOf(withNewest(list(page('cb'), page('a', null)), page('c', null)))).toEqual(['c']);
    expect(idsOf(withNewest(list(page('cb')), page('', null)))).toEqual(['']);
  });
});
