import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../app/theme.ts';

/** One line or set of bars. */
export interface Series {
  label: string;
  /** Name of a colour of the page, such as `--accent`. */
  color: string;
  bars?: boolean;
}

export interface ChartProps {
  /** What the chart shows, in a sentence, for those who cannot see it. */
  label: string;
  series: readonly Series[];
  /** Unix seconds, then the values of each series. */
  data: readonly (readonly (number | null)[])[];
  format: (value: number) => string;
  small?: boolean;
}

const colorOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
/** `light-dark()` as the canvas wants it: resolved. */
function resolved(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = colorOf(name);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
const faded = (color: string) => color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)');

const HOUR_S = 3_600;
const clock = (withSeconds: boolean) =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...(withSeconds ? { second: '2-digit' } : {}) });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const [fine, coarse] = [clock(true), clock(false)];

/** Times on the axis, as exact as their distance asks for. */
function timeLabels(splits: number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const format = step < 60 ? fine : step < 12 * HOUR_S ? coarse : day;
  return splits.map((at) => format.format(new Date(at * 1_000)));
}

/** A time axis needs some width, also for a single value. */
const MIN_SPAN_S = 30;

/** From the oldest value to the newest; bars reach half their width beyond. */
function timeRange(times: ArrayLike<number>, bars: boolean): [number, number] {
  const last = times[times.length - 1] ?? 0;
  const half = bars ? ((times[1] ?? MIN_SPAN_S) - (times[0] ?? 0)) / 2 : 0;
  return [Math.min(times[0] ?? 0, last - MIN_SPAN_S) - half, last + half];
}

const LABEL_PX = 56;
const DIGIT_PX = 6.4;
/** Of the axis of values: as wide as its longest label. */
const labelWidth = (labels: readonly string[] | null) =>
  Math.max(LABEL_PX, Math.ceil(Math.max(0, ...(labels ?? []).map(({ length }) => length)) * DIGIT_PX) + 12);

function optionsOf({ series, format }: ChartProps, width: number, height: number): uPlot.Options {
  const [line, text] = [resolved('--line'), resolved('--text-2')];
  const axis = { stroke: text, font: '11px Inter, system-ui, sans-serif', grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    padding: [10, 20, 0, 0],
    scales: {
      x: {
        time: true,
        range: (plot) =>
          timeRange(
            plot.data[0],
            series.some(({ bars }) => bars === true),
          ),
      },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.12 : 1] },
    },
    axes: [
      { ...axis, size: 26, grid: { show: false }, space: 80, values: (_plot, splits) => timeLabels(splits) },
      { ...axis, size: (_plot, labels) => labelWidth(labels), space: 36, values: (_plot, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      {},
      ...series.map(({ label, color, bars }) => {
        const stroke = resolved(color);
        return {
          label,
          stroke,
          width: bars ? 0 : 1.75,
          fill: bars ? stroke : faded(stroke),
          points: { show: false },
          ...(bars ? { paths: (uPlot.paths.bars as NonNullable<typeof uPlot.paths.bars>)({ size: [0.7, 40], radius: 0.2 }) } : {}),
        };
      }),
    ],
  };
}

/** A chart over time. */
export default function Chart(props: ChartProps) {
  const { label, data, small = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const shape = props.series.map((series) => series.label).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for other series and colours alone; new data is set below
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(optionsOf(props, element.clientWidth, element.clientHeight), data as uPlot.AlignedData, element);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [theme, shape]);
  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);

  return <div ref={box} className={`chart ${small ? 'small' : ''}`} role="img" aria-label={label} />;
}
