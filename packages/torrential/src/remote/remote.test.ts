/** Pure parts of the verbs that drive a daemon. */
import { describe, expect, it } from "vitest";
import { makeCompletions, SHELLS } from "../completions.ts";
import { makeManPage } from "../man-page.ts";
import { makeProgram } from "../program.ts";
import { matchTorrent } from "./resolve.ts";
import { drawTable } from "./table.ts";
import { readAssignment } from "./verbs/manage.ts";
import { describeSources } from "./verbs/show.ts";

const HASH = "0123456789abcdef0123456789abcdef01234567";
const TORRENTS = [
  { id: 1, infoHash: HASH, name: "Debian 12 amd64" },
  { id: 2, infoHash: `f${HASH.slice(1)}`, name: "Debian 12 arm64" },
  { id: 3, infoHash: `e${HASH.slice(1)}`, name: "Debian" },
];

describe("naming a torrent", () => {
  it.each([
    ["012345", 1],
    ["F12345", 2],
    ["arm", 2],
    ["12 AMD", 1],
    ["Debian", 3],
  ])("by %s means %i", (text, id) => {
    expect(matchTorrent(TORRENTS, text).id).toBe(id);
  });

  it("refuses what fits none, or several", () => {
    expect(() => matchTorrent(TORRENTS, "fedora")).toThrow('no torrent fits "fedora"');
    expect(() => matchTorrent(TORRENTS, "64")).toThrow("fits 2 torrents: 1 Debian 12 amd64, 2 Debian 12 arm64");
  });
});

describe("a table", () => {
  const table = [
    { title: "ID", isRight: true, text: ({ id }: { id: number }) => String(id) },
    { title: "NAME", isElastic: true, text: ({ name }: { name: string }) => name },
    { title: "X", text: () => "x" },
  ];

  it("aligns, and cuts the elastic column where the terminal ends", () => {
    const rows = [
      { id: 1, name: "short" },
      { id: 22, name: "a name that is much too long" },
    ];
    expect(drawTable(rows, table, { columns: undefined })).toEqual([
      "ID  NAME                          X",
      " 1  short                         x",
      "22  a name that is much too long  x",
    ]);
    for (const line of drawTable(rows, table, { columns: 24 })) expect(line.length).toBeLessThanOrEqual(24);
  });

  it("lets no name speak to the terminal", () => {
    expect(drawTable([{ id: 1, name: "a\u001b[2Jb\nc" }], table, { columns: undefined })[1]).toBe(" 1  a[2Jb c  x");
  });
});

describe("a setting on the command line", () => {
  it.each([
    ["a=1", { a: 5 }, 1],
    ["a=true", { a: false }, true],
    ["a=1", { a: "x" }, "1"],
    ["a=x,y", { a: [] }, ["x", "y"]],
    ["a=", { a: ["x"] }, []],
    ['a=["x,y"]', { a: [] }, ["x,y"]],
    ["a=b=c", { a: "" }, "b=c"],
    ["a=nonsense", { a: 5 }, "nonsense"],
  ])("%s is read by the kind of %j", (word, before, value) => {
    expect(readAssignment(word, before)).toEqual(["a", value]);
  });
});

describe("what is made from the definitions of the verbs", () => {
  const program = makeProgram(() => undefined);

  it.each([...SHELLS])("completions for %s know every verb and option", (shell) => {
    const text = makeCompletions(program, shell);
    for (const verb of program.commands) expect(text).toContain(verb.name());
    expect(text).toContain("first-and-last");
    expect(text).not.toContain("undefined");
  });

  it("refuses another shell", () => {
    expect(() => makeCompletions(program, "tcsh")).toThrow("wanted bash, zsh, fish");
  });

  it("the man page has every verb", () => {
    const page = makeManPage(program);
    for (const verb of program.commands) expect(page).toContain(`.SS ${verb.name()} `);
  });
});

describe("who named a torrent's peers", () => {
  it("is counted, most first", () => {
    const peers = [{ source: "dht" }, { source: "tracker" }, { source: "tracker" }, {}];
    expect(describeSources(peers)).toBe("4 peers (2 tracker, 1 dht, 1 unknown)");
    expect(describeSources([{ source: "lsd" }])).toBe("1 peer (1 lsd)");
  });
});
