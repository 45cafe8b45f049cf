/** The door, on every route: Host × Origin × Sec-Fetch-Site × credential × content type, each with its exact status. */
import { API_PREFIX, listRoutes, type RouteEntry } from "@torrential/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

interface Row {
  readonly what: string;
  readonly headers: () => Record<string, string>;
  /** For safe methods, and for those that change something. */
  readonly safe: number | "in";
  readonly unsafe: number | "in";
  /** Where there is no login. */
  readonly public?: number | "in";
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${world.rootToken}` });
const session = (): Record<string, string> => ({ cookie });

const ROWS: readonly Row[] = [
  { what: "a token", headers: bearer, safe: "in", unsafe: "in" },
  { what: "a session, same origin", headers: () => ({ ...session(), origin: world.url }), safe: "in", unsafe: "in" },
  {
    what: "a session, Sec-Fetch-Site same-origin",
    headers: () => ({ ...session(), "sec-fetch-site": "same-origin" }),
    safe: "in",
    unsafe: "in",
  },
  {
    what: "a session, Sec-Fetch-Site none",
    headers: () => ({ ...session(), "sec-fetch-site": "none" }),
    safe: "in",
    unsafe: "in",
  },
  { what: "a session alone", headers: session, safe: "in", unsafe: 403 },
  { what: "a session and a token", headers: () => ({ ...session(), ...bearer() }), safe: "in", unsafe: "in" },
  { what: "nothing", headers: () => ({}), safe: 401, unsafe: 401, public: "in" },
  {
    what: "an unknown session",
    headers: () => ({ cookie: "torrential=x", origin: world.url }),
    safe: 401,
    unsafe: 401,
    public: "in",
  },
  {
    what: "a token with a form",
    headers: () => ({ ...bearer(), "content-type": "application/x-www-form-urlencoded" }),
    safe: "in",
    unsafe: 415,
  },
  {
    what: "a token with text",
    headers: () => ({ ...bearer(), "content-type": "text/plain" }),
    safe: "in",
    unsafe: 415,
  },
  // A page of another site, with every credential that a browser could be made to send.
  {
    what: "another origin",
    headers: () => ({ ...session(), origin: "https://evil.example" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "another origin with a token",
    headers: () => ({ ...bearer(), origin: "https://evil.example" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  { what: "origin null", headers: () => ({ ...session(), origin: "null" }), safe: 403, unsafe: 403, public: 403 },
  {
    what: "another port of this host",
    headers: () => ({ ...session(), origin: "http://127.0.0.1:1" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "Sec-Fetch-Site cross-site",
    headers: () => ({ ...session(), "sec-fetch-site": "cross-site" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "Sec-Fetch-Site same-site",
    headers: () => ({ ...bearer(), "sec-fetch-site": "same-site" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "a link from another site",
    headers: () => ({ ...bearer(), "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }),
    safe: "in",
    unsafe: 403,
    public: 403,
  },
  {
    what: "a configured origin",
    headers: () => ({ ...bearer(), origin: "https://ui.example" }),
    safe: "in",
    unsafe: "in",
  },
  // DNS rebinding.
  { what: "another Host", headers: () => ({ ...bearer(), host: "evil.example" }), safe: 421, unsafe: 421, public: 421 },
  {
    what: "another Host as its own origin",
    headers: () => ({ ...session(), host: "evil.example", origin: "http://evil.example" }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "our address without port",
    headers: () => ({ ...bearer(), host: "127.0.0.1" }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "another address with our port",
    headers: () => ({ ...bearer(), host: `127.0.0.2:${portOf()}` }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  { what: "localhost", headers: () => ({ ...bearer(), host: `localhost:${portOf()}` }), safe: "in", unsafe: "in" },
  { what: "LOCALHOST", headers: () => ({ ...bearer(), host: `LOCALHOST:${portOf()}` }), safe: "in", unsafe: "in" },
  {
    what: "X-Forwarded-Host from nobody we trust",
    headers: () => ({ ...bearer(), host: "evil.example", "x-forwarded-host": world.host }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "an upgrade with a session alone",
    headers: () => ({ ...session(), upgrade: "websocket", connection: "upgrade" }),
    safe: 403,
    unsafe: 403,
  },
  {
    what: "a wrong token",
    headers: () => ({ authorization: `Bearer ${nextWrongToken()}` }),
    safe: 401,
    unsafe: 401,
    public: 401,
  },
];

const portOf = (): string => world.host.split(":")[1] ?? "";
let wrong = 0;
/** Failures are counted by address, so that a few are all that this table may spend. */
const nextWrongToken = (): string => `trt_${String((wrong += 1)).padStart(43, "x")}`;

describe("the door", () => {
  for (const row of ROWS) {
    it(`answers ${row.what} the same on every route`, async () => {
      const isSpent = row.what === "a wrong token";
      for (const route of isSpent ? listRoutes().slice(0, 2) : listRoutes()) {
        if (route.name === "shutDown" || route.name === "logout") continue;
        const { status } = await ask(route, row.headers());
        const place = `${row.what}: ${route.method} ${route.path}`;
        const wanted = wantedOf(row, route);
        const got = wanted === "in" && isInside(status) ? "in" : status;
        expect(`${place}: ${got}`).toBe(`${place}: ${wanted}`);
      }
    });
  }

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

  it.each([
    "/",
    "/nothing",
    "/api/v1/nothing",
    "/metrics",
    "/api/v2/torrents/info",
    "/transmission/rpc",
    "/%61pi/v1/session",
  ])("stands before %s too", async (path) => {
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

function wantedOf(row: Row, { method, route }: RouteEntry): number | "in" {
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
  if (name === "openEvents") return await world.ask({ method: "HEAD", path: "/api/v1/session", headers });
  // An own session or token, so that the table does not lose it.
  const hasBody = route.body !== undefined;
  const type = hasBody && headers["content-type"] === undefined ? { "content-type": "application/json" } : {};
  return await world.ask({
    method,
    path: API_PREFIX + fill(path),
    headers: { ...type, ...headers },
    ...(hasBody ? { body: "[]" } : {}),
  });
}

function fill(path: string): string {
  return path.replace(":ref", "1").replace(":index", "0").replaceAll(/:\w+/g, "nothing");
}
