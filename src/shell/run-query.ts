/**
 * A SELECT in the shell: its rows as a live table, as a changelog or as text (the result modes of Flink's client). Ctrl-C
 * ends the query and never the shell.
 */
import type { Job } from '../engine.ts';
import { type EngineError, toEngineError } from '../errors.ts';
import type { Cells } from '../output/standing-rows.ts';
import { changelogWriter } from '../output/table.ts';
import type { Query } from '../parser/ast.ts';
import type { OpenTarget } from '../session.ts';
import type { Batch } from '../types/batch.ts';
import { type ShellContext, columnsOf, info, print, took } from './context.ts';
import { type Interruption, interruptible, stopWhenThere } from './interruption.ts';
import { LiveView } from './results/live-view.ts';
import { Page } from './results/page.ts';
import { type RowsModel, changelogModel, tableModel } from './results/rows-model.ts';
import { tableText } from './results/table-text.ts';

type Opened = Parameters<OpenTarget>[0];

/** How the rows of one query are shown. */
interface Shown {
  write(batch: Batch): void | Promise<void>;
  /** The query was asked to stop, and a second Ctrl-C would leave it behind. */
  stopping(): void;
  /** Resolves when the user wants to leave. */
  readonly left: Promise<void>;
  leftAgain(): Promise<void>;
  /** All rows came. */
  end(): Promise<void>;
  /** No more rows will be shown; those that were stay to be seen. */
  cancel(): Promise<void>;
  fail(): void;
}

/** Lines of the screen that are kept for what is around a printed table. */
const ROOM_AROUND = 6;

/** The error of the query, if it failed. */
export async function runQuery(context: ShellContext, query: Query, text: string): Promise<EngineError | null> {
  const { session } = context;
  const mode =
    context.screen === null ? 'tableau' : (session.settings.get('sql-client.execution.result-mode') ?? 'table');
  const interruption = interruptible(context);
  let job: Job | null = null;
  let shown: Shown | null = null;
  let isAbandoned = false;
  const started = session.execute(query, {
    target: (opened) => {
      if (isAbandoned) return { write: () => {} };
      const one =
        mode.toLowerCase() === 'tableau' ? asText(context, opened) : asView(context, opened, mode, text, () => job);
      shown = one;
      return { write: (batch) => one.write(batch) };
    },
  });
  try {
    const result = await Promise.race([started, interruption.first]);
    if (result === 'interrupted') {
      isAbandoned = true;
      void stopWhenThere(started);
      await print(context, 'Result retrieval cancelled.');
      return null;
    }
    if (result.kind !== 'query' || shown === null) return null;
    job = result.job;
    return await settle(job, shown, interruption);
  } catch (error) {
    (shown as Shown | null)?.fail();
    return toEngineError(error);
  } finally {
    interruption.end();
  }
}

async function settle(job: Job, shown: Shown, interruption: Interruption): Promise<EngineError | null> {
  const left = Promise.race([shown.left, interruption.first]);
  const first = await Promise.race([job.done, left.then(() => null)]);
  if (first === null) {
    shown.stopping();
    await Promise.race([job.stop(), shown.leftAgain(), interruption.second]);
    await shown.cancel();
    return null;
  }
  if (first.error === null) await shown.end();
  else shown.fail();
  return first.error;
}

// ------------------------------------------------------------------------------------------------------- tables and views

function asView(
  context: ShellContext,
  { schema, updating, order }: Opened,
  mode: string,
  text: string,
  job: () => Job | null,
): Shown {
  const { engine, session, jobOutput, paint } = context;
  const screen = context.screen as NonNullable<ShellContext['screen']>;
  const { clock } = engine.platform;
  const { settings } = session;
  const timeZone = settings.get('table.local-time-zone') ?? 'UTC';
  const startMs = clock.monotonic();
  const maxRows = settings.number('sql-client.execution.max-table-result.rows');
  const maxWidth = settings.number('table.display.max-column-width');
  const isChangelog = mode.toLowerCase() === 'changelog';
  const model = isChangelog
    ? changelogModel(schema, timeZone)
    : tableModel({ schema, timeZone, order, updating, maxRows });
  const page = new Page(model, maxWidth, isChangelog || (!updating && order.length === 0));
  const view = new LiveView({
    screen,
    paint,
    clock,
    model,
    page,
    title: text.replaceAll(/\s+/g, ' ').trim(),
    rowsIn: () => job()?.counters['rows_in'] ?? 0,
    onOpen: () => jobOutput.hold(),
  });
  const fits = (): boolean => printed(context, model, 0, model.size).length <= screen.lines - ROOM_AROUND + 2;
  const printRows = async (rows: readonly string[]): Promise<void> => {
    if (rows.length > 0) await print(context, rows.join('\n'));
  };
  return {
    write: (batch) => view.add(batch),
    stopping: () => view.stopping(),
    left: view.left,
    leftAgain: () => view.leftAgain(),
    async end() {
      const summary = rowsInSet(model, isChangelog) + took(context, startMs);
      if (view.isOpen || model.size > screen.lines || !fits()) {
        const small = model.size <= screen.lines && fits();
        await view.end(small);
        await printRows(small ? printed(context, model, 0, model.size) : seen(context, model, page));
      } else {
        view.close();
        if (model.size > 0) await printRows(printed(context, model, 0, model.size));
      }
      await print(context, summary);
    },
    async cancel() {
      view.close();
      await printRows(seen(context, model, page));
      await print(context, 'Result retrieval cancelled.');
      await info(context, `${counted(model.received)} received${took(context, startMs)}`);
    },
    fail: () => view.close(),
  };
}

const n = (count: number): string => count.toLocaleString('en-US');
const counted = (count: number): string => `${n(count)} ${count === 1 ? 'row' : 'rows'}`;

function rowsInSet(model: RowsModel, isChangelog: boolean): string {
  if (isChangelog) return `Received a total of ${counted(model.received)}`;
  return model.total === 0 ? 'Empty set' : `${counted(model.total)} in set`;
}

function printed(context: ShellContext, model: RowsModel, from: number, to: number): string[] {
  const rows: readonly Cells[] = model.slice(from, to);
  if (rows.length === 0) return [];
  return tableText(model.schema, rows, {
    columns: columnsOf(context),
    maxColumnWidth: context.session.settings.number('table.display.max-column-width'),
    expanded: context.expanded,
  });
}

/** What stood on the page that was left. */
function seen(context: ShellContext, model: RowsModel, page: Page): string[] {
  const lines = context.screen?.lines ?? 24;
  const { first, rows } = page.visibleRows(lines);
  const shown = printed(context, model, first - 1, first - 1 + rows.length);
  const left = model.size - rows.length;
  return left > 0 && shown.length > 0
    ? [
        ...shown,
        `(rows ${n(first)} to ${n(first - 1 + rows.length)} of ${model.total > model.size ? 'the last ' : ''}${n(model.size)})`,
      ]
    : shown;
}

// --------------------------------------------------------------------------------------------------------------- tableau

function asText(context: ShellContext, { schema, updating, order }: Opened): Shown {
  const { engine, session, stdout } = context;
  const { clock } = engine.platform;
  const timeZone = session.settings.get('table.local-time-zone') ?? 'UTC';
  const never = new Promise<void>(() => {});
  const writer = changelogWriter({ schema, stdout, timeZone, query: null, updating, order, screen: null, clock });
  return {
    write: (batch) => writer.write(batch),
    left: never,
    stopping: () => {},
    leftAgain: () => never,
    end: async () => {
      await writer.end();
    },
    cancel: async () => {
      await print(context, 'Result retrieval cancelled.');
    },
    fail: () => {},
  };
}
