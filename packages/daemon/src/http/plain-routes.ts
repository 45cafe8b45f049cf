/** What is not of the API: health, metrics, and files of pages, all from memory. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { METRICS_TYPE } from "./metrics.ts";

/** A file of a page; everything that is served as one is in memory before the server starts (PROMISES C4). */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Its name changes when it does: browsers may keep it. */
  readonly isImmutable: boolean;
  /** Content-Security-Policy; undefined for that of our own page. */
  readonly policy?: string;
}

/** By path: "/", "/assets/app-1234.js". */
export type PageFiles = ReadonlyMap<string, PageFile>;

export interface PlainRoutesDeps {
  readonly files: PageFiles;
  readonly metrics: () => string;
  /** Why requests are not served yet, or no longer; undefined when they are. */
  readonly whyNotReady: () => string | undefined;
}

export const HEALTH_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

export function addPlainRoutes(app: FastifyInstance, { files, metrics, whyNotReady }: PlainRoutesDeps): void {
  app.get("/healthz", (_request, reply) => reply.type("text/plain").header("cache-control", "no-store").send("ok\n"));
  app.get("/readyz", (_request, reply) => {
    const reason = whyNotReady();
    reply.type("text/plain").header("cache-control", "no-store");
    return reply.code(reason === undefined ? 200 : 503).send(reason === undefined ? "ready\n" : `${reason}\n`);
  });
  app.get("/metrics", (_request, reply) => reply.header("content-type", METRICS_TYPE).send(metrics()));
  for (const [path, file] of files) app.get(path, (_request, reply) => sendFile(reply, file));
}

function sendFile(reply: FastifyReply, { type, body, isImmutable, policy }: PageFile): FastifyReply {
  if (policy !== undefined) reply.header("content-security-policy", policy);
  const caching = isImmutable ? "public, max-age=31536000, immutable" : "no-cache";
  return reply.header("content-type", type).header("cache-control", caching).send(body);
}
