import { defineConfig } from "vitest/config";

const conditions = ["torrential-source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/!(sim)/src/**/*.test.ts", "scripts/**/*.test.ts"],
          isolate: false,
          execArgv: ["--conditions=torrential-source"],
        },
      },
    ],
  },
});
