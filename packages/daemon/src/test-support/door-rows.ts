/** Who asks, in every way that the door tells apart: Host × Origin × Sec-Fetch-Site × credential × content type. */
import type { HttpWorld } from "./http-world.ts";

/** What a row is made of. */
export interface Asker {
  readonly bearer: Record<string, string>;
  readonly session: Record<string, string>;
  readonly url: string;
  readonly host: string;
  readonly port: string;
  /** Another each time. Failures are counted by address, so that a few are all that a table may spend. */
  wrongToken(): string;
}

export interface DoorRow {
  readonly what: string;
  readonly headers: (as: Asker) => Record<string, string>;
  /** For safe methods, and for those that change something. */
  readonly safe: number | "in";
  readonly unsafe: number | "in";
  /** Where there is no login. */
  readonly public?: number | "in";
}

/** `cookie`: of a session, as "name=value". */
export function makeAsker({ rootToken, url, host }: HttpWorld, cookie: string): Asker {
  let wrong = 0;
  return {
    bearer: { authorization: `Bearer ${rootToken}` },
    session: { cookie },
    url,
    host,
    port: host.split(":")[1] ?? "",
    wrongToken: () => `trt_${String((wrong += 1)).padStart(43, "x")}`,
  };
}

export const DOOR_ROWS: readonly DoorRow[] = [
  { what: "a token", headers: (as) => as.bearer, safe: "in", unsafe: "in" },
  { what: "a session, same origin", headers: (as) => ({ ...as.session, origin: as.url }), safe: "in", unsafe: "in" },
  {
    what: "a session, Sec-Fetch-Site same-origin",
    headers: (as) => ({ ...as.session, "sec-fetch-site": "same-origin" }),
    safe: "in",
    unsafe: "in",
  },
  {
    what: "a session, Sec-Fetch-Site none",
    headers: (as) => ({ ...as.session, "sec-fetch-site": "none" }),
    safe: "in",
    unsafe: "in",
  },
  { what: "a session alone", headers: (as) => as.session, safe: "in", unsafe: 403 },
  { what: "a session and a token", headers: (as) => ({ ...as.session, ...as.bearer }), safe: "in", unsafe: "in" },
  { what: "nothing", headers: () => ({}), safe: 401, unsafe: 401, public: "in" },
  {
    what: "an unknown session",
    headers: (as) => ({ cookie: "torrential=x", origin: as.url }),
    safe: 401,
    unsafe: 401,
    public: "in",
  },
  {
    what: "a token with a form",
    headers: (as) => ({ ...as.bearer, "content-type": "application/x-www-form-urlencoded" }),
    safe: "in",
    unsafe: 415,
  },
  {
    what: "a token with text",
    headers: (as) => ({ ...as.bearer, "content-type": "text/plain" }),
    safe: "in",
    unsafe: 415,
  },
  // A page of another site, with every credential that a browser could be made to send.
  {
    what: "another origin",
    headers: (as) => ({ ...as.session, origin: "https://evil.example" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "another origin with a token",
    headers: (as) => ({ ...as.bearer, origin: "https://evil.example" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  { what: "origin null", headers: (as) => ({ ...as.session, origin: "null" }), safe: 403, unsafe: 403, public: 403 },
  {
    what: "another port of this host",
    headers: (as) => ({ ...as.session, origin: "http://127.0.0.1:1" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "Sec-Fetch-Site cross-site",
    headers: (as) => ({ ...as.session, "sec-fetch-site": "cross-site" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "Sec-Fetch-Site same-site",
    headers: (as) => ({ ...as.bearer, "sec-fetch-site": "same-site" }),
    safe: 403,
    unsafe: 403,
    public: 403,
  },
  {
    what: "a link from another site",
    headers: (as) => ({ ...as.bearer, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }),
    safe: "in",
    unsafe: 403,
    public: 403,
  },
  {
    what: "a configured origin",
    headers: (as) => ({ ...as.bearer, origin: "https://ui.example" }),
    safe: "in",
    unsafe: "in",
  },
  // DNS rebinding.
  {
    what: "another Host",
    headers: (as) => ({ ...as.bearer, host: "evil.example" }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "another Host as its own origin",
    headers: (as) => ({ ...as.session, host: "evil.example", origin: "http://evil.example" }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "our address without port",
    headers: (as) => ({ ...as.bearer, host: "127.0.0.1" }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "another address with our port",
    headers: (as) => ({ ...as.bearer, host: `127.0.0.2:${as.port}` }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  { what: "localhost", headers: (as) => ({ ...as.bearer, host: `localhost:${as.port}` }), safe: "in", unsafe: "in" },
  { what: "LOCALHOST", headers: (as) => ({ ...as.bearer, host: `LOCALHOST:${as.port}` }), safe: "in", unsafe: "in" },
  {
    what: "X-Forwarded-Host from nobody we trust",
    headers: (as) => ({ ...as.bearer, host: "evil.example", "x-forwarded-host": as.host }),
    safe: 421,
    unsafe: 421,
    public: 421,
  },
  {
    what: "an upgrade with a session alone",
    headers: (as) => ({ ...as.session, upgrade: "websocket", connection: "upgrade" }),
    safe: 403,
    unsafe: 403,
  },
  {
    what: "a wrong token",
    headers: (as) => ({ authorization: `Bearer ${as.wrongToken()}` }),
    safe: 401,
    unsafe: 401,
    public: 401,
  },
];
