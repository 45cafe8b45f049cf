/** Folders that are gone when the test is. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder below the system's temporary one. `using` it removes it with all that is in it. */
export class TestFolder implements Disposable {
  readonly path: string;

  constructor(label: string) {
    this.path = mkdtempSync(join(tmpdir(), `torrential-${label}-`));
  }

  /** Makes (or finds) a folder inside and returns its path. */
  folder(...names: readonly string[]): string {
    const path = join(this.path, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** The path of something inside; makes nothing. */
  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
