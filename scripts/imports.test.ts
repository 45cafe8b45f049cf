import { describe, expect, it } from "vitest";
import { findImportProblems, judgeImport } from "./imports.ts";

describe("import direction", () => {
  it.each([
    ["packages/engine/src/picker/picker.ts", "@torrential/core"],
    ["packages/engine/src/picker/picker.ts", "../slab.ts"],
    ["packages/node/src/net/tcp.ts", "node:net"],
    ["packages/node/src/http/get.ts", "undici"],
    ["packages/core/src/crypto.ts", "node:crypto"],
    ["packages/core/src/bytes.test.ts", "fast-check"],
    ["packages/torrential/src/main.ts", "@torrential/node"],
    ["test/e2e/download.test.ts", "@torrential/core"],
    ["test/e2e/download.test.ts", "../support/process.ts"],
    ["bench/picker.ts", "../packages/engine/src/picker/picker.ts"],
  ])("lets %s import %s", (path, specifier) => {
    expect(judgeImport(path, specifier)).toBeUndefined();
  });

  it.each([
    ["packages/core/src/bytes.ts", "@torrential/protocol", "core may not import protocol"],
    ["packages/engine/src/session.ts", "@torrential/node", "engine may not import node"],
    ["packages/sim/src/world.ts", "@torrential/node", "sim may not import node"],
    ["packages/engine/src/session.ts", "node:net", 'engine is pure and imports "node:net"'],
    ["packages/protocol/src/wire/decoder.ts", "picomatch", "protocol is pure"],
    ["packages/node/src/client.ts", "@torrential/core/src/bytes.ts", "behind the index.ts of core"],
    ["packages/node/src/client.ts", "../../core/src/bytes.ts", "behind the index.ts of core"],
    ["test/e2e/decoder.test.ts", "../../packages/core/src/bytes.ts", "behind the index.ts of core"],
    ["packages/core/src/bytes.ts", "../../../scripts/tidy.ts", "leaves the package core"],
    ["packages/core/src/bytes.ts", "./ids", "needs its extension"],
    ["packages/core/src/bytes.ts", "@torrential/core", "core imports itself by name"],
  ])("stops %s from importing %s", (path, specifier, message) => {
    expect(judgeImport(path, specifier)).toContain(message);
  });

  it("sees imports, re-exports, import() and import types, with their lines", () => {
    const text = `
      import type { A } from "@torrential/node";
      export * from "@torrential/node";
      type B = import("@torrential/node").B;
      export const c = (): unknown => import("@torrential/node");
    `;
    const problems = findImportProblems([{ path: "packages/core/src/a.ts", text }]);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
  });
});
