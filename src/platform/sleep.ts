/** Resolves when the timer that `schedule` sets calls back, or as soon as `signal` aborts. `schedule` gives what cancels it. */
export function sleepUntil(schedule: (wake: () => void) => () => void, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = schedule(done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
