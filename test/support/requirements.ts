/** What a test needs of the machine. Missing: the test is skipped and says why, or fails where everything is required. */
import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";
import { isEverythingRequired, isInNamespace } from "./namespace.ts";

/** A reason not to run, or undefined when all is there. */
export type Missing = string | undefined;

/** A private network with 198.18.0.0/16, and mounts of our own. */
export function missingNamespace(): Missing {
  return isInNamespace() ? undefined : "not in a private network: run it by `npm run test:interop`";
}

/** A program on PATH that answers to `args`. */
export function missingProgram(program: string, args: readonly string[] = ["--version"]): Missing {
  const tried = spawnSync(program, args, { stdio: "ignore" });
  return tried.error === undefined ? undefined : `${program} is not installed`;
}

/** Debian's Python with its libtorrent, as other Pythons on PATH do not see it. */
export function missingLibtorrent(): Missing {
  const tried = spawnSync("/usr/bin/python3", ["-c", "import libtorrent"], { stdio: "ignore" });
  return tried.status === 0 ? undefined : "python3-libtorrent is not installed";
}

/** `describe`, unless something is missing: then one skipped test that names it, or a failed one where all is required. */
export function describeIf(missing: readonly Missing[], name: string, body: () => void): void {
  const reason = missing.filter((it) => it !== undefined).join("; ");
  if (reason === "") {
    describe(name, () => {
      body();
    });
    return;
  }
  describe(name, () => {
    it.skipIf(!isEverythingRequired())(`has what it needs (${reason})`, () => {
      throw new Error(`Everything is required here, but: ${reason}`);
    });
  });
}
