// The result of an updating query as a table that stands in the program, and as changes.
import { Millrace } from 'millrace';

await using db = await Millrace.create();
const votes = db.table('votes', { columns: { name: 'STRING', n: 'BIGINT' }, retain: true });

interface Standing {
  readonly name: string;
  readonly total: bigint;
}
const standings = (await db.query<Standing>('SELECT name, SUM(n) AS total FROM votes GROUP BY name')).materialize();

await votes.push([
  ['ada', 3n],
  ['bob', 1n],
]);
while (standings.size < 2) await standings.changed();
console.log(standings.rows());

await votes.push({ name: 'bob', n: 5n });
await standings.changed();
console.log(standings.rows());
votes.end();
await standings.done;

// Of a table made with `retain` another query begins with the first row.
for await (const { op, row } of (await db.query('SELECT name, SUM(n) AS total FROM votes GROUP BY name')).changes()) {
  console.log(op, row['name'], row['total']);
}

// prints:
// [ { name: 'ada', total: 3n }, { name: 'bob', total: 1n } ]
// [ { name: 'ada', total: 3n }, { name: 'bob', total: 6n } ]
// +I ada 3n
// +I bob 1n
// -U bob 1n
// +U bob 6n
