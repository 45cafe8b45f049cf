/**
 * Transmission's RPC over HTTP, after the door has let the request in: the header that its clients fetch from a 409, and
 * one path for both forms. Clients send JSON under any content type, so the type is not looked at.
 */
import { randomBytes } from "node:crypto";
import type { Service } from "../../service/service.ts";
import { writeAround } from "../written-json.ts";
import { answerClassic, type ClassicContext } from "./classic.ts";
import { answerJsonRpc, parseFailure } from "./json-rpc.ts";
import { RPC_VERSION_SEMVER } from "./session-fields.ts";
import { RecentActivity } from "./torrent-refs.ts";

export interface RpcRequest {
  readonly method: string;
  /** Of the header `X-Transmission-Session-Id`. */
  readonly sessionId: string | undefined;
  readonly body: string;
  /** The password came with the request. */
  readonly isSudo: boolean;
  /** May change things; else methods that read are answered alone. */
  readonly mayControl: boolean;
}

export interface RpcResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A long one comes piece by piece. */
  readonly body: string | AsyncIterable<string>;
}

export interface TransmissionOptions {
  readonly service: Service;
  readonly stateFolder: string;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

const SESSION_ID_HEADER = "X-Transmission-Session-Id";
const CONFLICT_PAGE =
  "<h1>409: Conflict</h1><p>Your request had an invalid session-id header.</p>" +
  "<p>To fix this, follow these steps:<ol><li> When reading a response, get its X-Transmission-Session-Id header and" +
  " remember it<li> Add the updated header to your outgoing requests<li> When you get this 409 error message, resend" +
  " your request with the updated header</ol></p>";

const METHOD_NOT_ALLOWED: RpcResponse = {
  status: 405,
  headers: { Allow: "POST", "Content-Type": "text/html; charset=UTF-8" },
  body: "<h1>405: Method Not Allowed</h1>",
};

export class TransmissionApi {
  /** Letters and digits: tremc takes no more of it from the page. */
  readonly sessionId: string = randomBytes(24).toString("hex");
  readonly #service: Service;
  readonly #stateFolder: string;
  readonly #recent: RecentActivity;

  constructor(options: TransmissionOptions) {
    this.#service = options.service;
    this.#stateFolder = options.stateFolder;
    this.#recent = new RecentActivity(options.service, options.now ?? (() => performance.now()));
  }

  async handle(request: RpcRequest): Promise<RpcResponse> {
    if (request.method === "OPTIONS") return { status: 204, headers: {}, body: "" };
    // Clients fetch the id with a GET as well.
    if (request.sessionId !== this.sessionId) return this.#conflict();
    if (request.method !== "POST") return METHOD_NOT_ALLOWED;
    const answer = await this.#answer(request);
    if (answer === undefined) return { status: 204, headers: this.#headers(), body: "" };
    const headers = { ...this.#headers(), "Content-Type": "application/json; charset=UTF-8" };
    return { status: 200, headers, body: writeAround(answer) };
  }

  close(): void {
    this.#recent.close();
  }

  async #answer(request: RpcRequest): Promise<unknown> {
    const context: ClassicContext = {
      service: this.#service,
      recent: this.#recent,
      sessionId: this.sessionId,
      stateFolder: this.#stateFolder,
      isSudo: request.isSudo,
      mayControl: request.mayControl,
    };
    const body = parse(request.body);
    if (body === undefined) return parseFailure();
    if (isJsonRpc(body)) return answerJsonRpc(body, context);
    const fields = typeof body === "object" && body !== null ? Object.entries(body) : [];
    return answerClassic(new Map(fields), context);
  }

  #conflict(): RpcResponse {
    const headers = { ...this.#headers(), "Content-Type": "text/html; charset=UTF-8" };
    // tremc reads it from the body, where the original has it too.
    const body = `${CONFLICT_PAGE}<p><code>${SESSION_ID_HEADER}: ${this.sessionId}</code></p>`;
    return { status: 409, headers, body };
  }

  /** The version invites clients that know both forms to use JSON-RPC. */
  #headers(): Record<string, string> {
    return { [SESSION_ID_HEADER]: this.sessionId, "X-Transmission-Rpc-Version": RPC_VERSION_SEMVER };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isJsonRpc(body: unknown): boolean {
  if (Array.isArray(body)) return true;
  return typeof body === "object" && body !== null && Object.hasOwn(body, "jsonrpc");
}
