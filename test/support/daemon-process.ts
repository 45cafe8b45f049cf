/** `torrential daemon` as a user would start it, on loopback, with the verbs and the client that drive it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiClient } from "@torrential/api";
import { type ExitStatus, TestProcess } from "./process.ts";
import { runTorrential, torrentialCommand } from "./torrential.ts";
import { waitFor } from "./wait-for.ts";

export interface DaemonProcessOptions {
  readonly stateDir: string;
  readonly downloadDir: string;
  readonly extra?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const READY = /ready at (\S+)/;

export class DaemonProcess implements AsyncDisposable {
  readonly process: TestProcess;
  readonly stateDir: string;

  private constructor(process: TestProcess, stateDir: string) {
    this.process = process;
    this.stateDir = stateDir;
  }

  /** Resolves when it says that it is ready. Throws with what it said when it leaves before. */
  static async start({ stateDir, downloadDir, extra = [], env = {} }: DaemonProcessOptions): Promise<DaemonProcess> {
    const [file, ...first] = torrentialCommand();
    const network = ["--listen", "127.0.0.1:0", "--bind", "127.0.0.1", "--port", "0"];
    const args = [...first, "daemon", "--state", stateDir, "--download-dir", downloadDir, ...network, ...extra];
    const process = new TestProcess(file, args, { env: { XDG_CONFIG_HOME: stateDir, ...env } });
    const daemon = new DaemonProcess(process, stateDir);
    await waitFor(
      () => {
        if (process.status !== undefined) throw new Error(`the daemon left: ${process.stderr.slice(-2000)}`);
        return READY.test(process.stdout);
      },
      {
        what: () => `the daemon is ready; it said: ${process.stdout} ${process.stderr.slice(-500)}`,
        deadlineMs: 60_000,
      },
    );
    return daemon;
  }

  /** "http://127.0.0.1:1234". */
  get url(): string {
    return readFileSync(join(this.stateDir, "address"), "utf8").split("\n")[0] ?? "";
  }

  get token(): string {
    return readFileSync(join(this.stateDir, "token"), "utf8").trim();
  }

  get client(): ApiClient {
    return new ApiClient({ url: this.url, token: this.token });
  }

  /** A verb of the command, driving this daemon. */
  verb(...args: readonly string[]): Promise<ExitStatus & { stdout: string; stderr: string }> {
    return runTorrential([...args, "--state", this.stateDir]);
  }

  async stop(): Promise<ExitStatus> {
    this.process.signal("SIGTERM");
    return await this.process.waitForExit(30_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }
}
