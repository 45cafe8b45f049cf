/**
 * Coming in: names and passwords, cookies, and where a request says that it comes from. Asked with plain requests, since
 * fetch() chooses Host, Origin and cookies by itself.
 */
import { request } from "node:http";

export interface Door {
  /** "http://198.18.0.1:8080". */
  readonly url: string;
  readonly password: string;
}

export interface LoginAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Lower-case names of the cookie's attributes, in order; its own name is the first. */
  readonly cookie: readonly string[];
}

export interface LoginStep {
  readonly name: string;
  readonly ask: (door: Door) => {
    readonly method?: string;
    readonly path: string;
    readonly form?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** The cookie that the last right login brought goes along. */
  readonly withCookie?: boolean;
}

const logIn = (name: string, form: Readonly<Record<string, string>>, more: Partial<LoginStep> = {}): LoginStep => ({
  name,
  ask: () => ({ path: "auth/login", form }),
  ...more,
});
const right = (name: string, more: Partial<LoginStep> = {}): LoginStep => ({
  name,
  ask: ({ password }) => ({ path: "auth/login", form: { username: "admin", password } }),
  ...more,
});
const read = (name: string, headers: (door: Door) => Readonly<Record<string, string>> = () => ({})): LoginStep => ({
  name,
  withCookie: true,
  ask: (door) => ({ path: "transfer/speedLimitsMode", headers: headers(door) }),
});
const hostOf = ({ url }: Door): string => new URL(url).host;
const portOf = ({ url }: Door): string => new URL(url).port;

export const LOGIN_STEPS: readonly LoginStep[] = [
  ...["app/version", "torrents/info", "no/such", "auth/logout", "auth/dance"].map((path) => ({
    name: `${path} by a stranger`,
    ask: () => ({ path }),
  })),
  { name: "a write by a stranger", ask: () => ({ path: "torrents/delete", form: { hashes: "all" } }) },
  { name: "a lost session", ask: () => ({ path: "app/version", headers: { cookie: "SID=lost" } }) },
  { name: "a cookie of another name", ask: () => ({ path: "app/version", headers: { cookie: "sid=x; a" } }) },
  { name: "login by GET", ask: () => ({ path: "auth/login?username=admin&password=x" }) },
  logIn("login, nothing said", {}),
  logIn("login, wrong password", { username: "admin", password: "wrong" }),
  right("login, right"),
  read("with the cookie"),
  right("login, once more", { withCookie: true }),
  { name: "logout by GET", withCookie: true, ask: () => ({ path: "auth/logout" }) },
  read("of another origin", () => ({ origin: "http://evil.example" })),
  read("of another port", (door) => ({ origin: `http://${new URL(door.url).hostname}:1` })),
  read("of no origin", () => ({ origin: "null" })),
  read("of its own origin", (door) => ({ origin: `http://${hostOf(door)}` })),
  read("led from elsewhere", () => ({ referer: "http://evil.example/x" })),
  read("led from itself", (door) => ({ referer: `http://${hostOf(door)}/x` })),
  read("its own origin, led from elsewhere", (door) => ({
    origin: `http://${hostOf(door)}`,
    referer: "http://evil.example/x",
  })),
  read("to another port", () => ({ host: "198.18.62.2:1" })),
  read("to another name", (door) => ({ host: `evil.example:${portOf(door)}` })),
  { name: "logout", withCookie: true, ask: () => ({ path: "auth/logout", form: {} }) },
  read("after the logout"),
  ...["first", "second", "third", "fourth", "fifth"].map((word) =>
    logIn(`login, the ${word} wrong one`, { username: "admin", password: word }),
  ),
  right("login, too often wrong before"),
];

/** Asks one after the other, and keeps the cookie. */
export class Visitor {
  readonly #door: Door;
  #cookie = "SID=none";

  constructor(door: Door) {
    this.#door = door;
  }

  async say({ ask, withCookie = false }: LoginStep): Promise<LoginAnswer> {
    const { path, form, method = form === undefined ? "GET" : "POST", headers = {} } = ask(this.#door);
    const body = form === undefined ? "" : new URLSearchParams(form).toString();
    const answer = await send(`${this.#door.url}/api/v2/${path}`, {
      method,
      body,
      headers: {
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...(withCookie ? { cookie: this.#cookie } : {}),
        ...headers,
      },
    });
    const { line, ...rest } = answer;
    if (line?.startsWith("SID=") === true && !line.startsWith("SID=;")) this.#cookie = line.split(";")[0] ?? "";
    return rest;
  }
}

function send(
  url: string,
  options: { readonly method: string; readonly body: string; readonly headers: Readonly<Record<string, string>> },
): Promise<LoginAnswer & { readonly line: string | undefined }> {
  const { method, body, headers } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers: { ...headers, "content-length": body.length } });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        const [line] = response.headers["set-cookie"] ?? [];
        const contentType = response.headers["content-type"]?.split(";")[0] ?? "";
        resolve({ status: response.statusCode ?? 0, contentType, text, line, cookie: attributesOf(line) });
      });
    });
    sent.end(body);
  });
}

function attributesOf(line: string | undefined): readonly string[] {
  return (line?.split(";") ?? []).map((part) => part.trim().split("=")[0]?.toLowerCase() ?? "").toSorted();
}
