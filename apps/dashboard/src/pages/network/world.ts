/** Land of the earth, coarsely: for each line of latitude the stretches of longitude that are land. Drawn as dots, good enough to find one's way. */
const LAND: readonly (readonly [lat: number, stretches: readonly (readonly [from: number, to: number])[]])[] = [
  [
    72,
    [
      [-125, -90],
      [-55, -22],
      [70, 140],
    ],
  ],
  [
    67,
    [
      [-165, -62],
      [-52, -35],
      [12, 178],
    ],
  ],
  [
    62,
    [
      [-165, -97],
      [-77, -65],
      [5, 175],
    ],
  ],
  [
    57,
    [
      [-160, -150],
      [-135, -95],
      [-77, -62],
      [-6, -3],
      [8, 14],
      [20, 140],
      [156, 162],
    ],
  ],
  [
    52,
    [
      [-130, -57],
      [-10, -6],
      [-4, 1],
      [4, 142],
      [156, 158],
    ],
  ],
  [
    47,
    [
      [-124, -55],
      [-2, 140],
      [142, 143],
    ],
  ],
  [
    42,
    [
      [-124, -71],
      [-9, 3],
      [10, 16],
      [20, 50],
      [52, 130],
      [141, 143],
    ],
  ],
  [
    37,
    [
      [-122, -76],
      [-8, -1],
      [13, 16],
      [21, 24],
      [28, 122],
      [126, 129],
      [136, 141],
    ],
  ],
  [
    32,
    [
      [-117, -80],
      [-9, 121],
      [130, 132],
    ],
  ],
  [
    27,
    [
      [-114, -99],
      [-82, -80],
      [-14, 34],
      [35, 50],
      [52, 57],
      [60, 120],
    ],
  ],
  [
    22,
    [
      [-106, -98],
      [-84, -75],
      [-16, 37],
      [40, 59],
      [70, 92],
      [93, 113],
    ],
  ],
  [
    17,
    [
      [-100, -88],
      [-72, -69],
      [-16, 38],
      [43, 55],
      [73, 83],
      [95, 107],
      [120, 122],
    ],
  ],
  [
    12,
    [
      [-87, -84],
      [-75, -62],
      [-16, 42],
      [44, 50],
      [76, 80],
      [99, 100],
      [102, 109],
      [123, 125],
    ],
  ],
  [
    7,
    [
      [-80, -60],
      [-12, 48],
      [80, 81],
      [100, 102],
      [116, 125],
    ],
  ],
  [
    2,
    [
      [-79, -50],
      [9, 45],
      [99, 104],
      [109, 117],
    ],
  ],
  [
    -3,
    [
      [-80, -38],
      [9, 41],
      [103, 106],
      [111, 116],
      [120, 122],
      [132, 148],
    ],
  ],
  [
    -8,
    [
      [-79, -35],
      [13, 39],
      [107, 114],
      [139, 148],
    ],
  ],
  [
    -13,
    [
      [-76, -38],
      [13, 40],
      [48, 50],
      [131, 136],
      [142, 144],
    ],
  ],
  [
    -18,
    [
      [-71, -39],
      [12, 38],
      [44, 49],
      [123, 146],
    ],
  ],
  [
    -23,
    [
      [-70, -42],
      [14, 35],
      [44, 47],
      [114, 151],
    ],
  ],
  [
    -28,
    [
      [-71, -48],
      [15, 32],
      [114, 153],
    ],
  ],
  [
    -33,
    [
      [-72, -53],
      [18, 28],
      [116, 123],
      [134, 152],
    ],
  ],
  [
    -38,
    [
      [-73, -58],
      [143, 147],
      [174, 178],
    ],
  ],
  [
    -43,
    [
      [-73, -64],
      [145, 148],
      [170, 173],
    ],
  ],
  [-48, [[-75, -66]]],
  [-53, [[-73, -68]]],
];

const STEP = 4;
const [WEST, NORTH] = [-170, 78];
const [PX_X, PX_Y] = [2.6, 3];

export const WORLD = { width: 910, height: 410 };

export interface Point {
  x: number;
  y: number;
}

/** Where a place lies in the picture. */
export const project = (lat: number, lon: number): Point => ({ x: (lon - WEST) * PX_X, y: (NORTH - lat) * PX_Y });

/** The dots of the land. */
export const DOTS: readonly Point[] = LAND.flatMap(([lat, stretches]) =>
  Array.from({ length: 360 / STEP }, (_, i) => -180 + i * STEP)
    .filter((lon) => stretches.some(([from, to]) => lon >= from - STEP / 2 && lon <= to + STEP / 2))
    .map((lon) => project(lat, lon)),
);

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
