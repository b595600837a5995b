// Values of every type: a name, the input, and the output where it is not the same.

const common = {
  text: 'Grüße, 世界 🦀 \u2028 "quoted" \\',
  yes: true,
  small: 255,
  signed: -2_147_483_648,
  big: Number.MAX_SAFE_INTEGER,
  exact: Number.MIN_SAFE_INTEGER,
  unsigned: 0,
  real: 0.1,
  letter: '🦀',
  nothing: null,
  anything: { a: [1, 'x', null, { b: false }] },
  bytes: [0, 127, 255],
  list: ['', 'a', 'b'],
  set: [1, 2, 4_294_967_295],
  pair: ['a', -1.5],
  triple: [1, 2.5, -3e-7],
  map: { a: 1, 'with space': 2, ä: 3 },
  numbered: { 1: 'RED', 20: 'DARK_GREEN' },
  maybe: 'there',
  sometimes: { x: 1, y: 2 },
  withDefault: 7,
  color: 'DARK_GREEN',
  shape: { circle: { center: { x: 0, y: 0 }, radius: 1.5 } },
  event: { type: 'renamed', from: null, to: 'b' },
  change: { kind: 'at', value: { line: 1, column: 2 } },
  loose: [true, false],
  id: 'user-1',
  page: { items: [{ x: 1, y: 1 }], nextPage: 'p2' },
  otherPage: { items: ['a'], nextPage: null },
  tree: { name: 'root', children: [{ name: 'leaf', children: [] }] },
  next: { value: 1, next: { value: 2, next: null } },
  day: '2026-02-28',
  createdBy: 'user-2',
  createdAt: '2026-11-27T00:00:00Z',
  class: 'first',
  snakeCase: false,
  'with-dash': true,
};

const { maybe, sometimes, withDefault, next, ...sparse } = common;

export const everything = [
  ['all there', common],
  [
    'all that may be absent is absent',
    { ...sparse, maybe: undefined, event: { type: 'renamed', to: 'b' } },
    { ...sparse, maybe: null, next: null, withDefault: 1, event: { type: 'renamed', from: null, to: 'b' } },
  ],
  [
    'the first variants, the empty values',
    {
      ...common, maybe: null, next: null, shape: 'nothing', event: { type: 'signed-out' }, change: { kind: 'cleared' }, loose: 1.5,
      list: [], map: {}, numbered: {}, bytes: [], set: [], text: '', tree: { name: '', children: [] }, anything: null,
    },
  ],
  [
    'the other variants',
    {
      ...common, shape: { square: 2 }, event: { type: 'moved-to', x: 1, y: -1 }, change: { kind: 'text', value: 'x' }, loose: 'text',
      color: 'RED', anything: [1e21, -0.5],
    },
  ],
  ['the last variants', { ...common, shape: { line: [{ x: 0, y: 0 }, { x: 1, y: 1 }] }, loose: { x: 1, y: 2 }, anything: 'x' }],
];
