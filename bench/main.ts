// The command of the bench: which of its parts is wanted.
const [part, ...parameters] = process.argv.slice(2);

if (part === 'micro') await import('./micro/main.ts');
else if (part === 'hardship') await (await import('./hardship/main.ts')).runHardships(parameters);
else if (part === 'cores') await (await import('./cores/main.ts')).runCores(parameters);
else if (part === 'faults') await (await import('./faults/main.ts')).runFaults(parameters);
else await (await import('./load/main.ts')).runLoads(process.argv.slice(2));
