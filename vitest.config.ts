import { defineConfig } from 'vitest/config';

// One project per kind of test. Sockets are real, so a failure is a failure: no test is tried twice.
// The unit and architecture tests keep no state of their own, so they share their workers' modules: that halves their time.
const measured = ['packages/core/src/{balancers,upstream}/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter/summary-line.ts'],
    retry: 0,
    dangerouslyIgnoreUnhandledErrors: false,
    maxWorkers: 2,
    // Far more than any test takes, so that a busy machine fails none.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', isolate: false, include: ['packages/*/src/**/*.test.ts'], exclude: measured },
      },
      // They measure the heap, which code that other tests have used with other objects fills with boxed numbers.
      { extends: true, test: { name: 'heap', include: measured } },
      { extends: true, test: { name: 'architecture', isolate: false, include: ['test/architecture/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/{e2e,conformance,security,fuzz,simulation,examples,packaging}/**/*.test.ts'],
        },
      },
    ],
  },
});
