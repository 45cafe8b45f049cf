/** The benches there are, and which of them a command line means. */

export interface Bench {
  /** `bench/<name>.ts`. */
  readonly name: string;
  /** One part in a process alone; whole clients beside libtorrent; what takes long and runs only by name. */
  readonly kind: "micro" | "e2e" | "long";
  /** It is ended after so long. On two cores that nobody else uses it takes a third of it. */
  readonly minutesMax: number;
  readonly about: string;
}

export const BENCHES: readonly Bench[] = [
  { name: "disk", kind: "micro", minutesMax: 5, about: "hashing, writing and reading by the disk's threads" },
  { name: "memory", kind: "micro", minutesMax: 5, about: "sets of pieces, and memory for payload: the slab" },
  { name: "picker", kind: "micro", minutesMax: 5, about: "100,000 pieces and 500 peers: HAVE and picks a second" },
  { name: "unlimited", kind: "micro", minutesMax: 1, about: "what limits cost where there are none" },
  { name: "wire", kind: "micro", minutesMax: 5, about: "bytes to messages and requests to bytes" },
  {
    name: "e2e-download",
    kind: "e2e",
    minutesMax: 10,
    about: "a download from a libtorrent seed, beside libtorrent's",
  },
  { name: "e2e-seed", kind: "e2e", minutesMax: 15, about: "seeding to one and to eight, beside libtorrent" },
  { name: "streaming", kind: "long", minutesMax: 10, about: "how long a viewer waits (simulated)" },
  { name: "limits", kind: "long", minutesMax: 10, about: "how well limits are kept, opposite libtorrent" },
  { name: "page", kind: "long", minutesMax: 20, about: "the page with 10,000 torrents, in Chromium" },
  {
    name: "compat",
    kind: "long",
    minutesMax: 20,
    about: "20 pollers of other APIs at 10,000 torrents, beside qBittorrent",
  },
  { name: "daemon", kind: "long", minutesMax: 20, about: "a daemon with 10,000 torrents; --others beside theirs" },
];

/** Words before `--`, and what is handed on behind it. */
export function splitArguments(args: readonly string[]): { readonly words: string[]; readonly passed: string[] } {
  const at = args.findIndex((arg) => arg.startsWith("-"));
  if (at === -1) return { words: [...args], passed: [] };
  return { words: args.slice(0, at), passed: args.slice(args[at] === "--" ? at + 1 : at) };
}

/** Those of a kind, narrowed by parts of names; those of any kind that a part of a name fits; all but the long ones. */
export function chooseBenches(words: readonly string[], benches: readonly Bench[] = BENCHES): readonly Bench[] {
  const kind = benches.find((bench) => bench.kind === words[0])?.kind;
  const names = kind === undefined ? words : words.slice(1);
  return benches
    .filter((bench) => (kind === undefined ? names.length > 0 || bench.kind !== "long" : bench.kind === kind))
    .filter(({ name }) => names.length === 0 || names.some((each) => name.includes(each)));
}

/** What `--help` prints. */
export function describeBenches(benches: readonly Bench[] = BENCHES): string {
  const rows = benches.map(({ name, kind, about }) => `  ${name.padEnd(14)}${kind.padEnd(7)}${about}`);
  return `npm run bench -- [micro|e2e|long] [NAME...] [-- OPTIONS OF THE BENCH]

Without a word: micro, then e2e. A NAME is any part of one of these:

${rows.join("\n")}`;
}
