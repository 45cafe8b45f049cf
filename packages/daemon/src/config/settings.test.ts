import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkLayer, definitionOf, mergeSettings, SETTING_KEYS } from "./settings.ts";
import { readAssignments, readConfigFile, readEnvironment } from "./sources.ts";
import { checkSetting } from "./validate.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "torrential-config-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe("settings", () => {
  it.each(SETTING_KEYS)("%s has a default that fits it", (key) => {
    expect(checkSetting(definitionOf(key), definitionOf(key).default)).toBeUndefined();
  });

  it.each(["de", "fr"])("have title and description in the page's language %s", (language) => {
    const file = new URL(`../../../web/src/i18n/daemon-${language}.json`, import.meta.url);
    const words = JSON.parse(readFileSync(file, "utf8")).setting;
    for (const key of SETTING_KEYS) {
      const found = key.split(".").reduce((node, part) => node?.[part], words);
      expect([key, typeof found?.title, typeof found?.description]).toEqual([key, "string", "string"]);
    }
  });

  it("come from file, environment and command line; later ones win", () => {
    writeFileSync(
      join(folder, "c.toml"),
      '# a comment\n[limits]\ndown = 1000\nup = 5\n[http]\nlisten = ["127.0.0.1:1"]\n',
    );
    const layers = new Map([
      ["file", readConfigFile(join(folder, "c.toml"), { mustExist: true })],
      ["environment", readEnvironment({ TORRENTIAL_LIMITS_DOWN: "2000", TORRENTIAL_QUEUE_ENABLED: "true" })],
      ["command", readAssignments(["limits.down=3000", "http.listen=127.0.0.1:2,[::1]:3"])],
    ] as const);
    for (const [source, layer] of layers) checkLayer(source, layer);
    const { settings, origins } = mergeSettings(layers);
    expect(settings["limits.down"]).toBe(3000);
    expect(settings["limits.up"]).toBe(5);
    expect(settings["queue.enabled"]).toBe(true);
    expect(settings["http.listen"]).toEqual(["127.0.0.1:2", "[::1]:3"]);
    expect([origins.get("limits.up"), origins.get("limits.down"), origins.get("share.ratio")]).toEqual([
      "file",
      "command",
      "default",
    ]);
  });

  it.each([
    [{ "limits.down": -1 }, /limits\.down: got -1.*wanted 0 to/],
    [{ "limits.downn": 1 }, /limits\.downn, which is no setting/],
    [{ port: 1 }, /there is network\.port/],
    [{ "share.action": "explode" }, /wanted stop or remove/],
    [{ hooks: [{ name: "x", command: "rm", on: ["added"] }] }, /hooks: got/],
  ])("%j is refused in a sentence", (layer, message) => {
    expect(() => checkLayer("file", layer)).toThrow(message);
  });

  it("names the file that is no TOML", () => {
    writeFileSync(join(folder, "bad.toml"), "= 5");
    expect(() => readConfigFile(join(folder, "bad.toml"), { mustExist: true })).toThrow("bad.toml is no TOML");
    expect(readConfigFile(join(folder, "none.toml"), { mustExist: false })).toEqual({});
  });
});
