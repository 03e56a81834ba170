import { Link } from '@tanstack/react-router';
import { useSession } from '../api/session.ts';
import { PageHead } from '../ui/card.tsx';
import { BooksCard, PriceCard } from './network/money-cards.tsx';
import { NodesCard } from './network/nodes-card.tsx';
import { KindsCard, QueuesCard } from './network/queue-cards.tsx';
import { ServicesCard } from './network/services-card.tsx';
import { SettlementCard } from './network/settlement-card.tsx';
import { TokenCard } from './network/token-card.tsx';
import { LatencyCard, NetworkNumbers } from './network/traffic.tsx';

/** The network for anybody: what it does now, what it costs, and whether its books are right. */
export default function NetworkPage() {
  const { user } = useSession();
  return (
    <div className="page">
      <title>Network · DeAI</title>
      <PageHead
        title="The network, now"
        actions={
          !user && (
            <Link to="/signup" className="btn btn-primary">
              Use it
            </Link>
          )
        }
      >
        An open network for AI compute. Every result is signed by the node that made it, every payment is in books that anybody can check.
      </PageHead>
      <NetworkNumbers />
      <div className="grid-21">
        <QueuesCard />
        <LatencyCard />
      </div>
      <NodesCard />
      <div className="grid-2">
        <div className="stack" style={{ gap: 20 }}>
          <SettlementCard />
          <PriceCard />
        </div>
        <div className="stack" style={{ gap: 20 }}>
          <TokenCard />
          <BooksCard />
        </div>
      </div>
      <KindsCard />
      <ServicesCard />
    </div>
  );
}
