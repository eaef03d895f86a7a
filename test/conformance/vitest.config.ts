import { defineConfig } from 'vitest/config';

/** Only the suite against MILLRACE_URL; emulators are slow, and start their functions cold. */
export default defineConfig({
  test: {
    include: ['test/conformance/deployed.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
