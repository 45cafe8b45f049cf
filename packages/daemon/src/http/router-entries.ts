/** What the router answers, told by the router itself, so that nothing is forgotten: neither in a 405, nor in a test. */
import type { FastifyInstance } from "fastify";

export interface RouterEntry {
  readonly method: string;
  /** "/api/v1/torrents/:ref", "/api/v2/*". */
  readonly url: string;
}

export class RouterEntries {
  readonly #entries: RouterEntry[] = [];
  readonly #patterns = new Map<string, RegExp>();

  /** Before the first route is added. */
  constructor(app: FastifyInstance) {
    app.addHook("onRoute", ({ method, url }) => {
      for (const each of [method].flat()) this.#entries.push({ method: each, url });
      this.#patterns.set(url, toPattern(url));
    });
  }

  list(): readonly RouterEntry[] {
    return this.#entries;
  }

  /** What `path` may be asked by; empty when there is nothing at all. */
  methodsOf(path: string): readonly string[] {
    const fitting = this.#entries.filter(({ url }) => this.#patterns.get(url)?.test(path) === true);
    return [...new Set(fitting.map(({ method }) => method))];
  }
}

function toPattern(url: string): RegExp {
  const source = url
    .split("/")
    .map((part) => (part.startsWith(":") ? "[^/]+" : part === "*" ? ".*" : part.replaceAll(/[^\w-]/g, "\\$&")))
    .join("/");
  return new RegExp(`^${source}$`);
}
