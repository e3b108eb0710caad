// Functions of the program: per row, of columns, asynchronous, of rows, and aggregates.
import { Millrace } from 'millrace';

await using db = await Millrace.create();

db.function('initials', { args: ['STRING'], returns: 'STRING', strict: true }, (name: string) =>
  name
    .split(' ')
    .map((word) => word.charAt(0))
    .join(''),
);
db.function(
  'words',
  { kind: 'table', args: ['STRING'], returns: { word: 'STRING', size: 'INT' } },
  function* (text: string | null) {
    for (const word of text?.split(' ') ?? []) yield { word, size: word.length };
  },
);
db.function(
  'scaled',
  { kind: 'vectorized', args: ['DOUBLE', 'DOUBLE'], returns: 'DOUBLE' },
  (_length: number, a: { values: Float64Array }, b: { values: Float64Array }) =>
    a.values.map((x, i) => x * (b.values[i] ?? 0)),
);
// Rows stay in order, ten calls at a time; those in flight are part of every checkpoint.
db.function('looked_up', { kind: 'async', args: ['INT'], returns: 'STRING', timeout: '5 s' }, async (id: number) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return `#${id}`;
});
db.aggregate('product', {
  args: ['DOUBLE'],
  returns: 'DOUBLE',
  create: () => ({ value: 1 }),
  accumulate: (state, x: number) => void (state.value *= x),
  retract: (state, x: number) => void (state.value /= x),
  result: (state) => state.value,
});

const people = "(VALUES (1, 'Ada Lovelace', 1.5), (2, 'Alan Turing', 4)) AS people(id, name, score)";
for await (const row of await db.query(
  `SELECT looked_up(id) AS id, initials(name) AS i, scaled(score, 2) AS s FROM ${people}`,
)) {
  console.log(row);
}
for await (const row of await db.query(`SELECT id, word FROM ${people}, LATERAL TABLE(words(name)) WHERE size > 4`)) {
  console.log(row);
}
console.log(await (await db.query(`SELECT product(score) AS p FROM ${people}`)).toArray());

// prints:
// { id: '#1', i: 'AL', s: 3 }
// { id: '#2', i: 'AT', s: 8 }
// { id: 1, word: 'Lovelace' }
// { id: 2, word: 'Turing' }
// [ { p: 6 } ]
