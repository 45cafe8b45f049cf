/** Pure parts of the build. */

/** A worker thread's entry: its source beside the file that starts it, and its name in the published folder. */
export interface ThreadEntry {
  readonly source: string;
  readonly published: string;
}

const THREAD_ENTRY =
  /source:\s*new URL\("([^"]+\.ts)", import\.meta\.url\),\s*published:\s*new URL\("\.\/([^"]+\.js)", import\.meta\.url\)/g;

/** Thread entries that a source file declares as `{source: new URL(…), published: new URL(…)}`. */
export function findThreadEntries(text: string): ThreadEntry[] {
  return [...text.matchAll(THREAD_ENTRY)].map(([, source = "", published = ""]) => ({ source, published }));
}

/** Declarations name each other as `./x.ts`; published, `./x.js` stands beside `./x.d.ts`. */
export function toPublishedTypes(text: string): string {
  return text.replaceAll(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"');
}
