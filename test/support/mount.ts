/** Small file systems of a test's own. They need the mounts of our own that `namespace.ts` gives. */
import { mkdirSync } from "node:fs";
import { run } from "./process.ts";

export class TestMount implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Memory that pretends to be a disk of this size. */
  static async make(path: string, lengthBytes: number): Promise<TestMount> {
    mkdirSync(path, { recursive: true });
    await mountWith(["-t", "tmpfs", "-o", `size=${lengthBytes}`, "tmpfs", path]);
    return new TestMount(path);
  }

  /** The same files at another place, which has a device of its own only where `source` has. */
  static async bind(source: string, path: string): Promise<TestMount> {
    mkdirSync(path, { recursive: true });
    await mountWith(["--bind", source, path]);
    return new TestMount(path);
  }

  async resize(lengthBytes: number): Promise<void> {
    await mountWith(["-o", `remount,size=${lengthBytes}`, this.path]);
  }

  async makeWritable(): Promise<void> {
    await mountWith(["-o", "remount,rw", this.path]);
  }

  async makeReadOnly(): Promise<void> {
    await mountWith(["-o", "remount,ro", this.path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", ["--lazy", this.path]);
  }
}

async function mountWith(args: readonly string[]): Promise<void> {
  const ended = await run("mount", args);
  if (ended.code !== 0) throw new Error(`mount ${args.join(" ")}: ${ended.stderr}`);
}
