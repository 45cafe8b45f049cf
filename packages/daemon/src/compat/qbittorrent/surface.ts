/** qBittorrent's WebUI API on the daemon's server: forms in, its cookie, and its words for a refusal. */
import type {} from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readCookie } from "../../door/credentials.ts";
import { readUserAgent } from "../../door/sessions.ts";
import type { Principal } from "../../door/principal.ts";
import type { DoorParts, Surface } from "../../http/server.ts";
import type { Service } from "../../service/service.ts";
import { isSudo, mayControl } from "../principal-rights.ts";
import type { UploadedFile } from "./http.ts";
import { type Caller, QbittorrentApi, SESSION_COOKIE } from "./qbittorrent-api.ts";

export const QBITTORRENT_PREFIX = "/api/v2/";

/** Several torrent files in one form. */
const BODY_BYTES_MAX = 67_108_864;
const FIELD_BYTES_MAX = 1_048_576;
const TORRENT_BYTES_MAX = 10_485_760;
const FILES_MAX = 100;

interface Form {
  readonly params: ReadonlyMap<string, string>;
  readonly files: readonly UploadedFile[];
}

export function makeQbittorrentSurface(service: Service): Surface {
  return {
    prefix: QBITTORRENT_PREFIX,
    // It answers those who are not logged in itself: with 403, where the door would say 401.
    isPublic: () => true,
    takesCookieAlone: true,
    refuse: ({ status, detail }) => (status === 401 ? { status: 403, body: "Forbidden" } : { status, body: detail }),
    addRoutes: async (app, door) => {
      const api = makeApi(service, door);
      await app.register(async (scope: FastifyInstance) => {
        readForms(scope);
        scope.route({
          method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
          url: `${QBITTORRENT_PREFIX}*`,
          bodyLimit: BODY_BYTES_MAX,
          handler: (request, reply) => handle(api, door, { request, reply }),
        });
      });
    },
  };
}

function makeApi(service: Service, { accounts, appSessions, jobs, now }: DoorParts): QbittorrentApi {
  return new QbittorrentApi({
    service,
    jobs,
    now,
    sessions: appSessions,
    logIn: async (attempt) => {
      const { type } = await accounts.logIn(attempt, now);
      return type;
    },
  });
}

async function handle(
  api: QbittorrentApi,
  door: DoorParts,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { principal, client, path } = door.admissionOf(request);
  const form = await readForm(request);
  if (form === undefined)
    return reply.code(400).header("content-type", "text/plain; charset=UTF-8").send("Bad Request");
  const { params, files } = form;
  const response = await api.handle({
    method: request.method,
    path: path.slice(QBITTORRENT_PREFIX.length),
    params,
    files,
    cookie: readCookie(request.headers.cookie, SESSION_COOKIE),
    caller: principal === undefined ? undefined : toCaller(principal, door.now()),
    address: client.address,
    userAgent: readUserAgent(request.headers["user-agent"]),
  });
  const { setCookie, status, contentType, body } = response;
  if (setCookie !== undefined) reply.header("set-cookie", writeCookie(setCookie, client.isHttps));
  return reply
    .code(status)
    .header("content-type", contentType)
    .send(typeof body === "string" ? body : Buffer.from(body));
}

function toCaller(principal: Principal, now: number): Caller {
  const { kind, name } = principal;
  return { name: `${kind} ${name}`, mayControl: mayControl(principal), isSudo: isSudo(principal, now) };
}

/** Clients take the first cookie for the session. An empty one ends it. */
function writeCookie(value: string, isSecure: boolean): string {
  const secure = isSecure ? "; Secure" : "";
  const ends = value === "" ? "; Max-Age=0" : "";
  return `${SESSION_COOKIE}=${value}; HttpOnly; SameSite=Strict; path=/${secure}${ends}`;
}

/** A form is parameters; any other body is nothing. */
function readForms(scope: FastifyInstance): void {
  scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  scope.addContentTypeParser("*", { parseAs: "string" }, (_request, _body, done) => done(null, ""));
}

/** The body's parameters win over those of the query. Undefined for a body that is no form. */
async function readForm(request: FastifyRequest): Promise<Form | undefined> {
  const mark = request.url.indexOf("?");
  const params = new Map(new URLSearchParams(mark === -1 ? "" : request.url.slice(mark)));
  if (request.method !== "POST") return { params, files: [] };
  if (request.isMultipart()) return readMultipart(request, params).catch(forgiveBroken);
  const body = typeof request.body === "string" ? request.body : "";
  for (const [name, value] of readUrlEncoded(body)) params.set(name, value);
  return { params, files: [] };
}

/** Some clients send `json={…}` as it is: a "&" inside is no separator then. */
function readUrlEncoded(body: string): Iterable<readonly [string, string]> {
  if (body.startsWith("json={")) return [["json", body.slice("json=".length)]];
  return new URLSearchParams(body);
}

async function readMultipart(request: FastifyRequest, params: Map<string, string>): Promise<Form> {
  const files: UploadedFile[] = [];
  const limits = { fieldSize: FIELD_BYTES_MAX, fileSize: TORRENT_BYTES_MAX, files: FILES_MAX };
  for await (const part of request.parts({ limits })) {
    if (part.type === "file") files.push({ name: part.filename, bytes: await part.toBuffer() });
    else params.set(part.fieldname, String(part.value));
  }
  return { params, files };
}

/** The parser's own errors say no status; those with one, such as 413, are answered with it. */
function forgiveBroken(error: unknown): undefined {
  if (error instanceof Error && "statusCode" in error) throw error;
  return undefined;
}
