/** qBittorrent's WebUI API on the daemon's server: forms in, its cookie, and its words for a refusal. */
import { Readable } from "node:stream";
import type {} from "@fastify/multipart";
import { TorrentialError } from "@torrential/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readCookie } from "../../door/credentials.ts";
import { readUserAgent } from "../../door/sessions.ts";
import type { ClientView } from "../../door/client-address.ts";
import type { Refusal } from "../../door/door.ts";
import type { Principal } from "../../door/principal.ts";
import type { DoorParts, Surface } from "../../http/server.ts";
import type { Service } from "../../service/service.ts";
import { isSudo, mayControl } from "../principal-rights.ts";
import type { UploadedFile } from "./http.ts";
import { BANNED, type Caller, QbittorrentApi, SESSION_COOKIE } from "./qbittorrent-api.ts";

export const QBITTORRENT_PREFIX = "/api/v2/";

/** Several torrent files in one form. */
const BODY_BYTES_MAX = 67_108_864;
const FIELD_BYTES_MAX = 1_048_576;
const TORRENT_BYTES_MAX = 10_485_760;
const FILES_MAX = 100;
const TEXT = "text/plain; charset=UTF-8";
/** Stands for a body that is no form. */
const NO_FORM = Symbol("no form");

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
    refuse: describeDoor,
    addRoutes: async (app, door) => {
      const api = makeApi(service, door);
      await app.register(async (scope: FastifyInstance) => {
        readForms(scope);
        scope.route({
          method: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
          url: `${QBITTORRENT_PREFIX}*`,
          bodyLimit: BODY_BYTES_MAX,
          handler: (request, reply) => handle(api, door, { request, reply }),
        });
      });
    },
  };
}

/** 401 is for those who come from elsewhere; who is not logged in, or tried too often, is forbidden. */
function describeDoor({ status, code, detail }: Refusal): ReturnType<Surface["refuse"]> {
  const headers = { "content-type": TEXT };
  if (code === "host-refused" || code === "origin-refused") return { status: 401, headers, body: "Unauthorized" };
  if (status === 401) return { status: 403, headers, body: "Forbidden" };
  return status === 429 ? { status: 403, headers, body: BANNED } : { status, headers, body: detail };
}

function makeApi(service: Service, { accounts, appSessions, jobs, now }: DoorParts): QbittorrentApi {
  return new QbittorrentApi({
    service,
    jobs,
    now,
    sessions: appSessions,
    logIn: async (attempt) => {
      try {
        return (await accounts.logIn(attempt, now)).type;
      } catch (error) {
        // Too many guess at once.
        if (error instanceof TorrentialError && error.code === "busy") return "locked";
        throw error;
      }
    },
  });
}

async function handle(
  api: QbittorrentApi,
  door: DoorParts,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { principal, client, path } = door.admissionOf(request);
  if (isOfAnotherSite(request, client)) return reply.code(401).header("content-type", TEXT).send("Unauthorized");
  const form = await readForm(request);
  if (form === undefined) return reply.code(400).header("content-type", TEXT).send("Bad Request");
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
  const { setCookie, status, contentType, body, fileName } = response;
  if (setCookie !== undefined) reply.header("set-cookie", writeCookie(setCookie, client.isHttps));
  if (fileName !== undefined) reply.header("content-disposition", `attachment; filename="${fileName}"`);
  return reply
    .code(status)
    .header("content-type", contentType)
    .send(typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body));
}

function toCaller(principal: Principal, now: number): Caller {
  const { kind, name } = principal;
  return {
    name: `${kind} ${name}`,
    mayControl: mayControl(principal),
    isSudo: isSudo(principal, now),
    isAnybody: kind === "none",
  };
}

/** The door has looked at Origin; where a browser sends only Referer, that says where a request comes from. */
function isOfAnotherSite({ headers }: FastifyRequest, { host }: ClientView): boolean {
  const { origin, referer } = headers;
  if (origin !== undefined || referer === undefined || referer === "") return false;
  return URL.parse(referer)?.host !== (host ?? headers.host)?.toLowerCase();
}

/** Clients take the first cookie for the session. An empty one ends it. */
function writeCookie(value: string, isSecure: boolean): string {
  const secure = isSecure ? "; Secure" : "";
  const ends = value === "" ? "; Max-Age=0" : "";
  return `${SESSION_COOKIE}=${value}; HttpOnly; SameSite=Strict; path=/${secure}${ends}`;
}

/** A form is parameters; any other body is refused once it is here. */
function readForms(scope: FastifyInstance): void {
  scope.removeContentTypeParser("application/json");
  scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  scope.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) =>
    done(null, body === "" ? "" : NO_FORM),
  );
}

/** Of the query for GET and HEAD, of the body for POST. Undefined for a body that is no form. */
async function readForm(request: FastifyRequest): Promise<Form | undefined> {
  if (request.method !== "POST") return { params: readQuery(request.url), files: [] };
  if (request.isMultipart()) return readMultipart(request).catch(forgiveBroken);
  if (request.body === NO_FORM) return undefined;
  const body = typeof request.body === "string" ? request.body : "";
  return { params: new Map(readUrlEncoded(body)), files: [] };
}

/** A name without "=" is no parameter. */
function readQuery(url: string): ReadonlyMap<string, string> {
  const mark = url.indexOf("?");
  const parts = mark === -1 ? [] : url.slice(mark + 1).split("&");
  return new Map(new URLSearchParams(parts.filter((part) => part.indexOf("=") > 0).join("&")));
}

/** Some clients send `json={…}` as it is: a "&" inside is no separator then. */
function readUrlEncoded(body: string): Iterable<readonly [string, string]> {
  if (body.startsWith("json={")) return [["json", body.slice("json=".length)]];
  return new URLSearchParams(body);
}

async function readMultipart(request: FastifyRequest): Promise<Form> {
  const params = new Map<string, string>();
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
