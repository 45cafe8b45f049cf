/** The router: every route of the table with its handler, and problems for everything that goes wrong. */
import multipart from "@fastify/multipart";
import {
  API_PREFIX,
  type AnyRoute,
  listRoutes,
  PROBLEM_TYPE,
  type ProblemDetails,
  type RouteEntry,
  type RouteName,
} from "@torrential/api";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Admission } from "../door/door.ts";
import { mayAccess } from "../door/principal.ts";
import type { Log } from "../log/log.ts";
import { isKnown, requireMatch } from "./etag.ts";
import { type BytesReply, type Call, type Handler, type HandlerDeps, HIJACKED, JsonText } from "./handler.ts";
import { HANDLERS } from "./handlers/all.ts";
import { parseJsonBody } from "./json-body.ts";
import { ApiProblem, toProblem } from "./problems.ts";
import { RouterEntries } from "./router-entries.ts";
import { type Checks, compileChecks, parseQuery } from "./validation.ts";

export const BODY_BYTES_MAX = 262_144;
const KEY_LENGTH_MAX = 200;

export interface AppOptions {
  readonly deps: HandlerDeps;
  readonly log: Log;
  /** What the door said of a request. */
  readonly admissionOf: (request: FastifyRequest) => Admission;
  /** Routes of other APIs and pages. */
  readonly plugins: readonly ((app: FastifyInstance) => void | Promise<void>)[];
}

export interface App {
  readonly app: FastifyInstance;
  readonly routes: RouterEntries;
}

export async function makeApp(options: AppOptions): Promise<App> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    // The log is ours, and the door has looked at proxies.
    logger: false,
    trustProxy: false,
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: false,
    // What it says of a URL that it cannot decode.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, toProblem(error)),
  });
  const routes = new RouterEntries(app);
  readJsonOnly(app);
  await app.register(multipart, { throwFileSizeLimit: true });
  app.setErrorHandler((error, request, reply) => sendError(error, { request, reply, log: options.log }));
  app.setNotFoundHandler((request, reply) => sendMissing(request, { reply, routes }));
  for (const entry of listRoutes()) addRoute(app, entry, options);
  for (const plugin of options.plugins) await plugin(app);
  await app.ready();
  return { app, routes };
}

/** PROMISES C1: no form of another site is read as JSON. */
function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body.toString()));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function addRoute(app: FastifyInstance, { name, method, path, route }: RouteEntry, options: AppOptions): void {
  const checks = compileChecks(route);
  const handler: Handler<RouteName> = HANDLERS[name];
  app.route({
    method,
    url: API_PREFIX + path,
    // A stream that nothing can come through would never end.
    exposeHeadRoute: name !== "openEvents",
    bodyLimit: route.bodyBytesMax ?? BODY_BYTES_MAX,
    onRequest: async (request) => authorize(route, options.admissionOf(request), options.deps),
    handler: async (request, reply) => {
      if (request.isMultipart() && route.takesMultipart !== true) {
        throw new ApiProblem("media-type", "this takes application/json");
      }
      const admission = options.admissionOf(request);
      const call = makeCall({ request, reply, admission, route, checks });
      const result: unknown = await handler(call, options.deps);
      return sendResult(result, { request, reply, route });
    },
  });
}

/** Throws "scope-missing" or "sudo-needed". */
function authorize(route: AnyRoute, { principal }: Admission, { now }: HandlerDeps): void {
  if (route.access === "public") return;
  if (principal === undefined || !mayAccess(principal.scope, route.access)) {
    throw new ApiProblem("scope-missing", `this needs the scope \`${route.access}\``);
  }
  if (route.needsSudo === true && principal.sudoUntil <= now()) {
    throw new ApiProblem("sudo-needed", "give the password again first: POST /api/v1/auth/sudo");
  }
}

function makeCall({
  request,
  reply,
  admission,
  route,
  checks,
}: {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly admission: Admission;
  readonly route: AnyRoute;
  readonly checks: Checks;
}): Call<never> {
  const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?") + 1) : "";
  const call: Call<RouteName> = {
    params: asChecked(checks.params(request.params)),
    query: asChecked(checks.query(parseQuery(query, route))),
    body: asChecked(request.isMultipart() ? undefined : checks.body(request.body)),
    principal: admission.principal,
    client: admission.client,
    idempotencyKey: readIdempotencyKey(request.headers["idempotency-key"]),
    request,
    reply,
    setEtag: (etag) => {
      reply.header("etag", etag);
      requireMatch(request.headers["if-match"], etag);
      return request.method === "GET" && isKnown(request.headers["if-none-match"], etag);
    },
  };
  return asChecked(call);
}

/** Throws "invalid": who believes in a key that is not looked at adds things twice. */
function readIdempotencyKey(key: string | readonly string[] | undefined): string | undefined {
  if (key === undefined || (typeof key === "string" && key !== "" && key.length <= KEY_LENGTH_MAX)) return key;
  throw new ApiProblem("invalid", `Idempotency-Key: wanted one value of 1 to ${KEY_LENGTH_MAX} characters`);
}

/** What passed its schema is what the table says. */
function asChecked<T>(value: unknown): T {
  return value as T;
}

async function sendResult(
  result: unknown,
  {
    request,
    reply,
    route,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly route: AnyRoute },
): Promise<FastifyReply> {
  if (result === HIJACKED) return reply;
  const status = reply.statusCode === 200 ? route.status : reply.statusCode;
  if (route.bytes !== undefined) return sendBytes(asChecked(result), { reply, type: route.bytes });
  reply.header("cache-control", "no-store");
  const etag = reply.getHeader("etag");
  if (request.method === "GET" && typeof etag === "string") {
    // Kept, and asked about each time.
    reply.header("cache-control", "private, no-cache");
    if (isKnown(request.headers["if-none-match"], etag)) return reply.code(304).send();
  }
  if (route.reply === undefined) return reply.code(status ?? 204).send();
  return reply
    .code(status ?? 200)
    .header("content-type", "application/json; charset=utf-8")
    .send(result instanceof JsonText ? result.text : JSON.stringify(result));
}

function sendBytes(
  { body, headers, status }: BytesReply,
  { reply, type }: { readonly reply: FastifyReply; readonly type: string },
): FastifyReply {
  reply
    .code(status ?? 200)
    .header("content-type", type)
    .header("cache-control", "no-store")
    .headers(headers ?? {});
  return reply.send(typeof body === "string" || !(body instanceof Uint8Array) ? body : Buffer.from(body));
}

function sendError(
  error: unknown,
  { request, reply, log }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly log: Log },
): FastifyReply {
  const problem = toProblem(error);
  if (problem.status === 500) log.error(`${request.method} ${request.routeOptions.url ?? "?"} failed`, { error });
  return sendProblem(reply, problem);
}

export function sendProblem(reply: FastifyReply, problem: ProblemDetails): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", String(problem.retryAfterSeconds));
  reply.header("cache-control", "no-store").header("content-type", PROBLEM_TYPE);
  return reply.code(problem.status).send(JSON.stringify(problem));
}

/** Nothing there, or nothing there by this method: a GET never does what a POST does. */
function sendMissing(
  request: FastifyRequest,
  { reply, routes }: { readonly reply: FastifyReply; readonly routes: RouterEntries },
): FastifyReply {
  const methods = routes.methodsOf(request.url.split("?")[0] ?? "").join(", ");
  if (methods === "") return sendProblem(reply, toProblem(new ApiProblem("not-found", "there is nothing here")));
  reply.header("allow", methods);
  return sendProblem(reply, toProblem(new ApiProblem("method-not-allowed", `this takes ${methods}`)));
}
