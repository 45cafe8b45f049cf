/**
 * Answers one HTTP request for a file's bytes, which may still be on their way. Who may ask is the caller's business;
 * that the answer cannot become a page of ours in a browser is done here (PROMISES C6).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { contentTypeOf } from "./content-type.ts";
import { type ContentRange, parseRange } from "./range.ts";

/** A file that can be served: `FileHandle`s are nearly that, and others can be. */
export interface StreamableFile {
  /** Without folders. */
  readonly name: string;
  readonly lengthBytes: number;
  /** Quoted, strong: names these very bytes. */
  readonly etag: string;
  stream(range: ContentRange): ReadableStream<Uint8Array>;
}

/**
 * GET and HEAD, with one range, If-Range and If-None-Match. Resolves when the answer is out or the client is gone; never
 * rejects. An error in mid-stream cuts the connection, since the length is promised by then.
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: StreamableFile,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD", "content-length": "0" }).end();
    return;
  }
  const { etag, lengthBytes } = file;
  const isOurs = (header: string | undefined): boolean =>
    header?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*") ?? false;
  if (isOurs(request.headers["if-none-match"])) {
    response.writeHead(304, { etag }).end();
    return;
  }
  const ifRange = request.headers["if-range"];
  // RFC 9110 13.1.5: a validator that does not match, or a date (we have none), asks for the whole.
  const header = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const verdict = parseRange(header, lengthBytes);
  if (verdict.type === "unsatisfiable") {
    response.writeHead(416, { "content-range": `bytes */${lengthBytes}`, "content-length": "0" }).end();
    return;
  }
  const range = verdict.type === "part" ? verdict : { start: 0, end: lengthBytes };
  response.writeHead(verdict.type === "part" ? 206 : 200, {
    ...describeFile(file),
    "content-length": String(range.end - range.start),
    ...(verdict.type === "part" ? { "content-range": `bytes ${range.start}-${range.end - 1}/${lengthBytes}` } : {}),
  });
  if (request.method === "HEAD") response.end();
  else await send(file.stream({ start: range.start, end: range.end }), response);
}

function describeFile({ name, etag }: StreamableFile): Readonly<Record<string, string>> {
  return {
    "content-type": contentTypeOf(name),
    "accept-ranges": "bytes",
    etag,
    "cache-control": "no-store",
    // C6: whatever is in the file, no browser takes it for a page, and none of another origin reads it.
    "content-disposition": `attachment; filename*=UTF-8''${encodeName(name)}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}

/** RFC 8187: what is not a letter, digit or harmless mark is percent-encoded. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*!]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function send(stream: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  try {
    await pipeline(Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]), response);
  } catch {
    // The client went away, or the bytes will not come: both end the connection, and neither is an error of the server.
    response.destroy();
  }
}
