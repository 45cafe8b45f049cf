/** Which benches a command line means. */

/** Words before `--`, and what is handed on behind it. */
export function splitArguments(args: readonly string[]): { readonly words: string[]; readonly passed: string[] } {
  const at = args.findIndex((arg) => arg.startsWith("-"));
  if (at === -1) return { words: [...args], passed: [] };
  return { words: args.slice(0, at), passed: args.slice(args[at] === "--" ? at + 1 : at) };
}

/** The bench files for `micro`, `e2e`, or both, narrowed by names; micro benches first. */
export function chooseBenches(files: readonly string[], words: readonly string[]): string[] {
  const [first] = words;
  const kind = first === "micro" || first === "e2e" ? first : undefined;
  const names = kind === undefined ? words : words.slice(1);
  const isEndToEnd = (file: string): boolean => file.startsWith("e2e");
  return files
    .filter((file) => kind === undefined || isEndToEnd(file) === (kind === "e2e"))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .toSorted((a, b) => Number(isEndToEnd(a)) - Number(isEndToEnd(b)) || (a < b ? -1 : 1));
}
