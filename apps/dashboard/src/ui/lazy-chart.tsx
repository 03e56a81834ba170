import { lazy, Suspense } from 'react';
import type { ChartProps } from './chart.tsx';

const Chart = lazy(() => import('./chart.tsx'));

/** A chart, whose library comes after the page. */
export function LazyChart(props: ChartProps) {
  return (
    <Suspense fallback={<div className={`chart skeleton ${props.small ? 'small' : ''}`} />}>
      <Chart {...props} />
    </Suspense>
  );
}
