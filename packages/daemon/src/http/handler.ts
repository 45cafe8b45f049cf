/** What a handler of a route gets, and gives. */
import type { Readable } from "node:stream";
import type { BodyOf, ParamsOf, QueryOf, ReplyOf, RouteName } from "@torrential/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Accounts } from "../door/accounts.ts";
import type { ApiTokens } from "../door/api-tokens.ts";
import type { ClientView } from "../door/client-address.ts";
import type { Principal } from "../door/principal.ts";
import type { Sessions } from "../door/sessions.ts";
import type { Logs } from "../log/log.ts";
import type { Service } from "../service/service.ts";
import type { EventHub } from "./events/hub.ts";
import type { Jobs } from "./jobs.ts";

export interface HandlerDeps {
  readonly service: Service;
  readonly accounts: Accounts;
  readonly tokens: ApiTokens;
  readonly sessions: Sessions;
  /** Of programs that log in by another API than ours. */
  readonly appSessions: Sessions;
  readonly events: EventHub;
  readonly jobs: Jobs;
  readonly logs: Logs;
  /** Random, of this life of the daemon: revisions count from its start. */
  readonly life: string;
  readonly version: string;
  readonly cookie: { readonly name: string; readonly path: string };
  /** Monotonic. */
  readonly now: () => number;
  /** Since 1970. */
  readonly wallNow: () => number;
}

export interface Call<Name extends RouteName> {
  readonly params: ParamsOf<Name>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  readonly principal: Principal | undefined;
  readonly client: ClientView;
  /** The header Idempotency-Key. */
  readonly idempotencyKey: string | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /**
   * Names the reply's version; an If-Match that names another ends the call with "precondition-failed". True when the
   * caller has it already: any result will do then, as none is sent.
   */
  setEtag(etag: string): boolean;
}

/** Bytes instead of JSON. */
export interface BytesReply {
  readonly body: Uint8Array | Readable | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
}

/** A reply that is JSON already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Of a call whose `setEtag` said that it is known. */
export const KNOWN: JsonText = new JsonText("");

/** The handler has answered by itself. */
export const HIJACKED: unique symbol = Symbol("hijacked");

type Result<Name extends RouteName> = [ReplyOf<Name>] extends [Uint8Array]
  ? BytesReply | typeof HIJACKED
  : ReplyOf<Name> | JsonText;

export type Handler<Name extends RouteName> = (
  call: Call<Name>,
  deps: HandlerDeps,
) => Result<Name> | Promise<Result<Name>>;

/** Handlers of some routes. */
export type Handlers<Name extends RouteName> = { readonly [Each in Name]: Handler<Each> };
