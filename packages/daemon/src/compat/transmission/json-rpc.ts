/** JSON-RPC 2.0 as Transmission 4.1 speaks it: single calls, batches, and notifications that get no answer. */
import { Arguments } from "./arguments.ts";
import type { ClassicContext } from "./classic.ts";
import { RpcError, translateError } from "./errors.ts";
import { METHODS } from "./methods.ts";
import { snake } from "./names.ts";

type Id = string | number | null;

/** Calls in one batch. Transmission has no bound; ours keeps one request from holding the daemon. */
const BATCH_MAX = 100;

/** Undefined when nothing is to be said: all were notifications. */
export async function answerJsonRpc(body: unknown, context: ClassicContext): Promise<unknown> {
  if (!Array.isArray(body)) return answerOne(body, context);
  const calls = body as readonly unknown[];
  if (calls.length === 0 || calls.length > BATCH_MAX) return failure(null, new RpcError("invalid-request"));
  const answers: unknown[] = [];
  for (const call of calls) {
    const answer = await answerOne(call, context);
    if (answer !== undefined) answers.push(answer);
  }
  return answers.length === 0 ? undefined : answers;
}

export function parseFailure(): object {
  return failure(null, new RpcError("parse-error"));
}

async function answerOne(call: unknown, context: ClassicContext): Promise<object | undefined> {
  const fields = new Map(typeof call === "object" && call !== null ? Object.entries(call) : []);
  const id: unknown = fields.get("id");
  const name: unknown = fields.get("method");
  if (fields.get("jsonrpc") !== "2.0" || typeof name !== "string" || (id !== undefined && !isId(id))) {
    return failure(isId(id) ? id : null, new RpcError("invalid-request"));
  }
  const outcome = await run(name, fields.get("params"), context);
  if (id === undefined) return undefined;
  return outcome instanceof RpcError ? failure(id, outcome) : { jsonrpc: "2.0", result: outcome, id };
}

async function run(name: string, params: unknown, context: ClassicContext): Promise<unknown> {
  const method = METHODS.get(name);
  if (method === undefined) return new RpcError("method-not-found");
  try {
    return await method.run(new Arguments(params), { ...context, dialect: "json-rpc", torrentSpelling: snake });
  } catch (error) {
    return translateError(error);
  }
}

function isId(value: unknown): value is Id {
  return value === null || typeof value === "string" || typeof value === "number";
}

function failure(id: Id, error: RpcError): object {
  const data = {
    ...(error.detail === undefined ? {} : { error_string: error.detail }),
    ...(Object.keys(error.result).length === 0 ? {} : { result: error.result }),
  };
  const shown = { code: error.code, message: error.title, ...(Object.keys(data).length === 0 ? {} : { data }) };
  return { jsonrpc: "2.0", error: shown, id };
}
