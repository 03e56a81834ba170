import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Empty, ErrorState } from '../ui/states.tsx';

/** An address that leads nowhere. */
export function NoPage() {
  return (
    <div className="page">
      <title>Not found · DeAI</title>
      <h1 className="sr-only">Not found</h1>
      <Empty
        icon={Compass}
        title="There is no page at this address"
        action={
          <Link to="/" className="btn btn-primary">
            To the network
          </Link>
        }
      >
        The link may be old, or mistyped.
      </Empty>
    </div>
  );
}

/** A page that broke: what is kept in forms stays in the browser, so a reload loses nothing. */
export function BrokenPage({ error }: { error: unknown }) {
  return (
    <div className="page">
      <h1 className="sr-only">Error</h1>
      <ErrorState error={error} onRetry={() => location.reload()} />
    </div>
  );
}
