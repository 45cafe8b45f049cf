/** Folders that the command uses. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { TorrentialError } from "@torrential/core";
import { ensureFolder, toDiskError } from "@torrential/node";

/** Where journals are kept unless told otherwise (XDG base directories). */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_STATE_HOME"];
  // The specification has relative paths ignored.
  const isUsable = base !== undefined && base.startsWith("/");
  return join(isUsable ? base : join(homedir(), ".local", "state"), "torrential");
}

/** Makes the folder that downloads go to, and makes sure that it can be written. Throws "disk-…". */
export async function prepareOutput(folder: string): Promise<string> {
  const root = resolve(folder);
  await explain(`use the folder ${root}`, async () => {
    await ensureFolder(root);
    await access(root, constants.W_OK | constants.X_OK);
  });
  return root;
}

/** A folder that must be there. Throws "disk-…". */
export async function needFolder(folder: string): Promise<string> {
  const root = resolve(folder);
  const stats = await explain(`use the folder ${root}`, () => stat(root));
  if (!stats.isDirectory()) throw new TorrentialError("disk-corrupt", `${root}: got a file, wanted a folder`);
  return root;
}

async function explain<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const error = toDiskError(cause, action);
    throw new TorrentialError(`disk-${error.class}`, error.message, { cause });
  }
}
