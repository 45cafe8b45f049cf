/**
 * Structured logs: one JSON object a line, by area, with levels that change at run time. The latest entries are kept for
 * whoever asks. What is logged is redacted first, whoever logs it.
 */
import type { LogEntry, LogLevel } from "@torrential/api";
import { type DestinationStream, type Logger, pino } from "pino";
import { redactText, redactValue } from "./redact-text.ts";

export interface Log {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
}

type LogMethod = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface LogsOptions {
  /** Where lines go. */
  readonly destination: DestinationStream;
  /** By area; "*" for the others. Default "info". */
  readonly levels?: Readonly<Record<string, LogLevel>>;
  /** Since 1970. */
  readonly now: () => number;
}

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const KEPT_MAX = 2_000;
const MESSAGE_LENGTH_MAX = 4_000;

export class Logs {
  readonly #options: LogsOptions;
  readonly #pino: Logger;
  readonly #areas = new Map<string, Log>();
  readonly #levels: Map<string, LogLevel>;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #kept: LogEntry[] = [];
  #lastId = 0;

  constructor(options: LogsOptions) {
    this.#options = options;
    this.#levels = new Map(Object.entries({ "*": "info", ...options.levels }));
    this.#pino = pino(
      { level: "trace", base: null, messageKey: "message", formatters: { level: (level) => ({ level }) } },
      options.destination,
    );
  }

  /** "http", "door", "engine", "state", … */
  area(name: string): Log {
    const known = this.#areas.get(name);
    if (known !== undefined) return known;
    const child = this.#pino.child({ area: name });
    const method =
      (level: LogLevel): LogMethod =>
      (message, fields) =>
        this.#write({ level, area: name, child }, message, fields);
    const log: Log = {
      trace: method("trace"),
      debug: method("debug"),
      info: method("info"),
      warn: method("warn"),
      error: method("error"),
      fatal: method("fatal"),
    };
    this.#areas.set(name, log);
    return log;
  }

  levels(): Readonly<Record<string, LogLevel>> {
    return Object.fromEntries(this.#levels);
  }

  /** Areas that are not named stay as they are. */
  setLevels(levels: Readonly<Record<string, LogLevel>>): void {
    for (const [area, level] of Object.entries(levels)) this.#levels.set(area, level);
  }

  /** The latest, oldest first. */
  latest(query: { after?: number; area?: string; level?: LogLevel; limit?: number } = {}): readonly LogEntry[] {
    const { after = 0, area, level = "trace", limit = 200 } = query;
    const fitting = this.#kept.filter(
      (entry) => entry.id > after && (area === undefined || entry.area === area) && isAtLeast(entry.level, level),
    );
    return fitting.slice(-limit);
  }

  /** Calls `listener` with each entry until the returned function is called. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #write(
    { level, area, child }: { readonly level: LogLevel; readonly area: string; readonly child: Logger },
    message: string,
    fields: Readonly<Record<string, unknown>> | undefined,
  ): void {
    if (!isAtLeast(level, this.#levels.get(area) ?? this.#levels.get("*") ?? "info")) return;
    const text = redactText(message).slice(0, MESSAGE_LENGTH_MAX);
    child[level](fields === undefined ? {} : redactFields(fields), text);
    this.#lastId += 1;
    const entry = { id: this.#lastId, atMs: this.#options.now(), level, area, message: text };
    this.#kept.push(entry);
    if (this.#kept.length > KEPT_MAX * 2) this.#kept = this.#kept.slice(-KEPT_MAX);
    for (const listener of this.#listeners) listener(entry);
  }
}

function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(redactValue(fields))));
}

function isAtLeast(level: LogLevel, wanted: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}
