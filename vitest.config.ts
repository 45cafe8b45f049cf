import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["torrential-source"];
const execArgv = ["--conditions=torrential-source"];

/**
 * Four runners: `unit` shares its module graph between files (seven times faster, and our tests keep no global state);
 * `sim` plays whole swarms, each in one thread; `e2e` starts the real command; `interop` starts other people's clients,
 * with addresses of their own for each file. Two files at a time: the last two mostly wait, for each other's timers.
 */
const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    coverage: { include: ["packages/*/src/**"], exclude: ["**/*.test.ts"] },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/!(sim)/src/**/*.test.ts", "scripts/**/*.test.ts"],
          isolate: false,
          // A busy machine is no failure: a property test may take its time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          execArgv,
        },
      },
      {
        extends: true,
        test: {
          name: "sim",
          include: ["packages/sim/**/*.test.ts"],
          isolate: false,
          maxWorkers: 2,
          testTimeout: 120_000,
          execArgv,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          isolate: true,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          execArgv,
        },
      },
      {
        extends: true,
        test: {
          name: "interop",
          include: ["test/interop/**/*.test.ts"],
          isolate: true,
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          execArgv,
        },
      },
    ],
  },
});

export default config;
