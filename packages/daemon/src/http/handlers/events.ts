/** Event streams over HTTP. */
import type { ServerResponse } from "node:http";
import type { EventTopic, Viewport } from "@torrential/api";
import { viewportSchema } from "@torrential/api";
import { parsePosition } from "../events/frame.ts";
import type { EventSink } from "../events/stream.ts";
import type { Principal } from "../../door/principal.ts";
import { type HandlerDeps, HIJACKED, type Handlers } from "../handler.ts";
import { parseJsonBody } from "../json-body.ts";
import { compileChecks } from "../validation.ts";

const ALL: readonly EventTopic[] = ["torrents", "counts", "session", "history", "settings", "labels", "jobs"];
/** Between two connections, for browsers' own EventSource. */
const RETRY_MS = 2_000;

export const eventHandlers: Handlers<"openEvents" | "setViewport"> = {
  openEvents: ({ query, request, reply, principal }, deps) => {
    const { events, now } = deps;
    const header = request.headers["last-event-id"];
    const position = parsePosition(typeof header === "string" ? header : query.lastEventId);
    const wanted = query.topics ?? ALL;
    // What is logged is the owner's business.
    const topics = new Set(wanted.filter((topic) => topic !== "log" || principal?.scope === "admin"));
    const viewport = query.viewport === undefined ? undefined : readViewport(query.viewport);
    const response = reply.raw;
    const sink = makeSink(response);
    const stream = events.open({ topics, viewport, position, isStillIn: watch(principal, deps) }, sink);
    reply.hijack();
    response.on("drain", () => events.handleDrain(stream));
    response.on("close", () => stream.detach(sink, now()));
    return HIJACKED;
  },

  setViewport: ({ params, body }, { events }) => {
    events.setViewport(params.stream, body);
    return undefined;
  },
};

/** A stream lasts for days: it ends with what let its reader in (PROMISES C2). */
function watch(principal: Principal | undefined, { sessions, tokens, accounts, wallNow }: HandlerDeps): () => boolean {
  if (principal === undefined) return () => false;
  const { kind, sessionId, tokenId } = principal;
  const { generation } = accounts;
  if (sessionId !== undefined) return () => sessions.has(sessionId);
  if (tokenId !== undefined) return () => tokens.has(tokenId, wallNow());
  return kind === "password" ? () => accounts.generation === generation : () => true;
}

const checkViewport = compileChecks({ group: "events", access: "read", summary: "", query: viewportSchema }).query;

/** Throws "invalid" or "body-invalid". */
function readViewport(text: string): Viewport {
  return checkViewport(parseJsonBody(text)) as Viewport;
}

/** The head goes out with the first event, so that a refusal can still be a problem. */
function makeSink(response: ServerResponse): EventSink {
  return {
    write: (text) => {
      if (!response.headersSent) {
        response.writeHead(200, {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          // nginx would keep events back.
          "x-accel-buffering": "no",
        });
        response.write(`retry: ${RETRY_MS}\n\n`);
      }
      response.write(text);
    },
    get queuedBytes() {
      return response.writableLength;
    },
    end: () => response.destroy(),
  };
}
