/** Shell completions, made from the definitions of the verbs: bash, zsh and fish. */
import type { Command, Option } from "commander";
import { UsageError } from "./values.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

interface VerbFacts {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionFacts[];
}

interface OptionFacts {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  readonly takesValue: boolean;
}

/** A script for the shell. Throws UsageError for another shell. */
export function makeCompletions(program: Command, shell: string): string {
  const verbs = listVerbs(program);
  switch (shell) {
    case "bash":
      return makeBash(verbs);
    case "zsh":
      return makeZsh(verbs);
    case "fish":
      return makeFish(verbs);
    default:
      throw new UsageError(`got ${JSON.stringify(shell)}, wanted ${SHELLS.join(", ")}`);
  }
}

/** Verbs with their options, hidden ones left out. */
export function listVerbs(program: Command): VerbFacts[] {
  const common = program.options.filter(({ long }) => long !== "--version").map(toFacts);
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(toFacts), ...common, HELP],
  }));
}

const HELP: OptionFacts = { short: "-h", long: "--help", description: "print this help", takesValue: false };

function toFacts({ short, long, flags, description, required, optional }: Option): OptionFacts {
  return { short, long: long ?? flags, description, takesValue: required || optional };
}

function makeBash(verbs: readonly VerbFacts[]): string {
  const cases = verbs.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ long }) => long).join(" ")}" ;;`,
  );
  return `# bash completion for torrential
_torrential() {
  local current="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(" ")} help --help --version" -- "$current"))
    return
  fi
  case "$verb" in
${cases.join("\n")}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -F _torrential torrential
`;
}

function makeZsh(verbs: readonly VerbFacts[]): string {
  const list = verbs.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = verbs.map(({ name, options }) => {
    const specs = options.map(
      ({ long, description, takesValue }) =>
        `        ${quote(`${long}[${description.replaceAll(/[[\]:]/g, "")}]${takesValue ? ":value:_files" : ""}`)}`,
    );
    return `    ${name})\n      _arguments \\\n${specs.join(" \\\n")} \\\n        '*:file:_files'\n      ;;`;
  });
  return `#compdef torrential
_torrential() {
  local -a verbs
  verbs=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$verb" in
${cases.join("\n")}
  esac
}
compdef _torrential torrential
`;
}

function makeFish(verbs: readonly VerbFacts[]): string {
  const names = verbs.map(({ name }) => name).join(" ");
  const lines = verbs.flatMap(({ name, summary, options }) => [
    `complete -c torrential -n "not __fish_seen_subcommand_from ${names}" -f -a ${name} -d ${quote(summary)}`,
    ...options.map(
      ({ long, short, description, takesValue }) =>
        `complete -c torrential -n "__fish_seen_subcommand_from ${name}" -l ${long.slice(2)}` +
        `${short === undefined ? "" : ` -s ${short.slice(1)}`}${takesValue ? " -r" : ""} -d ${quote(description)}`,
    ),
  ]);
  return `# fish completion for torrential\n${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "")}'`;
}
