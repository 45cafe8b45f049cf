/** Transmission's RPC on the daemon's server: its path, with and without a slash behind, and its words for a refusal. */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Surface } from "../../http/server.ts";
import type { Service } from "../../service/service.ts";
import { isSudo, mayControl } from "../principal-rights.ts";
import { TransmissionApi } from "./transmission-api.ts";

/** All, so that what is not POST is refused in Transmission's way. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** A torrent file of 10 MiB in base64. */
const BODY_BYTES_MAX = 14_680_064;
const UNAUTHORIZED = "<h1>401: Unauthorized</h1>Unauthorized User";

export interface TransmissionSurfaceOptions {
  readonly service: Service;
  readonly stateFolder: string;
  /** "/transmission/rpc" */
  readonly path: string;
}

export function makeTransmissionSurface({ service, stateFolder, path }: TransmissionSurfaceOptions): Surface {
  const api = new TransmissionApi({ service, stateFolder });
  return {
    prefix: path,
    isPublic: () => false,
    // Clients ask without credentials first, and wait for this header to send them.
    refuse: ({ status, detail }) =>
      status === 401
        ? { status, headers: { "www-authenticate": 'Basic realm="Transmission"' }, body: UNAUTHORIZED }
        : { status: status === 429 ? 403 : status, body: detail },
    addRoutes: async (app, { admissionOf, now }) => {
      await app.register(async (scope: FastifyInstance) => {
        readAnyBody(scope);
        const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
          const { principal } = admissionOf(request);
          if (principal === undefined) throw new Error("the door let nobody in");
          const { status, headers, body } = await api.handle({
            method: request.method,
            sessionId: headerOf(request, "x-transmission-session-id"),
            body: typeof request.body === "string" ? request.body : "",
            isSudo: isSudo(principal, now()),
            mayControl: mayControl(principal),
          });
          return reply
            .code(status)
            .headers(headers)
            .send(typeof body === "string" ? body : Readable.from(body));
        };
        for (const url of [path, `${path}/`]) scope.route({ method: METHODS, url, bodyLimit: BODY_BYTES_MAX, handler });
      });
    },
  };
}

/** JSON comes as a form, as text, without a type, or as something that is none (`json`: Transmission's own page). */
function readAnyBody(scope: FastifyInstance): void {
  scope.addHook("onRequest", (request, _reply, done) => {
    request.headers["content-type"] = "application/json";
    done();
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
