/** Turns what the system says of a file into the engine's classes of disk error, with one sentence for people. */
import type { DiskError, DiskErrorClass } from "@torrential/engine";

/** A disk error that we found ourselves: the file system said nothing, or something too vague. */
export class DiskFault extends Error {
  readonly diskClass: DiskErrorClass;

  constructor(diskClass: DiskErrorClass, message: string) {
    super(message);
    this.name = "DiskFault";
    this.diskClass = diskClass;
  }
}

const CLASS_BY_ERRNO: ReadonlyMap<string, DiskErrorClass> = new Map([
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["ENOENT", "gone"],
  ["ENODEV", "gone"],
  ["ENXIO", "gone"],
  ["ESTALE", "gone"],
  ["ENOTCONN", "gone"],
  ["EHOSTDOWN", "gone"],
  ["EACCES", "denied"],
  ["EPERM", "denied"],
  ["EROFS", "read-only"],
  ["ENOTDIR", "corrupt"],
  ["EISDIR", "corrupt"],
  ["ELOOP", "corrupt"],
  ["EEXIST", "corrupt"],
  ["ENAMETOOLONG", "too-long"],
  ["EMFILE", "busy"],
  ["ENFILE", "busy"],
  ["EBUSY", "busy"],
  ["EAGAIN", "busy"],
  ["ETXTBSY", "busy"],
  ["ETIMEDOUT", "busy"],
  ["ENOMEM", "busy"],
  ["EXDEV", "other-device"],
]);

const REASON_BY_ERRNO: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["ENOENT", "it does not exist"],
  ["ENODEV", "the device is gone"],
  ["ENXIO", "the device is gone"],
  ["ESTALE", "the network drive no longer knows it"],
  ["EACCES", "permission was denied"],
  ["EPERM", "permission was denied"],
  ["EROFS", "the disk is read-only"],
  ["ENOTDIR", "a file is where a folder should be"],
  ["EISDIR", "a folder is where a file should be"],
  ["ELOOP", "it is a symbolic link, which is not followed"],
  ["EEXIST", "something else is in its place"],
  ["ENAMETOOLONG", "its name is too long for this file system"],
  ["EMFILE", "this process has too many open files"],
  ["ENFILE", "the system has too many open files"],
  ["EFBIG", "the file system does not take a file of this size"],
  ["EIO", "the device failed"],
  ["EXDEV", "it is on another device"],
]);

/** The errno name of a system error, such as "ENOENT"; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The class of a caught error; what is not listed is "io". */
export function classifyDiskError(error: unknown): DiskErrorClass {
  if (error instanceof DiskFault) return error.diskClass;
  return CLASS_BY_ERRNO.get(errnoOf(error) ?? "") ?? "io";
}

/**
 * One sentence out of a caught error. `action` says what was tried on what ("write to /data/a.iso");
 * a `DiskFault` already is a sentence.
 */
export function toDiskError(error: unknown, action: string): DiskError {
  if (error instanceof DiskFault) return { class: error.diskClass, message: error.message };
  const errno = errnoOf(error);
  const reason = errno === undefined ? String(error) : (REASON_BY_ERRNO.get(errno) ?? "the system refused");
  const path = pathOf(error);
  const where = path === undefined || action.includes(path) ? "" : ` (at ${path})`;
  return {
    class: classifyDiskError(error),
    message: `Could not ${action}${where}: ${reason}${errno === undefined ? "" : ` (${errno})`}.`,
  };
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : undefined;
}
