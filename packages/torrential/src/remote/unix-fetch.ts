/** `fetch` over a unix socket, for the one URL form that `fetch` does not know. */
import { request as httpRequest } from "node:http";
import type { Readable } from "node:stream";

/** The host of such URLs: nobody looks it up. */
export const UNIX_URL = "http://localhost";

export function makeUnixFetch(socketPath: string): typeof globalThis.fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    return await send(socketPath, asked, body);
  };
}

function send(socketPath: string, asked: Request, body: Buffer | undefined): Promise<Response> {
  const { pathname, search } = new URL(asked.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      socketPath,
      path: pathname + search,
      method: asked.method,
      headers: { ...Object.fromEntries(asked.headers), host: "localhost" },
      signal: asked.signal,
    });
    sent.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    sent.on("response", (reply) => {
      const status = reply.statusCode ?? 500;
      const hasBody = status !== 204 && status !== 304;
      if (!hasBody) reply.resume();
      const headers = Object.entries(reply.headers).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as [string, string]] : [],
      );
      resolve(new Response(hasBody ? toWebStream(reply) : null, { status, headers }));
    });
    sent.end(body);
  });
}

function toWebStream(stream: Readable): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void stream.destroy(),
  });
}
