import { useQuery } from '@tanstack/react-query';
import { taskWhy } from '../../api/queries.ts';
import { Card } from '../../ui/card.tsx';
import { Facts, Time } from '../../ui/facts.tsx';
import { capital, count } from '../../ui/format.ts';
import { Answer } from '../../ui/states.tsx';

/** Why a task has not ended yet, and when it should start. */
export function WhyCard({ id }: { id: string }) {
  const why = useQuery(taskWhy(id));
  return (
    <Card title="Why is it waiting?">
      <Answer query={why} lines={2}>
        {({ reason, explanation, tasksAhead, nodes, predictedStart, lastError }) => (
          <>
            <div className="alert plain" role="status">
              <strong>{capital(reason)}</strong>
              <span>{explanation}</span>
            </div>
            <Facts
              items={[
                ['Before it', reason === 'running' ? null : `${count(tasksAhead)} tasks`],
                ['Nodes', nodes.capable > 0 ? `${nodes.capable} can run it · ${nodes.online} connected · ${nodes.free} free` : null],
                ['Start', predictedStart && <Time key="p" at={predictedStart} />],
                ['Last attempt', lastError && `${lastError.code}: ${lastError.message}`],
              ]}
            />
          </>
        )}
      </Answer>
    </Card>
  );
}
