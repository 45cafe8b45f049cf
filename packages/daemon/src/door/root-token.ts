/** The token of the machine's owner: a file in the state folder that only they can read (PROMISES C2, C25). */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { TorrentialError } from "@torrential/core";

const TOKEN_FILE = "token";
/** 256 bits, in a form that secret scanners can be taught. */
const TOKEN_FORM = /^trr_[A-Za-z0-9_-]{43}$/;
/** Anyone but the owner. */
const OTHERS = 0o077;

/** Makes the file at the first start, else reads it. Throws "state-token" when others can read it, or it is no token. */
export async function openRootToken(stateDir: string): Promise<string> {
  const path = join(stateDir, TOKEN_FILE);
  const made = await makeToken(path);
  return made ?? (await readToken(path));
}

/** Undefined when there is one. */
async function makeToken(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // O_EXCL: never what somebody else put there, not through a link either.
    file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if (isNodeError(error) && error.code === "EEXIST") return undefined;
    throw error;
  }
  try {
    const token = `trr_${randomBytes(32).toString("base64url")}`;
    await file.writeFile(`${token}\n`);
    await file.sync();
    return token;
  } finally {
    await file.close();
  }
}

/** Throws "state-token". */
export async function readToken(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stats = await file.stat();
    if ((stats.mode & OTHERS) !== 0) {
      throw new TorrentialError(
        "state-token",
        `${path} can be read by others (mode ${(stats.mode & 0o777).toString(8)}): delete it, and a new token is made`,
      );
    }
    const token = (await file.readFile("utf8")).trim();
    if (TOKEN_FORM.test(token)) return token;
    throw new TorrentialError("state-token", `${path} holds no token: delete it, and a new one is made`);
  } finally {
    await file.close();
  }
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
