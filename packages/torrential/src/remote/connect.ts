/** Finds the daemon that a verb speaks to, and the key to it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiClient, ApiError } from "@torrential/api";
import { TorrentialError } from "@torrential/core";
import type { GlobalOptions } from "../options.ts";
import { defaultStateDir } from "../places.ts";
import { makeUnixFetch, UNIX_URL } from "./unix-fetch.ts";

export interface RemoteOptions extends GlobalOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly state?: string;
}

/** Where the daemon was looked for, for messages. */
export interface Place {
  readonly url: string;
  readonly token: string | undefined;
  readonly stateDir: string;
}

const DEFAULT_URL = "http://127.0.0.1:9080";

/** By option, then environment, then what the daemon of the state folder wrote there, then the usual place. */
export function findDaemon(options: RemoteOptions, env: NodeJS.ProcessEnv = process.env): Place {
  const stateDir = options.state ?? defaultStateDir(env);
  const url = options.url ?? env["TORRENTIAL_URL"] ?? readFirstLine(join(stateDir, "address")) ?? DEFAULT_URL;
  const token =
    options.tokenFile === undefined
      ? (env["TORRENTIAL_TOKEN"] ?? readFirstLine(join(stateDir, "token")))
      : needToken(options.tokenFile);
  return { url, token, stateDir };
}

/** A client for the place, over a unix socket where that is one. */
export function makeClient({ url, token }: Place): ApiClient {
  const path = /^unix:(.+)$/.exec(url)?.[1];
  if (path === undefined) return new ApiClient({ url, token });
  return new ApiClient({ url: UNIX_URL, token, fetch: makeUnixFetch(path) });
}

/** Runs `work` with a client; what the daemon refuses, or that there is none, becomes one of our errors. */
export async function withDaemon<T>(options: RemoteOptions, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const place = findDaemon(options);
  try {
    return await work(makeClient(place));
  } catch (error) {
    throw toRemoteError(error, place);
  }
}

/** "api-…" or "daemon-unreachable"; anything else as it is. */
export function toRemoteError(error: unknown, { url, token }: Place): unknown {
  if (error instanceof ApiError) {
    const hint =
      error.status === 401 && token === undefined ? "; give a token: TORRENTIAL_TOKEN, --token-file or --state" : "";
    return new TorrentialError(`api-${error.code}`, error.message + hint, { cause: error });
  }
  if (error instanceof TypeError && error.message === "fetch failed") {
    return new TorrentialError(
      "daemon-unreachable",
      `no daemon answers at ${url}: start one with \`torrential daemon\`, or say where it is with --url or --state`,
      { cause: error },
    );
  }
  return error;
}

function needToken(path: string): string {
  const token = readFirstLine(path);
  if (token === undefined) throw new TorrentialError("usage", `--token-file: ${path} cannot be read, or is empty`);
  return token;
}

function readFirstLine(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/)[0] || undefined;
  } catch {
    // Not there, or not ours to read: then it is somewhere else.
    return undefined;
  }
}
