import fc from 'fast-check';

// Property tests draw the same cases at every run, so that a run says something about the change and not about luck.
// MILLRACE_SEED=random draws new ones, MILLRACE_SEED=N those of seed N.

const seed = process.env['MILLRACE_SEED'] ?? '1';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
