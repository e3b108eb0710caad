/** The peer: DuckDB on one thread. */
import { type DuckDBConnection, DuckDBDecimalValue, DuckDBInstance } from '@duckdb/node-api';
import { RowsAnswer, decimalText } from './answer.ts';

export class DuckDbRunner {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<DuckDbRunner> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new DuckDbRunner(connection);
  }

  /** Runs a query and drops its rows, chunk by chunk: none becomes a JavaScript value. */
  async run(sql: string): Promise<void> {
    const result = await this.#connection.stream(sql);
    while (((await result.fetchChunk())?.rowCount ?? 0) > 0);
  }

  async answer(sql: string): Promise<string> {
    const answer = new RowsAnswer();
    const result = await this.#connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return answer.toString();
      for (const row of chunk.getRows()) answer.add(row.map(canonical), 1);
    }
  }
}

function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof DuckDBDecimalValue) return decimalText(value.value, value.scale);
  return String(value);
}
