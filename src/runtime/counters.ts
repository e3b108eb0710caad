/** Named counters of a job: rows in and out, late rows, bad records. Part of the job's state. */
export class Counters {
  readonly #values = new Map<string, number>();

  add(name: string, amount: number): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + amount);
  }

  get(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#values);
  }

  restore(values: Readonly<Record<string, number>>): void {
    this.#values.clear();
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
  }
}
