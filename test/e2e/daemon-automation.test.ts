/** What a daemon does by itself: settings from four places, hooks, watched folders, limits by the clock, ends of seeding. */
import { copyFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaemonProcess } from "../support/daemon-process.ts";
import { type Fixture, makeFixture } from "../support/fixtures.ts";
import { TestFolder } from "../support/folder.ts";
import { waitFor } from "../support/wait-for.ts";

const KIB = 1024;

describe("a daemon by itself", () => {
  const folder = new TestFolder("daemon-automation");
  const [saved, watched, config] = [folder.folder("saved"), folder.folder("watched"), folder.at("torrential.toml")];
  const noted = folder.at("noted");
  let daemon: DaemonProcess;

  function fixture(name: string): Fixture {
    return makeFixture(folder.folder(`source-${name}`), {
      name,
      pieceLength: 16 * KIB,
      files: 20_000,
      dataLabel: name,
    });
  }

  function writeConfig(downloadsMax: number): void {
    const note = `printf '%s|%s' "$TORRENTIAL_EVENT" "$TORRENTIAL_NAME" > ${noted}`;
    writeFileSync(
      config,
      `# A comment.
[downloads]
roots = [${JSON.stringify(folder.path)}]
[queue]
downloads_max = ${downloadsMax}
[limits]
down = 1000
up = 1000
alternative_down = 500
alternative = "schedule"
schedule = [{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "24:00" }]
[watch]
folders = [{ path = ${JSON.stringify(watched)}, category = "watched", tags = ["w"], start = true }]
[[hooks]]
name = "note"
command = ["/bin/sh", "-c", ${JSON.stringify(note)}]
on = ["added"]
`,
    );
  }

  beforeAll(async () => {
    writeConfig(3);
    daemon = await DaemonProcess.start({
      stateDir: folder.at("state"),
      downloadDir: saved,
      extra: ["--config", config, "--set", "queue.enabled=false"],
      env: { TORRENTIAL_LIMITS_UP: "2000" },
    });
  }, 120_000);

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it("has settings of a file, the environment, the command line and the API, and reads the file again", async () => {
    await daemon.client.call("updateSettings", { body: { "queue.seeds_max": 9 } });
    const { values, origins } = await daemon.client.call("showSettings", {});
    const shown = ["queue.downloads_max", "limits.up", "queue.enabled", "queue.seeds_max", "queue.checks_max"];
    expect(shown.map((key) => [values[key], origins[key]])).toEqual([
      [3, "file"],
      [2000, "environment"],
      [false, "command"],
      [9, "api"],
      [2, "default"],
    ]);
    const fixed = daemon.client.call("updateSettings", { body: { "queue.downloads_max": 5 } });
    await expect(fixed).rejects.toMatchObject({ status: 403 });
    writeConfig(4);
    daemon.process.signal("SIGHUP");
    await waitFor(() => /read again: queue\.downloads_max/.test(daemon.process.stdout), { what: "the file is read" });
    expect((await daemon.client.call("showSettings", {})).values["queue.downloads_max"]).toBe(4);
    writeFileSync(config, "downloads = 7");
    daemon.process.signal("SIGHUP");
    await waitFor(() => /downloads/.test(daemon.process.stderr.split("\n").slice(-3).join("\n")), {
      what: "a sentence",
    });
    expect((await daemon.client.call("showSettings", {})).values["queue.downloads_max"]).toBe(4);
    writeConfig(4);
  });

  it("limits by the clock, until it is told otherwise", async () => {
    const { limits, isAlternativeLimits } = await daemon.client.call("showSession", {});
    expect([isAlternativeLimits, limits]).toEqual([true, { down: 500 }]);
    const byHand = await daemon.client.call("setAlternativeLimits", { body: { isOn: false } });
    expect([byHand.isAlternativeLimits, byHand.limits]).toEqual([false, { down: 1000, up: 2000 }]);
    await daemon.client.call("setAlternativeLimits", { body: { isOn: null } });
    expect((await daemon.client.call("showSession", {})).isAlternativeLimits).toBe(true);
  });

  it("takes what appears in a watched folder, and tells a hook, whose shell a name cannot reach", async () => {
    const torrent = fixture("a;$(touch pwned) 'b'.bin");
    const path = join(watched, "new.torrent");
    copyFileSync(torrent.torrentFile, path);
    // Written a while ago: it is whole.
    utimesSync(path, new Date(Date.now() - 10_000), new Date(Date.now() - 10_000));
    writeFileSync(join(watched, "bad.torrent"), "nothing");
    utimesSync(join(watched, "bad.torrent"), new Date(0), new Date(0));
    await waitFor(() => existsSync(`${path}.added`) && existsSync(join(watched, "bad.torrent.invalid")), {
      what: "both are taken away",
      deadlineMs: 60_000,
    });
    const view = await daemon.client.call("showTorrent", { params: { ref: torrent.infoHash } });
    expect(view).toMatchObject({ category: "watched", tags: ["w"], intent: "start" });
    await waitFor(() => existsSync(noted) && readFileSync(noted, "utf8") !== "", { what: "the hook ran" });
    expect(readFileSync(noted, "utf8")).toBe(`added|${view.name}`);
    expect(existsSync("pwned") || existsSync(join(saved, "pwned"))).toBe(false);
  });

  it("ends seeding where the torrent, its tag, its category or the settings say, in the way that they say", async () => {
    const { client } = daemon;
    await client.call("createTags", { body: { names: ["short"] } });
    const shareLimits = { idleTimeMs: 0, action: "remove" } as const;
    await client.call("updateTag", { query: { name: "short" }, body: { shareLimits } });
    const category = { name: "fleeting", shareLimits: { ratio: 0, action: "remove-data" } } as const;
    await client.call("createCategory", { body: category });
    await client.call("updateSettings", { body: { "share.seeding_minutes": 0, "share.action": "super-seed" } });
    const names = ["own", "tagged", "filed", "global", "all"] as const;
    const wishes = {
      own: { shareLimits: { seedingTimeMs: 1, action: "stop" } },
      tagged: { tags: ["short"], shareLimits: { seedingTimeMs: "none" } },
      filed: { category: "fleeting", shareLimits: { seedingTimeMs: "none" } },
      global: {},
      all: { shareLimits: { seedingTimeMs: 0, ratio: 99, match: "all", action: "remove" } },
    } as const;
    const fixtures = new Map(names.map((name) => [name, fixture(`${name}.bin`)]));
    for (const [name, { torrentBytes, dataDir }] of fixtures) {
      const source = { type: "file", base64: torrentBytes.toString("base64") } as const;
      await client.call("addTorrents", {
        body: { sources: [source], options: { folder: dataDir, skipCheck: true, ...wishes[name] } },
      });
    }
    const show = async (name: (typeof names)[number]) =>
      await client.call("showTorrent", { params: { ref: fixtures.get(name)?.infoHash ?? "" } }).catch(() => undefined);
    await waitFor(async () => (await show("tagged")) === undefined && (await show("filed")) === undefined, {
      what: "two are removed",
      deadlineMs: 60_000,
    });
    const ended = await waitFor(
      async () => ((await show("own"))?.isLimitReached === true ? await show("own") : undefined),
      {
        what: "one is stopped",
        deadlineMs: 60_000,
      },
    );
    expect(ended.intent).toBe("stop");
    await waitFor(async () => (await show("global"))?.isSuperSeeding === true, { what: "one super-seeds" });
    expect(await show("all")).toMatchObject({ intent: "start", isLimitReached: false });
    const data = (name: (typeof names)[number]): string => join(fixtures.get(name)?.dataDir ?? "", `${name}.bin`);
    await waitFor(() => !existsSync(data("filed")), { what: "its data is gone" });
    expect(existsSync(data("tagged"))).toBe(true);
    const { torrents } = await client.call("listTorrents", { query: { fields: ["name"] } });
    expect(torrents).toHaveLength(4);
  });
});
