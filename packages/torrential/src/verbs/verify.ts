/** `torrential verify`: hashes what is there and says, file by file, what is not right. Changes nothing. */
import { Geometry, type Metainfo, TorrentialError } from "@torrential/core";
import { fetchTorrentFile, verifyTorrent, type VerifyResult } from "@torrential/node";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureOf } from "../failure.ts";
import { type FileReport, reportFiles } from "../file-report.ts";
import { formatBytes, formatCount, formatPercent } from "../format.ts";
import { Interrupts } from "../interrupts.ts";
import type { VerifyOptions } from "../options.ts";
import { needFolder } from "../places.ts";
import { chooseReporter } from "../report/choose-reporter.ts";
import type { Reporter } from "../report/reporter.ts";
import { loadSource, needTorrent } from "../source.ts";
import { toJson, toLine } from "../text.ts";
import type { PublicState, StatusView } from "../transfer/status-view.ts";

export async function runVerify(source: string, options: VerifyOptions): Promise<ExitCode> {
  const interrupts = new Interrupts();
  const reporter = chooseReporter(options);
  const metainfo = await load(source, interrupts.signal);
  const root = await needFolder(options.output);
  const progress = new VerifyProgress(metainfo);
  const timer = setInterval(() => reporter.handleTick([progress.view("checking")], performance.now()), reporter.tickMs);
  reporter.handleChange(progress.view("checking"));
  let result: VerifyResult;
  try {
    result = await verifyTorrent(metainfo, root, {
      threads: options.threads,
      signal: interrupts.signal,
      onPiece: (piece, verdict) => progress.handlePiece(piece, verdict === "passed"),
    });
  } catch (error) {
    reporter.handleChange(progress.view(error instanceof TorrentialError ? "error" : "stopped"));
    throw error;
  } finally {
    clearInterval(timer);
  }
  return conclude({ metainfo, files: reportFiles(metainfo, result), progress, reporter, options });
}

async function load(source: string, signal: AbortSignal): Promise<Metainfo> {
  try {
    return needTorrent(await loadSource(source, (url) => fetchTorrentFile(url, { signal })));
  } catch (error) {
    if (error instanceof TorrentialError)
      throw new TorrentialError(error.code, messageOf(source, error), { cause: error.cause });
    throw error;
  }
}

function messageOf(source: string, error: unknown): string {
  return failureOf(source, error).message;
}

interface Conclusion {
  readonly metainfo: Metainfo;
  readonly files: readonly FileReport[];
  readonly progress: VerifyProgress;
  readonly reporter: Reporter;
  readonly options: VerifyOptions;
}

function conclude({ metainfo, files, progress, reporter, options }: Conclusion): ExitCode {
  const faulty = files.filter((file) => file.state !== "ok");
  reporter.handleChange(progress.view(faulty.length === 0 ? "finished" : "stopped"));
  reporter.end();
  if (options.json === true) {
    for (const file of files) process.stdout.write(`${toJson({ event: "file", ...toFileEvent(file) })}\n`);
  } else if (options.quiet !== true) {
    for (const file of faulty) process.stdout.write(`${describeFile(file)}\n`);
    if (faulty.length === 0) process.stdout.write(`${formatCount(files.length, "file")}: all is right\n`);
  }
  if (faulty.length === 0) return EXIT.done;
  const { verified, length } = progress.view("stopped");
  const error = new TorrentialError(
    "incomplete",
    `${metainfo.name}: ${faulty.length} of ${formatCount(files.length, "file")} not right, ` +
      `${formatPercent(verified, length)} verified: \`torrential download\` fetches the rest`,
  );
  reporter.handleFailure(failureOf(metainfo.name, error));
  return EXIT.incomplete;
}

function toFileEvent({ file, state, verifiedBytes, foundBytes }: FileReport): Readonly<Record<string, unknown>> {
  return {
    path: file.path,
    state,
    length: file.lengthBytes,
    verified: verifiedBytes,
    found: foundBytes < 0 ? undefined : foundBytes,
  };
}

/** "bad      tree/b.bin: 16.4 kB of 100 kB are not right". */
function describeFile({ file, state, verifiedBytes, foundBytes }: FileReport): string {
  const path = toLine(file.path.join("/"));
  const unverified = `${formatBytes(file.lengthBytes - verifiedBytes)} of ${formatBytes(file.lengthBytes)}`;
  const details: Readonly<Record<FileReport["state"], string>> = {
    ok: "",
    missing: `${formatBytes(file.lengthBytes)}, not there`,
    short: `${formatBytes(Math.max(0, foundBytes))} found, wanted ${formatBytes(file.lengthBytes)}`,
    bad: `${unverified} are in pieces that are wrong`,
    unproven: `${unverified} share a piece with a file that is not whole`,
  };
  return `${state.padEnd(8)} ${path}: ${details[state]}`;
}

class VerifyProgress {
  readonly #metainfo: Metainfo;
  readonly #geometry: Geometry;
  #checked = 0;
  #verified = 0;

  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo;
    this.#geometry = new Geometry(metainfo);
  }

  handlePiece(piece: number, isRight: boolean): void {
    this.#checked += 1;
    if (isRight) this.#verified += this.#geometry.pieceLengthOf(piece);
  }

  view(state: PublicState): StatusView {
    return {
      infoHash: this.#metainfo.infoHashV1 ?? "",
      name: this.#metainfo.name,
      state,
      length: this.#metainfo.lengthBytes,
      verified: this.#verified,
      downRate: 0,
      upRate: 0,
      uploaded: 0,
      downloaded: 0,
      peers: 0,
      seeds: 0,
      knownPeers: 0,
      sources: {},
      eta: undefined,
      wasted: 0,
      checked: { done: this.#checked, total: this.#geometry.pieceCount },
      metadata: undefined,
      loopDelayP99Ms: 0,
    };
  }
}
