import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError, type SessionInfo, type Settings } from "@torrential/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainFailure, judgeCounts, judgeSession, judgeSettings } from "./doctor.ts";
import { examineFolder, examinePort, examineState, type Finding, judgeClock } from "./doctor-local.ts";

const WELL: SessionInfo = {
  version: "1",
  startedAtMs: 0,
  downRate: 0,
  upRate: 0,
  downloadedBytes: 0,
  uploadedBytes: 0,
  wastedBytes: 0,
  totalDownloadedBytes: 0,
  totalUploadedBytes: 0,
  totalActiveMs: 0,
  totalStarts: 1,
  totalAdded: 0,
  torrents: 0,
  activeTorrents: 0,
  sleepingTorrents: 0,
  peers: 0,
  dhtNodes: 0,
  dhtBadNodes: 0,
  listenPort: 51_413,
  isReachable: true,
  limits: {},
  isAlternativeLimits: false,
  diskQueueBytes: 0,
  bufferBytes: 0,
  mainLoopP99Ms: 1,
  engineLoopP99Ms: 1,
  freeBytes: 1,
  isReadOnly: false,
};

/** Each is wrong, and says what to do about it. */
function expectOne(findings: readonly Finding[], what: RegExp): void {
  expect(findings).toHaveLength(1);
  expect(findings[0]?.what).toMatch(what);
  expect([findings[0]?.level === "ok", findings[0]?.remedy ?? ""]).toEqual([false, expect.stringMatching(/\w{3}/)]);
}

describe("the doctor", () => {
  it.each([
    [{ isReadOnly: true }, /full or read-only/],
    [{ listenPort: 0 }, /does not listen/],
    [{ isReachable: false }, /cannot reach port 51413/],
    [{ freeBytes: undefined }, /not there/],
    [{ engineLoopP99Ms: 400 }, /400 ms late/],
    [{ dhtProblem: "the port is taken" }, /no DHT/],
  ] as const)("finds %j in a daemon", (wrong, what) => {
    expect(judgeSession(WELL)).toEqual([]);
    expectOne(judgeSession({ ...WELL, ...wrong }), what);
  });

  it("finds a door without TLS", () => {
    const settings = (values: Settings["values"]): Settings => ({ values, origins: {} });
    expectOne(judgeSettings(settings({ "http.listen": ["0.0.0.0:9080", "127.0.0.1:1"] })), /^0\.0\.0\.0:9080 is open/);
    expect(judgeSettings(settings({ "http.listen": ["127.0.0.1:9080", "[::1]:9080"] }))).toEqual([]);
    const behind = { "http.listen": ["0.0.0.0:9080"], "http.trusted_proxies": ["10.0.0.0/8"] };
    expect(judgeSettings(settings(behind))).toEqual([]);
    expectOne(judgeSettings(settings({ ...behind, "http.auth": "none" })), /no password is asked for/);
  });

  it("finds a clock that is wrong", () => {
    const now = Date.UTC(2026, 10, 25);
    expect(judgeClock(now, now - 5)).toEqual([]);
    expect(judgeClock(now, undefined)).toEqual([]);
    expectOne(judgeClock(0, undefined), /the clock is wrong: it says 1970-01-01/);
    expectOne(judgeClock(now, now + 86_400_000), /the state was written at 2026-11-26/);
  });

  it("finds a disk that is full", async () => {
    expect(await examineFolder(tmpdir(), 1e12)).toEqual([]);
    expectOne(await examineFolder(tmpdir(), 1e6), /1(?:\.00)? MB are free for downloads/);
    if (process.getuid?.() !== 0) expectOne(await examineFolder("/", 1e12), /cannot be written/);
  });

  it("finds another program at the daemon's address", async () => {
    const server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    expectOne((await examinePort(new TypeError("fetch failed"), url)) ?? [], /something else than a daemon answers/);
    await new Promise((resolve) => server.close(resolve));
    expect(await examinePort(new TypeError("fetch failed"), url)).toBeUndefined();
  });

  it("counts torrents that need somebody", () => {
    expect(judgeCounts({ seeding: 3 })).toEqual([]);
    expectOne(judgeCounts({ error: 1 }), /^1 torrent stopped by an error/);
    expectOne(judgeCounts({ "storage-missing": 2 }), /^2 torrents waiting for a disk/);
    expectOne(judgeCounts({ quarantined: 1 }), /could not be loaded/);
  });

  it("says why nobody answers", () => {
    const place = { url: "http://127.0.0.1:9", token: undefined, stateDir: "/nowhere" };
    expectOne([explainFailure(new TypeError("fetch failed"), place)], /no daemon answers/);
    const problem = { type: "about:blank", title: "No", status: 401, detail: "log in", code: "unauthenticated" };
    expectOne([explainFailure(new ApiError(problem), place)], /refuses: /);
  });
});

describe("the doctor's look at the state folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "torrential-doctor-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("finds nothing wrong with one that is nobody else's", async () => {
    expect((await examineState(folder)).map(({ level }) => level)).toEqual(["ok"]);
  });

  it("finds that it is not there, that others may write to it, or read the token", async () => {
    expectOne(await examineState(join(folder, "no")), /no state folder/);
    mkdirSync(join(folder, "open"));
    chmodSync(join(folder, "open"), 0o777);
    expectOne(await examineState(join(folder, "open")), /written by others/);
    writeFileSync(join(folder, "token"), "x");
    chmodSync(join(folder, "token"), 0o644);
    expectOne(await examineState(folder), /token file can be read/);
    rmSync(join(folder, "token"));
    chmodSync(folder, 0o755);
    expectOne(await examineState(folder), /can be read by others/);
  });

  it("finds a state of a newer version", async () => {
    const header = Buffer.alloc(100);
    header.writeUInt32BE(99, 60);
    writeFileSync(join(folder, "state.db"), header);
    expectOne(await examineState(folder), /newer version \(schema 99/);
  });
});
