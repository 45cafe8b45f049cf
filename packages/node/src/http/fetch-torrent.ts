/** A .torrent file from a URL that the user gave. */
import { METAINFO_MAX_BYTES, TorrentialError } from "@torrential/core";
import { GuardedHttp } from "./guarded-http.ts";
import { redactUrl } from "./redact.ts";

const TIMEOUT_MS = 60_000;

export interface FetchTorrentOptions {
  readonly signal?: AbortSignal | undefined;
  /** A header of that name: "name=value; …". Another host that is redirected to does not see it. */
  readonly cookie?: string | undefined;
}

/** Through the given client. Throws an HttpError, "dns-failed" or "http-status". */
export async function fetchTorrentWith(
  http: GuardedHttp,
  url: string,
  options: FetchTorrentOptions = {},
): Promise<Uint8Array> {
  const { body, status } = await http.get(url, {
    kind: "user-torrent-file",
    maxBodyBytes: METAINFO_MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  if (status === 200) return body;
  throw new TorrentialError("http-status", `${redactUrl(url)}: got HTTP status ${status}, wanted 200`);
}

/** For those who have no client: through one that lives as long as the call. */
export async function fetchTorrentFile(url: string, options: FetchTorrentOptions = {}): Promise<Uint8Array> {
  const http = new GuardedHttp({});
  try {
    return await fetchTorrentWith(http, url, options);
  } finally {
    await http.close();
  }
}
