/**
 * The same requests to the original and to us, and what is different in the answers: status, kind of content, and the type
 * at each path of the JSON. A step may also name paths whose values must be the same.
 */
import { compareShapes, readShape } from "../../support/json-shape.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | FormData | URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export interface Step {
  /** Names the step in the table of known differences. */
  readonly name: string;
  readonly ask: (side: Side) => Ask;
  /** False where only values count: what an answer holds is a matter of what went before. */
  readonly shape?: boolean;
  /** What of the answer must be the same in value too, and not only in type. */
  readonly values?: (answer: unknown) => unknown;
  /** Asked again until it fits: what was begun takes its time. */
  readonly until?: (answer: unknown) => boolean;
  /** Remembers what a later step asks with. */
  readonly keep?: (answer: unknown, side: Side) => void;
}

/** Who is asked. */
export interface Side {
  readonly name: "theirs" | "ours";
  readonly url: string;
  /** Where it keeps what it downloads. */
  readonly saveDir: string;
  /** Go with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** By "step: path": "missing", "more", or "theirs -> ours". */
export type Differences = Readonly<Record<string, string>>;

export function compareAnswers(step: Step, theirs: Answer, ours: Answer): Differences {
  const found = new Map<string, string>();
  const note = (what: string, a: unknown, b: unknown): void => {
    const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
    if (left !== right) found.set(`${step.name}: ${what}`, `${left} -> ${right}`);
  };
  note("(status)", theirs.status, ours.status);
  if (theirs.status !== ours.status) return Object.fromEntries(found);
  note("(type)", mediaType(theirs), mediaType(ours));
  const areJson = isJson(theirs) && isJson(ours);
  if (areJson && step.shape !== false) {
    for (const [path, what] of Object.entries(compareShapes(readShape(theirs.text), readShape(ours.text)))) {
      // A fraction that is whole at the moment.
      if (/^[a-z|]+ -> [a-z|]*real/.test(what) && FRACTIONS.test(path)) continue;
      found.set(`${step.name}: ${path}`, what);
    }
  }
  if (step.values !== undefined) {
    const read = ({ text }: Answer): unknown => step.values?.(areJson ? JSON.parse(text) : text);
    compareValues("", read(theirs), read(ours), note);
  }
  return Object.fromEntries(found);
}

const FRACTIONS = /(?:^|\.)(?:progress|ratio|share_ratio|availability|uploadRatio|percentDone)$/;

/** Only what both have: what one lacks is a difference of shape. */
function compareValues(
  path: string,
  theirs: unknown,
  ours: unknown,
  note: (what: string, a: unknown, b: unknown) => void,
): void {
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    for (const [index, item] of theirs.entries()) compareValues(`${path}[]`, item, ours[index], note);
  } else if (isObject(theirs) && isObject(ours)) {
    for (const [name, item] of Object.entries(theirs)) {
      if (Object.hasOwn(ours, name)) compareValues(`${path}.${name}`, item, ours[name], note);
    }
  } else {
    note(`(value)${path}`, theirs, ours);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mediaType({ contentType }: Answer): string {
  return contentType.split(";")[0]?.trim() ?? "";
}

function isJson({ text }: Answer): boolean {
  return /^\s*[[{]/.test(text);
}

/** Asks until the answer is what the step waits for. */
export async function say(side: Side, step: Step): Promise<Answer> {
  let last: Answer | undefined;
  const answer = await waitFor(
    async () => {
      last = await send(side, step.ask(side));
      if (step.until === undefined) return last;
      return last.status === 200 && step.until(JSON.parse(last.text)) ? last : undefined;
    },
    {
      what: () => `${step.name} of ${side.name}; it says ${last?.status} ${last?.text.slice(0, 2000)}`,
      // Theirs may take its time to dial a peer again.
      deadlineMs: 90_000,
    },
  );
  if (step.keep !== undefined) step.keep(JSON.parse(answer.text), side);
  return answer;
}

export async function send(side: Side, ask: Ask): Promise<Answer> {
  const response = await fetch(side.url + ask.path, {
    method: ask.method ?? (ask.body === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: { ...side.headers, ...ask.headers },
    ...(ask.body === undefined ? {} : { body: ask.body }),
  });
  const text = await response.text();
  return { status: response.status, contentType: response.headers.get("content-type") ?? "", text };
}

/** Differences that are not in the table, and lines of the table that nothing needs any more. */
export function checkKnown(
  found: Differences,
  known: Readonly<Record<string, string>>,
): { readonly unknown: Differences; readonly needless: readonly string[] } {
  const isKnown = (difference: string): boolean => Object.keys(known).some((pattern) => matches(pattern, difference));
  const unknown = Object.fromEntries(Object.entries(found).filter(([difference]) => !isKnown(difference)));
  const needless = Object.keys(known).filter(
    (pattern) => !Object.keys(found).some((difference) => matches(pattern, difference)),
  );
  return { unknown, needless };
}

/** A "*" stands for anything. */
function matches(pattern: string, difference: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(difference);
}
