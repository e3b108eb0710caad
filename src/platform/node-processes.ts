import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Processes } from './platform.ts';

/** On Linux the boot and the tick at which a process started; elsewhere, and when it is no more, empty. */
function startOf(pid: number): string {
  try {
    const fields = statusOf(pid);
    const start = fields[19] ?? '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${start}`;
  } catch {
    // No such system, or no such process.
    return '';
  }
}

/** The fields that Linux shows of a process behind its name, which stands in parentheses and may hold anything. */
function statusOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** It has ended, and whoever started it has not asked how. */
function isZombie(pid: number): boolean {
  try {
    return /^[ZX]/.test(statusOf(pid)[0] ?? '');
  } catch {
    // No such system, or no such process.
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export const nodeProcesses: Processes = {
  self: { pid: process.pid, host: hostname(), started: startOf(process.pid) },
  isAlive({ pid, host, started }) {
    if (host !== hostname()) return null;
    if (!runs(pid) || isZombie(pid)) return false;
    const now = startOf(pid);
    return started === '' || now === '' || now === started;
  },
};
