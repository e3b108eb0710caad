/** `millrace.state.memory`: how much memory the state of a job may take, and the scratch file for what is beyond. */
import type { Platform, PositionedFile } from '../platform/platform.ts';
import type { Settings } from './settings.ts';

export interface StateMemory {
  readonly limitBytes: number;
  readonly file: PositionedFile;
}

let opened = 0;

/** Null when state may take what it wants. */
export async function openStateMemory(
  settings: Settings,
  { fileSystem, processes }: Pick<Platform, 'fileSystem' | 'processes'>,
): Promise<StateMemory | null> {
  if (settings.get('millrace.state.memory') === undefined) return null;
  // Flink allows several; one is enough for one file.
  const [first = ''] = (settings.get('io.tmp.dirs') ?? '').split(/[,|:]/);
  const directory = fileSystem.resolve(first.trim());
  const path = `${directory}/millrace-state-${processes.self.pid}-${opened++}`;
  const file = await fileSystem.openPositioned(path);
  // Without its name it is gone with the process, however that ends.
  await fileSystem.remove(path);
  return { limitBytes: settings.number('millrace.state.memory'), file };
}
