/** Login, tokens, sessions and the password. */
import type { Identity } from "@torrential/api";
import type { Principal } from "../../door/principal.ts";
import { readUserAgent } from "../../door/sessions.ts";
import type { Call, HandlerDeps, Handlers } from "../handler.ts";
import { ApiProblem } from "../problems.ts";

const DEFAULT_USER = "admin";

export const accessHandlers: Handlers<
  | "login"
  | "logout"
  | "showIdentity"
  | "sudo"
  | "setPassword"
  | "listTokens"
  | "createToken"
  | "revokeToken"
  | "listSessions"
  | "revokeSession"
> = {
  login: async (call, deps) => {
    const username = call.body.username ?? DEFAULT_USER;
    await checkPassword({ username, password: call.body.password, address: call.client.address }, deps);
    const userAgent = readUserAgent(call.request.headers["user-agent"]);
    const cookie = deps.sessions.create({ username, address: call.client.address, userAgent }, deps.now());
    setCookie(call, deps, cookie);
    const session = deps.sessions.find(cookie, deps.now());
    return toIdentity({ kind: "session", name: username, scope: "admin", sudoUntil: session?.sudoUntil ?? 0 }, deps);
  },

  logout: async (call, deps) => {
    if (call.principal?.sessionId !== undefined) await deps.sessions.end(call.principal.sessionId);
    deps.events.dropStrangers();
    setCookie(call, deps, undefined);
    return undefined;
  },

  showIdentity: ({ principal }, deps) => toIdentity(need(principal), deps),

  sudo: async ({ principal, body, client }, deps) => {
    const { sessionId, name } = need(principal);
    if (sessionId === undefined)
      throw new ApiProblem("forbidden", "only a session can be raised: log in with the password");
    await checkPassword({ username: name, password: body.password, address: client.address }, deps);
    const session = deps.sessions.elevate(sessionId, deps.now());
    return toIdentity({ ...need(principal), sudoUntil: session?.sudoUntil ?? 0 }, deps);
  },

  setPassword: async ({ principal, body }, deps) => {
    // Before, so that a crash between leaves no session of the old password; after, for who came in meanwhile.
    await endOthers(principal, deps);
    await deps.accounts.setPassword(body.username ?? DEFAULT_USER, body.newPassword);
    await endOthers(principal, deps);
    deps.events.dropStrangers();
    return undefined;
  },

  listTokens: (_call, { tokens }) => tokens.list(),
  createToken: async ({ body }, { tokens, wallNow }) => await tokens.create(body, wallNow()),
  revokeToken: async ({ params }, { tokens, events }) => {
    await tokens.revoke(params.token);
    events.dropStrangers();
    return undefined;
  },

  listSessions: ({ principal }, { sessions, appSessions, now, wallNow }) => {
    const of = { currentId: principal?.sessionId, wallNowMs: wallNow() };
    return [...sessions.list(now(), of), ...appSessions.list(now(), of)];
  },

  revokeSession: async ({ params: { session } }, { sessions, appSessions, events }) => {
    const isEnded = (await sessions.end(session)) || (await appSessions.end(session));
    events.dropStrangers();
    if (isEnded) return undefined;
    throw new ApiProblem("not-found", `session ${JSON.stringify(session)}: there is none`);
  },
};

async function endOthers(principal: Principal | undefined, { sessions, appSessions }: HandlerDeps): Promise<void> {
  await sessions.endAll({ but: principal?.sessionId });
  await appSessions.endAll({ but: undefined });
}

async function checkPassword(
  attempt: { readonly username: string; readonly password: string; readonly address: string },
  { accounts, now, logs }: HandlerDeps,
): Promise<void> {
  const result = await accounts.logIn(attempt, now);
  if (result.type === "in") return;
  if (result.type === "wrong") {
    logs.area("door").warn(`wrong user name or password from ${attempt.address}`);
    throw new ApiProblem("password-wrong", "user name or password is wrong");
  }
  const retryAfterSeconds = Math.ceil(result.waitMs / 1000);
  throw new ApiProblem("too-many-attempts", `too many wrong attempts: wait ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}

function toIdentity({ kind, name, scope, sudoUntil }: Principal, { accounts, now, wallNow }: HandlerDeps): Identity {
  const left = sudoUntil - now();
  const sudo = left > 0 && Number.isFinite(left) ? { sudoUntilMs: Math.round(wallNow() + left) } : {};
  return { kind, name, scope, hasPassword: accounts.hasPassword, ...sudo };
}

/** Undefined takes it away. */
function setCookie<Name extends "login" | "logout">(
  { reply, client }: Call<Name>,
  { cookie: { name, path } }: HandlerDeps,
  value: string | undefined,
): void {
  const end = value === undefined ? "; Max-Age=0" : "";
  const secure = client.isHttps ? "; Secure" : "";
  reply.header("set-cookie", `${name}=${value ?? ""}; Path=${path}; HttpOnly; SameSite=Strict${secure}${end}`);
}

function need(principal: Principal | undefined): Principal {
  if (principal === undefined) throw new ApiProblem("unauthenticated", "log in first");
  return principal;
}
