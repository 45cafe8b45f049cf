/** `torrential info`: everything about torrents and magnet links. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureOf, formatFailure } from "../failure.ts";
import { toInfoRecord } from "../info-record.ts";
import { describeLoaded } from "../info-text.ts";
import type { GlobalOptions } from "../options.ts";
import { type Loaded, loadSource } from "../source.ts";
import { toJson } from "../text.ts";

/** A bad source is a line, not the end: the first bad one decides the exit code. */
export async function runInfo(sources: readonly string[], options: GlobalOptions): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  for (const source of sources) {
    try {
      print(await loadSource(source, fetchLazily), options);
    } catch (error) {
      const failure = failureOf(source, error);
      const { code, message } = failure;
      if (options.json === true) process.stdout.write(`${toJson({ source, ok: false, error: { code, message } })}\n`);
      process.stderr.write(formatFailure(failure, { isVerbose: options.verbose === true }));
      if (exitCode === EXIT.done) exitCode = failure.exitCode;
    }
  }
  return exitCode;
}

/** Most sources are files, for which no HTTP client need be loaded. */
async function fetchLazily(url: string): Promise<Uint8Array> {
  const { fetchTorrentFile } = await import("@torrential/node");
  return await fetchTorrentFile(url);
}

function print(loaded: Loaded, options: GlobalOptions): void {
  process.stdout.write(options.json === true ? `${toJson(toInfoRecord(loaded))}\n` : describeLoaded(loaded));
}
