import type { Principal } from '@deai/protocol';

/** Who is on the other side of a socket; null is a visitor, who has no account and hears what is public. */
export type Caller = Principal | null;
