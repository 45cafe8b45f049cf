import { describe, expect, it } from "vitest";
import { findThreadEntries, toPublishedTypes } from "./publish.ts";

describe("published package", () => {
  it("finds the worker threads that a file starts", () => {
    const text = `const ENTRY = {
      source: new URL("./worker.ts", import.meta.url),
      published: new URL("./disk-worker.js", import.meta.url),
    };`;
    expect(findThreadEntries(text)).toEqual([{ source: "./worker.ts", published: "disk-worker.js" }]);
    expect(findThreadEntries('new URL("./worker.ts", import.meta.url)')).toEqual([]);
  });

  it("names published files in declarations", () => {
    const text =
      'import { A } from "./a.ts";\nexport * from "../b/c.ts";\nexport type D = import("./d.ts").D; const s: "./e.ts";';
    expect(toPublishedTypes(text)).toBe(
      'import { A } from "./a.js";\nexport * from "../b/c.js";\nexport type D = import("./d.js").D; const s: "./e.ts";',
    );
  });
});
