/** Land of the earth, coarsely: for each line of latitude the stretches of longitude that are land. Good enough to find one's way. */
const LAND = `
  72: -125 to -90, -55 to -22, 70 to 140
  67: -165 to -62, -52 to -35, 12 to 178
  62: -165 to -97, -77 to -65, 5 to 175
  57: -160 to -150, -135 to -95, -77 to -62, -6 to -3, 8 to 14, 20 to 140, 156 to 162
  52: -130 to -57, -10 to -6, -4 to 1, 4 to 142, 156 to 158
  47: -124 to -55, -2 to 140, 142 to 143
  42: -124 to -71, -9 to 3, 10 to 16, 20 to 50, 52 to 130, 141 to 143
  37: -122 to -76, -8 to -1, 13 to 16, 21 to 24, 28 to 122, 126 to 129, 136 to 141
  32: -117 to -80, -9 to 121, 130 to 132
  27: -114 to -99, -82 to -80, -14 to 34, 35 to 50, 52 to 57, 60 to 120
  22: -106 to -98, -84 to -75, -16 to 37, 40 to 59, 70 to 92, 93 to 113
  17: -100 to -88, -72 to -69, -16 to 38, 43 to 55, 73 to 83, 95 to 107, 120 to 122
  12: -87 to -84, -75 to -62, -16 to 42, 44 to 50, 76 to 80, 99 to 100, 102 to 109, 123 to 125
  7: -80 to -60, -12 to 48, 80 to 81, 100 to 102, 116 to 125
  2: -79 to -50, 9 to 45, 99 to 104, 109 to 117
  -3: -80 to -38, 9 to 41, 103 to 106, 111 to 116, 120 to 122, 132 to 148
  -8: -79 to -35, 13 to 39, 107 to 114, 139 to 148
  -13: -76 to -38, 13 to 40, 48 to 50, 131 to 136, 142 to 144
  -18: -71 to -39, 12 to 38, 44 to 49, 123 to 146
  -23: -70 to -42, 14 to 35, 44 to 47, 114 to 151
  -28: -71 to -48, 15 to 32, 114 to 153
  -33: -72 to -53, 18 to 28, 116 to 123, 134 to 152
  -38: -73 to -58, 143 to 147, 174 to 178
  -43: -73 to -64, 145 to 148, 170 to 173
  -48: -75 to -66
  -53: -73 to -68
`;

const STEP = 4;
const [WEST, NORTH] = [-170, 78];
const [PX_X, PX_Y] = [2.6, 3];

export const WORLD = { width: 910, height: 410 };

export interface Point {
  x: number;
  y: number;
}

/** Where a place lies in the picture. */
const project = (lat: number, lon: number): Point => ({ x: (lon - WEST) * PX_X, y: (NORTH - lat) * PX_Y });

/** The dots of the land. */
export const DOTS: readonly Point[] = LAND.trim()
  .split('\n')
  .flatMap((line) => {
    const [lat = '', land = ''] = line.split(':');
    const stretches = land.split(',').map((stretch) => stretch.split(' to ').map(Number));
    return Array.from({ length: 360 / STEP }, (_, i) => -180 + i * STEP)
      .filter((lon) => stretches.some(([from = 0, to = 0]) => lon >= from - STEP / 2 && lon <= to + STEP / 2))
      .map((lon) => project(Number(lat), lon));
  });

/** Places by how clouds and people name regions; the first that the name contains counts. */
const PLACES: readonly (readonly [RegExp, lat: number, lon: number])[] = [
  [/us-?east|virginia|new.?york/, 39, -77],
  [/us-?west|oregon|california/, 40, -121],
  [/us-?central|texas|iowa/, 39, -95],
  [/ca(nada)?-|montreal|toronto/, 45, -74],
  [/sa-|south-?america|brazil|sao/, -23, -47],
  [/eu-?north|stockholm|finland|sweden/, 60, 18],
  [/eu-?central|frankfurt|germany|^de\b/, 50, 9],
  [/eu-?south|milan|spain|italy/, 44, 9],
  [/eu-?west|ireland|paris|london|^uk\b|france|^fr\b/, 50, 0],
  [/me-|middle-?east|dubai|israel|tel-?aviv/, 26, 51],
  [/af-|africa/, -30, 25],
  [/ap-?south-|ap-?south$|mumbai|india|^in\b/, 19, 73],
  [/ap-?southeast-?2|sydney|australia|^au\b/, -33, 150],
  [/ap-?southeast|singapore/, 2, 103],
  [/ap-?northeast|tokyo|japan|seoul|^jp\b/, 36, 139],
  [/ap-?east|hong-?kong|china|^cn\b/, 23, 114],
  [/^us\b/, 39, -95],
  [/^eu\b|europe/, 49, 8],
  [/^ap\b|^asia/, 25, 105],
];

/** Where a region lies; `undefined` for names that say nothing about it. */
export function placeOf(region: string): Point | undefined {
  const found = PLACES.find(([pattern]) => pattern.test(region.toLowerCase()));
  return found && project(found[1], found[2]);
}
