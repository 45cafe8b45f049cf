import { describe, expect, it } from "vitest";
import { buildTree, setPriority, sharedPriority } from "./file-tree.ts";

const FILES = [
  { index: 0, path: "a/2.bin", sizeBytes: 2 },
  { index: 1, path: "a/10.bin", sizeBytes: 10 },
  { index: 2, path: "b.txt", sizeBytes: 1 },
  { index: 3, path: "a/c/d.bin", sizeBytes: 4 },
];

describe("files as a tree", () => {
  it("has folders first, in the order of names as people count", () => {
    const [a, b] = buildTree(FILES);
    expect(a).toMatchObject({ name: "a", sizeBytes: 16, files: [3, 0, 1] });
    expect(a?.children.map(({ name }) => name)).toEqual(["c", "2.bin", "10.bin"]);
    expect(b).toMatchObject({ name: "b.txt", path: "b.txt", children: [] });
  });

  it("gives a folder's files one priority, or says that they differ", () => {
    const [a] = buildTree(FILES);
    if (a === undefined) throw new Error("no folder");
    expect(sharedPriority(a, new Map())).toBe(4);
    expect(sharedPriority(a, new Map([[1, 0]]))).toBeUndefined();
    expect(sharedPriority(a, setPriority(new Map([[1, 0]]), a, 7))).toBe(7);
  });
});
