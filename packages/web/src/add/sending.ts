/** Sends what is to be added, a source at a time, and says what became of each. */
import { type AddOptions, ApiError, type AddSource } from "@torrential/api";
import { client, describeError } from "../live/client.ts";
import type { Priorities } from "./file-tree.ts";
import type { NamedSource } from "./sources.ts";

export type Outcome =
  | { readonly status: "added" | "duplicate" | "merged" }
  | { readonly status: "failed"; readonly message: string };

export async function sendSource(source: AddSource, options: AddOptions): Promise<Outcome> {
  try {
    const body = { sources: [source], options };
    const reply = await client.call("addTorrents", { body, idempotencyKey: makeKey() });
    const [result] = reply.results;
    if (result?.status === "failed") return { status: "failed", message: result.problem?.detail ?? "" };
    if (result?.status === "duplicate") return { status: options.onDuplicate === undefined ? "duplicate" : "merged" };
    return { status: "added" };
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return { status: "duplicate" };
    return { status: "failed", message: describeError(error) };
  }
}

/** 128 bits. `randomUUID` is missing where the page came over plain HTTP from another machine. */
function makeKey(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Its own wishes for files, and those for all. */
export function optionsFor(options: AddOptions, priorities: Priorities | undefined): AddOptions {
  const filePriorities = toList(priorities ?? new Map());
  return filePriorities.length === 0 ? options : { ...options, filePriorities };
}

/** The API's list is by index, without gaps. Exported for tests. */
export function toList(priorities: Priorities): readonly number[] {
  if (priorities.size === 0) return [];
  const last = Math.max(...priorities.keys());
  return Array.from({ length: last + 1 }, (_, index) => priorities.get(index) ?? 4);
}

/** The same source given twice is one. */
export function withoutRepeats(sources: readonly NamedSource[]): readonly NamedSource[] {
  const byKey = new Map(sources.map((each) => [keyOf(each), each]));
  return [...byKey.values()];
}

export function keyOf({ source }: NamedSource): string {
  switch (source.type) {
    case "file":
      return source.base64;
    case "magnet":
      return source.uri;
    case "url":
      return source.url;
    default:
      return source satisfies never;
  }
}
