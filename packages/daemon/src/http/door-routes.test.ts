/** The door before what is not our API: every route that the router has must have a row here, or it fails. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API_PREFIX, listRoutes } from "@torrential/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeQbittorrentSurface } from "../compat/qbittorrent/surface.ts";
import { makeTransmissionSurface } from "../compat/transmission/surface.ts";
import { DOOR_ROWS, type DoorRow, makeAsker } from "../test-support/door-rows.ts";
import { HttpWorld } from "../test-support/http-world.ts";
import { addOtherPages } from "./page-files.ts";

let world: HttpWorld;
let cookie: string;
const folder = mkdtempSync(join(tmpdir(), "torrential-pages-"));

beforeAll(async () => {
  for (const name of ["index.html", "app.js"]) writeFileSync(join(folder, name), "");
  const ours = new Map(["/", "/assets/app-1.js"].map((path) => [path, PAGE]));
  const transmissionPath = "/transmission/rpc";
  world = await HttpWorld.start(
    { origins: ["https://ui.example"] },
    {
      files: addOtherPages(ours, { qbittorrent: "", transmission: folder, transmissionPath }),
      makeSurfaces: (service) => [
        makeQbittorrentSurface(service),
        makeTransmissionSurface({ service, stateFolder: "/nonexistent", path: transmissionPath }),
      ],
    },
  );
  await world.setPassword();
  cookie = await world.logIn();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const PAGE = { type: "text/html", body: Buffer.from("x"), isImmutable: false };

type Status = number | "in";

/** What a row means for a route that is asked in a safe way, or not. */
type Kind = (row: DoorRow, isSafe: boolean) => Status;

/** Nothing in it is anybody's. */
const open: Kind = ({ safe, public: forAll }) => (safe === 401 ? (forAll ?? 401) : safe);
const owned: Kind = ({ safe, unsafe }, isSafe) => (isSafe ? safe : unsafe);
/** JSON comes without a type, and its own header guards against forms (API-COMPAT). */
const transmission: Kind = (row, isSafe) => (owned(row, isSafe) === 415 ? "in" : owned(row, isSafe));
/**
 * Says 401 to other sites and 403 to who is not logged in, as the original; reads forms; and takes a cookie alone, as its programs
 * send no more (C1).
 */
const qbittorrent: Kind = (row, isSafe) => {
  if (row.what.endsWith(" alone")) return "in";
  const status = transmission(row, isSafe);
  if (status === 401) return 403;
  return status === 403 || status === 421 ? 401 : status;
};

const KINDS: Readonly<Record<string, Kind>> = {
  "/": open,
  "/assets/app-1.js": open,
  "/transmission/web/": open,
  "/transmission/web/app.js": open,
  "/api/": open,
  "/api/page.css": open,
  "/api/page.js": open,
  "/healthz": open,
  "/readyz": open,
  "/metrics": owned,
  "/transmission/rpc": transmission,
  "/transmission/rpc/": transmission,
  "/api/v2/*": qbittorrent,
};

describe("the door before other routes than our API's", () => {
  it("knows every route that the router has", () => {
    const ours = new Set(listRoutes().map(({ path }) => API_PREFIX + path));
    const others = world.server.routes.map(({ url }) => url).filter((url) => !ours.has(url));
    expect([...new Set(others)].toSorted()).toEqual(Object.keys(KINDS).toSorted());
  });

  it("answers each caller the same on all of them", async () => {
    const asker = makeAsker(world, cookie);
    for (const { method, url } of world.server.routes) {
      const kind = KINDS[url];
      if (kind === undefined) continue;
      const isSafe = method === "GET" || method === "HEAD";
      const path = url.replace("*", "app/version");
      let inside: number | undefined;
      for (const row of DOOR_ROWS) {
        // Wrong ones are counted by address: a few are all that a table may spend.
        if (row.what === "a wrong token") continue;
        const { status } = await world.ask({ method, path, headers: row.headers(asker) });
        const isPreflight = method === "OPTIONS" && row.what === "a configured origin";
        const wanted = isPreflight ? 204 : kind(row, isSafe);
        if (wanted === "in") inside ??= status;
        expect(`${row.what}: ${method} ${url}: ${status}`).toBe(
          `${row.what}: ${method} ${url}: ${wanted === "in" ? inside : wanted}`,
        );
        if (wanted === "in") expect([401, 403, 421]).not.toContain(status);
      }
    }
  });

  it("takes no method that a path does not have, and says which it has", async () => {
    for (const url of Object.keys(KINDS)) {
      const path = url.replace("*", "app/version");
      const reply = await world.ask({ method: "PROPFIND", path, headers: world.bearer });
      expect(`${url}: ${reply.status}`).toBe(`${url}: 405`);
      expect(String(reply.headers["allow"]).split(", ")).toContain("GET");
      expect(JSON.parse(reply.text)).toMatchObject({ status: 405, code: "method-not-allowed" });
    }
  });
});
