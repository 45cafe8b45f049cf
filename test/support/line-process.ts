/** A helper process that answers one line of JSON with one line of JSON. */
import { type ProcessOptions, TestProcess } from "./process.ts";
import { waitFor } from "./wait-for.ts";

export class LineProcess implements AsyncDisposable {
  readonly process: TestProcess;
  readonly #lines: string[] = [];
  #rest = "";
  #turn: Promise<unknown> = Promise.resolve();

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.process = new TestProcess(command, args, { ...options, collectStdout: true });
    this.process.onStdout((text) => {
      const parts = (this.#rest + text).split("\n");
      this.#rest = parts.pop() ?? "";
      this.#lines.push(...parts);
    });
  }

  /** The next line, parsed. `T` is what the helper promises. */
  async receive<T>(): Promise<T> {
    const line = await waitFor(() => this.#next(), {
      what: () => `${this.process.name} did not answer; ${this.process.tail()}`,
      intervalMs: 5,
    });
    const reply: T & { error?: string } = JSON.parse(line);
    if (reply.error !== undefined) throw new Error(`${this.process.name}: ${reply.error}`);
    return reply;
  }

  /** Sends a request and returns its answer; calls take turns. */
  async call<T>(request: Readonly<Record<string, unknown>>): Promise<T> {
    const exchange = async (): Promise<T> => {
      this.process.write(`${JSON.stringify(request)}\n`);
      return await this.receive<T>();
    };
    const result = this.#turn.then(exchange, exchange);
    this.#turn = result.catch(() => undefined);
    return await result;
  }

  /** Ends its input, which asks it to leave. */
  async stop(graceMs = 15_000): Promise<void> {
    this.process.closeStdin();
    try {
      await this.process.waitForExit(graceMs);
    } finally {
      await this.process.kill();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }

  #next(): string | undefined {
    const line = this.#lines.shift();
    if (line === undefined && this.process.status !== undefined)
      throw new Error(`${this.process.name} died; ${this.process.tail()}`);
    return line;
  }
}
