/** How the same records may lie in a file, and how much slower they may be then. */
export interface Variant {
  readonly suffix: string;
  readonly title: string;
  readonly seed: number | null;
  readonly style: 'plain' | 'orders' | 'spaces';
  readonly slower: number;
}

export function variants(seed: number): readonly Variant[] {
  return [
    { suffix: '', title: '', seed: null, style: 'plain', slower: 1 },
    { suffix: '-drawn', title: ', other order, names, types', seed, style: 'plain', slower: 0.7 },
    { suffix: '-orders', title: ', key order changing by record', seed: null, style: 'orders', slower: 1 / 2.5 },
    { suffix: '-spaces', title: ', white space between tokens', seed: null, style: 'spaces', slower: 1 / 2.5 },
  ];
}
