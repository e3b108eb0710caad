/**
 * The engine: owns the outside world it was given and the running jobs. Sessions come from it.
 */
import type { CatalogTypeLookup, ConnectorLookup, FormatLookup } from './catalog/lookups.ts';
import type { CatalogInfo } from './catalog/catalog.ts';
import { parseCatalogOptions } from './catalog/catalog-options.ts';
import { parseTableOptions } from './catalog/options.ts';
import type { CatalogType, ExternalCatalog } from './connectors/catalog-type.ts';
import { catalogTypeNames, findCatalogType } from './connectors/catalog-types.ts';
import type { Connector, ConnectorContext } from './connectors/connector.ts';
import { memoryConnector, MemoryTables } from './connectors/memory/index.ts';
import { connectorNames, findConnector } from './connectors/registry.ts';
import { EngineError } from './errors.ts';
import { inferRecords } from './formats/infer-records.ts';
import type { PhysicalNode } from './plan/physical.ts';
import { nodePlatform } from './platform/node-platform.ts';
import type { Platform } from './platform/platform.ts';
import type { GraphOptions } from './runtime/graph.ts';
import type { GraphSnapshot } from './runtime/graph-content.ts';
import { Job } from './runtime/job.ts';
import type { JobCheckpoints } from './runtime/restore-job.ts';
import { RestartStrategy } from './runtime/restart-strategy.ts';
import type { ResultTarget } from './engine/result-target.ts';
import { Session } from './session.ts';
import { JobDirectories } from './engine/job-directories.ts';
import { restartPolicy } from './engine/checkpoint-settings.ts';
import type { Settings } from './engine/settings.ts';
import { type StateMemory, openStateMemory } from './engine/state-memory.ts';
import { FORMATS, tableAccess } from './engine/table-access.ts';
import type { Format } from './formats/format.ts';
import type { UserFunction } from './functions/user/user-function.ts';

export type { Job } from './runtime/job.ts';

export interface StartJobOptions {
  readonly name: string;
  readonly plan: PhysicalNode;
  readonly settings: Settings;
  /** Where the rows of a query go. */
  readonly collect: ResultTarget | null;
  readonly restoreFrom?: GraphSnapshot | null;
  /** The program's own functions, by the name that the plan calls them. */
  readonly functions?: ((name: string) => UserFunction) | undefined;
  /**
   * Names what the job keeps over restarts, and its query among others of that name; absent = it keeps nothing.
   * `others`: queries that run with it, whose state it leaves alone.
   */
  readonly keeps?: { readonly name: string; readonly query: string; readonly others?: ReadonlySet<string> } | null;
}

/** How many jobs that are over are still listed: a program may run any number of queries. */
const REMEMBERED_JOBS = 100;

export class Engine {
  readonly platform: Platform;
  readonly #jobs = new Map<string, Job>();
  /** Jobs that are over, oldest first. */
  readonly #over: string[] = [];
  /** Where relative paths of modules begin (CREATE FUNCTION): the folder of a script, or else the working folder. */
  moduleFolder = process.cwd();
  readonly #own: Map<string, Connector>;
  readonly #ownFormats = new Map<string, Format>();
  readonly memory = new MemoryTables();
  /** Formats by name: those of the program first. An unknown name is an error that lists what exists. */
  readonly formats: FormatLookup = {
    get: (name) => this.#ownFormats.get(name) ?? FORMATS.get(name),
    names: () => [...this.#ownFormats.keys(), ...FORMATS.names()],
  };
  readonly #ownCatalogTypes = new Map<string, CatalogType>();
  /** Types of catalogs by name: those of the program first. */
  readonly catalogTypes: CatalogTypeLookup = {
    get: (name) => this.#ownCatalogTypes.get(name) ?? findCatalogType(name),
    names: () => [...this.#ownCatalogTypes.keys(), ...catalogTypeNames()],
  };
  readonly #directories: JobDirectories;
  /** Hears what a person should know of a running job: restarts, damaged checkpoints. */
  onMessage: ((message: string) => void) | null = null;
  #nextJob = 1;
  #closed = false;

  /** `platform`: the world outside, by default the real one; `connectors`: more of them, beside those that come along. */
  constructor(platform: Platform = nodePlatform(), connectors: readonly Connector[] = []) {
    this.platform = platform;
    this.#directories = new JobDirectories(platform);
    const own = [memoryConnector(this.memory), ...connectors];
    this.#own = new Map(own.map((connector) => [connector.name, connector]));
  }

  /** Adds a connector, or puts it in the place of one of that name. */
  addConnector(connector: Connector): void {
    this.#own.set(connector.name, connector);
  }

  /** Adds a format, or puts it in the place of one of that name. */
  addFormat(format: Format): void {
    this.#ownFormats.set(format.name, format);
  }

  /** Adds a type of catalogs, or puts it in the place of one of that name. */
  addCatalogType(type: CatalogType): void {
    this.#ownCatalogTypes.set(type.name, type);
  }

  /** What planning and running ask about connectors, in the time zone and parallelism of a session. */
  connectors(settings: Settings): ConnectorLookup {
    const context = this.#context(settings);
    const lookup: ConnectorLookup = {
      // An unknown name is an error that lists what exists.
      get: (name) => this.#own.get(name) ?? findConnector(name),
      names: () => [...this.#own.keys(), ...connectorNames()],
      sourceChangelog: (table) => tableAccess(context, lookup, this.formats).source(table).changelog,
      sinkAccepts: (table) => {
        const { connector, connectorOptions } = parseTableOptions(table, lookup, this.formats);
        const accepts = connector.sinkAccepts ?? 'append';
        return typeof accepts === 'function' ? accepts(connectorOptions) : accepts;
      },
      guarantee: (table, use) => {
        if (lookup.get(table.options['connector'] ?? '')?.[use] === undefined) return null;
        const access = tableAccess(context, lookup, this.formats);
        if (use === 'source') return access.source(table).guarantee;
        const writer = settings.get('execution.checkpointing.interval') === undefined ? null : '';
        return access.sink(table, { subtask: 0, parallelism: 1, writer }).guarantee;
      },
    };
    return lookup;
  }

  /** The catalog that statements declared, to be asked what it holds and closed again. */
  openCatalog(info: CatalogInfo, settings: Settings): ExternalCatalog {
    const { type, options } = parseCatalogOptions(info, this.catalogTypes);
    if (type.open === undefined) throw new EngineError('internal_error', `catalog "${info.name}" is not external`);
    return type.open({ options, given: info.options, context: this.#context(settings), inferRecords });
  }

  #context(settings: Settings): ConnectorContext {
    return {
      ...this.platform,
      timeZone: settings.get('table.local-time-zone') ?? 'UTC',
      parallelism: settings.number('parallelism.default'),
    };
  }

  openSession(): Session {
    return new Session(this);
  }

  get jobs(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  job(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) {
      throw new EngineError('undefined_object', `job '${id}' does not exist`, { hint: 'SHOW JOBS lists the jobs.' });
    }
    return job;
  }

  /** Builds the graph of a plan and starts it. */
  async startJob(options: StartJobOptions): Promise<Job> {
    if (this.#closed) throw new EngineError('query_cancelled', `cannot start ${options.name}: the engine is closed`);
    const { settings, collect, plan } = options;
    const { platform } = this;
    const context = this.#context(settings);
    const { timeZone, parallelism } = context;
    const { keeps = null } = options;
    const checkpoints =
      keeps === null
        ? null
        : await this.#directories.open({
            settings,
            report: (message) => this.onMessage?.(message),
            ...keeps,
          });
    const stateMemory = await openStateMemory(settings, platform).catch(async (error: unknown) => {
      await this.#release(checkpoints, null);
      throw error;
    });
    const graph: GraphOptions = {
      plan,
      tables: tableAccess(context, this.connectors(settings), this.formats),
      collect:
        collect === null
          ? null
          : {
              guarantee: 'exactly-once',
              write: (batch) => collect.write(batch),
              flush: async () => collect.flush?.(),
              close: () => Promise.resolve(),
            },
      writer: checkpoints?.directory.writer ?? null,
      clock: platform.clock,
      random: platform.random,
      faults: platform.faults,
      timeZone,
      parallelism,
      batchSize: settings.number('millrace.batch-size'),
      chunkSizeBytes: settings.number('millrace.chunk-size'),
      stateMemory,
      restoreFrom: options.restoreFrom ?? null,
      functions: options.functions,
    };
    let job: Job;
    try {
      job = new Job({
        id: String(this.#nextJob++),
        name: options.name,
        graph,
        checkpoints,
        restart: new RestartStrategy(restartPolicy(settings), platform.clock, platform.random),
        onStop: () => collect?.stop?.(),
        report: (message) => this.onMessage?.(message),
        ...(keeps === null ? {} : { query: keeps.query }),
      });
    } catch (error) {
      await this.#release(checkpoints, stateMemory);
      throw error;
    }
    this.#jobs.set(job.id, job);
    void this.#letGo(job, checkpoints, stateMemory);
    return job;
  }

  /** What was opened for a job that does not come to be. */
  async #release(checkpoints: JobCheckpoints | null, stateMemory: StateMemory | null): Promise<void> {
    await stateMemory?.file.close();
    await checkpoints?.directory.close();
    if (checkpoints !== null) this.#directories.release(checkpoints.directory.path);
  }

  /** What a job that has not finished leaves, the same query may go on with. */
  async #letGo(job: Job, checkpoints: JobCheckpoints | null, stateMemory: StateMemory | null): Promise<void> {
    const { status } = await job.start();
    await stateMemory?.file.close().catch(() => {
      // Nothing that anybody wants is in it.
    });
    if (checkpoints !== null && status !== 'finished') this.#directories.release(checkpoints.directory.path);
    this.#over.push(job.id);
    if (this.#over.length > REMEMBERED_JOBS) this.#jobs.delete(this.#over.shift() as string);
  }

  /** Stops every job and starts no more; resolves when all are over. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.jobs.map((job) => job.stop()));
  }
}
