import type { NodeStats } from '../../api/types.ts';
import { count } from '../../ui/format.ts';
import { DOTS, placeOf, WORLD } from './world.ts';

const DOT = 2.6;
const MAX_SPOT = 34;
/** Names of places east of it would leave the picture. */
const EDGE = 690;

/** Online nodes on a map of the world, by region; regions whose name says nothing about where they are stand below it. */
export function RegionMap({ regions }: { regions: NodeStats['byRegion'] }) {
  const placed = regions.flatMap(({ region, online }) => {
    const place = placeOf(region);
    return place ? [{ region, online, place }] : [];
  });
  const elsewhere = regions.filter(({ region }) => placeOf(region) === undefined);
  const most = Math.max(1, ...placed.map(({ online }) => online));
  const told = placed.map(({ region, online }) => `${region}: ${online}`).join(', ');
  return (
    <>
      {placed.length > 0 && (
        <svg className="map" viewBox={`0 0 ${WORLD.width} ${WORLD.height}`} role="img" aria-label={`Nodes online by region. ${told}`}>
          {DOTS.map(({ x, y }) => (
            <circle key={`${x} ${y}`} className="land" cx={x} cy={y} r={DOT} />
          ))}
          {placed.map(({ region, online, place: { x, y } }) => (
            <g key={region}>
              <circle className="spot" cx={x} cy={y} r={10 + (MAX_SPOT - 10) * Math.sqrt(online / most) * 0.7} />
              <circle className="pin" cx={x} cy={y} r={5} />
              <text x={x > EDGE ? x + 14 : x + 12} y={x > EDGE ? y - 20 : y - 10} textAnchor={x > EDGE ? 'end' : 'start'}>
                {region} · {count(online)}
              </text>
            </g>
          ))}
        </svg>
      )}
      {elsewhere.length > 0 && (
        <ul className="row" aria-label="Regions without a place on the map">
          {elsewhere.map(({ region, online }) => (
            <li key={region} className="chip">
              {region}: {count(online)} online
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
