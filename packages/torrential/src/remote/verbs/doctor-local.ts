/** What the doctor sees of this machine without asking the daemon: limits, the clock, folders, ports. */
import { constants } from "node:fs";
import { access, open, readdir, readFile, stat, statfs } from "node:fs/promises";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ApiError } from "@torrential/api";
import { formatBytes, formatCount } from "../../format.ts";

export interface Finding {
  readonly level: "ok" | "warning" | "error";
  readonly what: string;
  readonly remedy?: string;
}

const STATE_FREE_BYTES_MIN = 64 * 1024 * 1024;
const DOWNLOADS_FREE_BYTES_MIN = 1024 * 1024 * 1024;
const DESCRIPTORS_MIN = 4_096;
/** This version was not there before: a clock that says so makes certificates invalid. */
const CLOCK_MIN_MS = Date.UTC(2026, 0, 1);
const CLOCK_SLACK_MS = 3_600_000;
const CONNECT_MS = 2_000;

export function ok(what: string): Finding {
  return { level: "ok", what };
}

export async function examineMachine(): Promise<Finding[]> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const descriptors = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  return [
    ok(
      `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${formatCount(availableParallelism(), "core")}`,
    ),
    ...(descriptors < DESCRIPTORS_MIN
      ? [
          {
            level: "warning",
            what: `only ${descriptors} files and connections may be open at once`,
            remedy: "raise the hard limit: LimitNOFILE= in the unit, --ulimit nofile= in Docker, or limits.conf",
          } as const,
        ]
      : []),
  ];
}

export async function examineState(stateDir: string): Promise<Finding[]> {
  const stats = await stat(stateDir).catch(() => undefined);
  if (stats === undefined) {
    return [
      {
        level: "warning",
        what: `${stateDir}: there is no state folder`,
        remedy: "it is made when a daemon starts; or name it with --state",
      },
    ];
  }
  const findings: Finding[] = [];
  if ((stats.mode & 0o022) !== 0) {
    findings.push({ level: "error", what: `${stateDir} can be written by others`, remedy: `chmod 700 ${stateDir}` });
  } else if ((stats.mode & 0o055) !== 0) {
    findings.push({ level: "warning", what: `${stateDir} can be read by others`, remedy: `chmod 700 ${stateDir}` });
  }
  findings.push(...(await examineVersion(join(stateDir, "state.db"))));
  if ((await access(stateDir, constants.W_OK).catch((error: unknown) => error)) !== undefined) {
    findings.push({
      level: "error",
      what: `${stateDir} cannot be written`,
      remedy: "give it to the user that runs the daemon",
    });
  }
  const { bavail, bsize } = await statfs(stateDir);
  if (bavail * bsize < STATE_FREE_BYTES_MIN) {
    findings.push({
      level: "error",
      what: `${formatBytes(bavail * bsize)} are free for the state folder`,
      remedy: "make room: nothing can be changed when it is full",
    });
  }
  const token = await stat(join(stateDir, "token")).catch(() => undefined);
  if (token !== undefined && (token.mode & 0o077) !== 0) {
    findings.push({
      level: "error",
      what: "the token file can be read by others",
      remedy: `delete ${join(stateDir, "token")}; the next start makes a new one`,
    });
  }
  return findings.length === 0 ? [ok(`state folder ${stateDir}`)] : findings;
}

/** SQLite's header has the version of the schema at byte 60, whoever wrote it (sqlite.org/fileformat2). */
async function examineVersion(path: string): Promise<Finding[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 60);
  await file.close();
  if (bytesRead < 4) return [];
  const { STATE_VERSION } = await import("@torrential/daemon");
  const found = buffer.readUInt32BE();
  if (found <= STATE_VERSION) return [];
  return [
    {
      level: "error",
      what: `${path} was written by a newer version (schema ${found}, this one knows ${STATE_VERSION})`,
      remedy: "install the newer version again, or start with the copy that it left beside it when it migrated",
    },
  ];
}

/** When the newest file of the state was written, since 1970; undefined without one. */
export async function newestOf(stateDir: string): Promise<number | undefined> {
  const names = await readdir(stateDir).catch(() => []);
  const times = await Promise.all(names.map(async (name) => (await stat(join(stateDir, name))).mtimeMs));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** What was written before now was not written in an hour. */
export function judgeClock(nowMs: number, newestMs: number | undefined): Finding[] {
  const remedy = "set it, or let the system do so (timedatectl set-ntp true): certificates and schedules depend on it";
  const now = new Date(nowMs).toISOString();
  if (nowMs < CLOCK_MIN_MS) return [{ level: "error", what: `the clock is wrong: it says ${now}`, remedy }];
  if (newestMs === undefined || newestMs <= nowMs + CLOCK_SLACK_MS) return [];
  const written = new Date(newestMs).toISOString();
  return [{ level: "warning", what: `the clock says ${now}, and the state was written at ${written}`, remedy }];
}

/** The folder for downloads, as the daemon named it. */
export async function examineFolder(folder: string, freeBytes: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const refused: unknown = await access(folder, constants.W_OK).catch((error: unknown) => error);
  const code = refused instanceof Error && "code" in refused ? refused.code : undefined;
  if (code === "EACCES" || code === "EROFS") {
    findings.push({
      level: "error",
      what: `${folder} cannot be written`,
      remedy: "give it to the user that runs the daemon, mount it for writing, or set downloads.folder",
    });
  }
  if (freeBytes < DOWNLOADS_FREE_BYTES_MIN) {
    findings.push({
      level: freeBytes === 0 ? "error" : "warning",
      what: `${formatBytes(freeBytes)} are free for downloads`,
      remedy: "make room: torrents of a full disk wait, and go on by themselves",
    });
  }
  return findings;
}

/** Nobody of ours answers: whether somebody else does. Undefined when not. */
export async function examinePort(error: unknown, url: string): Promise<Finding[] | undefined> {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const isOther = error instanceof ApiError ? error.code === "http-status" : await answers(hostname, Number(port));
  if (!isOther || !protocol.startsWith("http")) return undefined;
  return [
    {
      level: "error",
      what: `something else than a daemon answers at ${hostname}:${port}`,
      remedy: "stop it, or give the daemon another address: --listen, http.listen",
    },
  ];
}

async function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, host.replaceAll(/[[\]]/g, ""));
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  socket.setTimeout(CONNECT_MS, () => resolve(false));
  return await promise.finally(() => socket.destroy());
}
