/**
 * One process per state folder (PROMISES F14, faults 3): a file with process id, boot id and start time. It stays after
 * a crash, which is how the next start knows that the stop was unclean.
 */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { TorrentialError } from "@torrential/core";
import { errnoOf, toDiskError } from "../disk/errors.ts";
import { ensureFolderSync } from "../disk/ensure-folder.ts";

const LOCK_NAME = "running.lock";

interface Owner {
  readonly pid: number;
  readonly bootId: string;
  /** Of the process, in the kernel's ticks since boot; empty where unknown. A process id alone comes back after a restart. */
  readonly startTicks: string;
  readonly nonce: string;
}

/** Codes: "state-locked" (another process runs on it), "state-unwritable", "state-unsafe" (others may write to it). */
export type StateLockErrorCode = "state-locked" | "state-unwritable" | "state-unsafe";

export class StateLock {
  /** True when the last owner did not release it: what it wrote last has to be checked. */
  readonly wasUnclean: boolean;
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string, wasUnclean: boolean) {
    this.#path = path;
    this.#text = text;
    this.wasUnclean = wasUnclean;
  }

  /** Makes the folder (0700) when absent and takes it. A stale lock is taken over. Throws a TorrentialError, see the codes. */
  static acquire(folder: string): StateLock {
    try {
      ensureFolderSync(folder, 0o700);
      assertPrivate(folder);
      return take(folder);
    } catch (error) {
      if (error instanceof TorrentialError) throw error;
      throw new TorrentialError("state-unwritable", toDiskError(error, `take the state folder ${folder}`).message, {
        cause: error,
      });
    }
  }

  /** For `acquire` only: writes the lock; throws EEXIST when there is one. */
  static create(path: string, wasUnclean: boolean): StateLock {
    const text = JSON.stringify({
      pid: process.pid,
      bootId: bootId(),
      startTicks: startTicksOf(process.pid),
      nonce: randomUUID(),
    } satisfies Owner);
    const fd = openSync(path, "wx", 0o600);
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return new StateLock(path, text, wasUnclean);
  }

  /** Says that all was synced: the next start is a clean one. Only removes what is still ours. */
  release(): void {
    if (readText(this.#path) === this.#text) unlinkSync(this.#path);
  }
}

function take(folder: string): StateLock {
  const path = join(folder, LOCK_NAME);
  const found = readText(path);
  if (found === undefined) return createOrRefuse(path, folder, false);
  const owner = parseOwner(found);
  if (owner !== undefined && isAlive(owner)) throw locked(folder, owner.pid);
  // Two starts may see the same stale lock: whoever moves away something else than what it saw has lost, and puts it back.
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return createOrRefuse(path, folder, true);
  }
  const isStale = readText(aside) === found;
  if (!isStale) linkSync(aside, path);
  unlinkSync(aside);
  if (!isStale) throw locked(folder, undefined);
  return createOrRefuse(path, folder, true);
}

function createOrRefuse(path: string, folder: string, wasUnclean: boolean): StateLock {
  try {
    return StateLock.create(path, wasUnclean);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw locked(folder, undefined);
  }
}

function locked(folder: string, pid: number | undefined): TorrentialError<StateLockErrorCode> {
  const who = pid === undefined ? "another process, which started at the same moment," : `process ${pid}`;
  return new TorrentialError(
    "state-locked",
    `The state folder ${folder} is in use by ${who}: stop it, or choose another folder.`,
  );
}

function assertPrivate(folder: string): void {
  if (process.platform === "win32") return;
  const { mode, uid } = statSync(folder);
  if ((mode & 0o022) === 0) return;
  const isOurs = uid === process.getuid?.();
  // A folder made by a user whose umask is 002 is ours to close; what somebody else can write to is not safe for anyone.
  if (isOurs && (mode & 0o002) === 0) return chmodSync(folder, 0o700);
  throw new TorrentialError(
    "state-unsafe",
    `The state folder ${folder} can be written by others (mode ${(mode & 0o777).toString(8)}): wanted 700.`,
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined when the text is not a whole lock, which only a crash leaves. */
function parseOwner(text: string): Owner | undefined {
  const match = /^\{"pid":(\d{1,10}),"bootId":"([\w-]*)","startTicks":"(\d*)","nonce":"([\w-]*)"\}$/.exec(text);
  if (match === null) return undefined;
  const [, pid, boot, startTicks, nonce] = match;
  return { pid: Number(pid), bootId: boot ?? "", startTicks: startTicks ?? "", nonce: nonce ?? "" };
}

function isAlive(owner: Owner): boolean {
  if (owner.bootId !== bootId()) return false;
  if (owner.startTicks !== startTicksOf(owner.pid)) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

function bootId(): string {
  return readProc("/proc/sys/kernel/random/boot_id").trim();
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold blanks. */
function startTicksOf(pid: number): string {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** Empty where there is no such thing, as on other systems than Linux. */
function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
