import fc from 'fast-check';

// Random tests try the same inputs in every run, so that a failure can be repeated. FC_SEED tries others.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
