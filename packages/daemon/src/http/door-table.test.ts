/** The door, on every route: Host × Origin × Sec-Fetch-Site × credential × content type, each with its exact status. */
import { API_PREFIX, listRoutes, type RouteEntry } from "@torrential/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOOR_ROWS, type DoorRow, makeAsker } from "../test-support/door-rows.ts";
import { HttpWorld } from "../test-support/http-world.ts";

let world: HttpWorld;
let cookie: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  world = await HttpWorld.start({ origins: ["https://ui.example"] });
  await world.setPassword();
  cookie = await world.logIn();
  for (const scope of ["read", "add", "control"]) {
    const { body } = await world.json("POST", "/api/v1/auth/tokens", { name: scope, scope });
    tokens.set(scope, String(Object(body).token));
  }
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${world.rootToken}` });
const session = (): Record<string, string> => ({ cookie });

describe("the door", () => {
  it("answers each caller the same on every route", async () => {
    const asker = makeAsker(world, cookie);
    const inside = new Map<string, number>();
    for (const row of DOOR_ROWS) {
      const isSpent = row.what === "a wrong token";
      for (const route of isSpent ? listRoutes().slice(0, 2) : listRoutes()) {
        if (route.name === "shutDown" || route.name === "logout") continue;
        const { status } = await ask(route, row.headers(asker));
        const place = `${route.method} ${route.path}`;
        // The first row is the owner's token: whoever else comes in is told what it was told.
        if (row.what === "a token") inside.set(place, status);
        const wanted = wantedOf(row, route);
        expect(`${row.what}: ${place}: ${status}`).toBe(
          `${row.what}: ${place}: ${wanted === "in" ? inside.get(place) : wanted}`,
        );
        if (wanted === "in") expect(isInside(status)).toBe(true);
      }
    }
  });

  it("lets each scope do what it holds, and nothing else", async () => {
    const levels = ["read", "add", "control", "admin"];
    for (const [scope, token] of tokens) {
      for (const route of listRoutes()) {
        if (route.route.access === "public" || route.name === "shutDown") continue;
        const { status } = await ask(route, { authorization: `Bearer ${token}` });
        const place = `${scope}: ${route.method} ${route.path}`;
        const isHeld = levels.indexOf(route.route.access) <= levels.indexOf(scope);
        expect(`${place}: ${isInside(status) ? "in" : status}`).toBe(`${place}: ${isHeld ? "in" : 403}`);
      }
    }
  });

  it.each(["/nothing", "/api/v1/nothing", "/%61pi/v1/session"])("stands before %s too", async (path) => {
    expect((await world.ask({ path })).status).toBe(401);
    expect((await world.ask({ path, headers: { ...bearer(), host: "evil.example" } })).status).toBe(421);
    expect((await world.ask({ path, headers: { ...session(), origin: "https://evil.example" } })).status).toBe(403);
  });

  it.each([
    "//api/v1/session",
    "/api/../metrics",
    "/api/v1/%2e%2e/metrics",
    "/api\\v1",
    "/a%2fb",
    "/%00",
    "http://evil.example/",
    "*",
  ])("refuses the path %s", async (path) => {
    expect((await world.ask({ path, headers: bearer() })).status).toBe(400);
  });

  it("changes nothing on GET", async () => {
    for (const { name, method, path } of listRoutes()) {
      if (method === "GET") continue;
      const before = world.service.calls.length;
      const { status } = await world.ask({ path: fill(path), headers: bearer() });
      if (![200, 404, 405].includes(status)) throw new Error(`GET ${path} (${name}) got ${status}`);
      expect(world.service.calls.length).toBe(before);
    }
  });

  it("gives CORS headers to configured origins, and to nobody else", async () => {
    const ours = await world.ask({ path: "/api/v1/session", headers: { ...bearer(), origin: "https://ui.example" } });
    expect(ours.headers["access-control-allow-origin"]).toBe("https://ui.example");
    const preflight = await world.ask({
      method: "OPTIONS",
      path: "/api/v1/torrents",
      headers: { origin: "https://ui.example" },
    });
    expect(preflight.status).toBe(204);
    for (const origin of [world.url, "https://evil.example", "https://ui.example.evil.example"]) {
      const reply = await world.ask({ path: "/api/v1/session", headers: { ...bearer(), origin } });
      expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
    }
    const evil = await world.ask({
      method: "OPTIONS",
      path: "/api/v1/torrents",
      headers: { origin: "https://evil.example" },
    });
    expect(evil.status).toBe(403);
  });

  it("sends its headers with every answer", async () => {
    for (const path of ["/healthz", "/nothing", "/api/", "/api/v1/session", "//"]) {
      const { headers } = await world.ask({ path });
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({ "x-frame-options": "DENY", "x-content-type-options": "nosniff" });
    }
  });
});

function wantedOf(row: DoorRow, { method, route }: RouteEntry): number | "in" {
  if (route.access === "public") {
    if (row.public !== undefined) return row.public;
    return row.unsafe;
  }
  if (method === "GET") return row.safe;
  return row.unsafe;
}

/** The door let it in; what the router made of it is another matter. */
function isInside(status: number): boolean {
  return ![401, 403, 415, 421, 429].includes(status);
}

/** A request that the door may let in, and that no schema accepts where it would change something. */
async function ask(
  { method, path, name, route }: RouteEntry,
  headers: Record<string, string>,
): ReturnType<HttpWorld["ask"]> {
  // A stream would not end; without a window to show there is none.
  const query = name === "openEvents" ? "?viewport=nothing" : "";
  // An own session or token, so that the table does not lose it.
  const hasBody = route.body !== undefined;
  const type = hasBody && headers["content-type"] === undefined ? { "content-type": "application/json" } : {};
  return await world.ask({
    method,
    path: API_PREFIX + fill(path) + query,
    headers: { ...type, ...headers },
    ...(hasBody ? { body: "[]" } : {}),
  });
}

function fill(path: string): string {
  return path.replace(":ref", "1").replace(":index", "0").replaceAll(/:\w+/g, "nothing");
}
