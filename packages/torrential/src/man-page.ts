/** The man page, made from the definitions of the verbs (man-pages(7), groff_man(7)). */
import type { Command } from "commander";
import { EXIT_CODES } from "./exit-codes.ts";
import { readVersion } from "./version.ts";

export function makeManPage(program: Command): string {
  return [
    `.TH TORRENTIAL 1 "" "torrential ${readVersion()}" "User Commands"`,
    ".SH NAME",
    `torrential \\- ${escape("a BitTorrent client, and a service that other programs drive")}`,
    ".SH SYNOPSIS",
    ".B torrential",
    ".I VERB",
    "[options]",
    ".SH VERBS",
    ...program.commands.flatMap(describeVerb),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(({ code, meaning }) => [".TP", `.B ${code}`, escape(meaning)]),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, meaning]) => [".TP", `.B ${name}`, escape(meaning)]),
    ".SH FILES",
    ...FILES.flatMap(([name, meaning]) => [".TP", `.I ${escape(name)}`, escape(meaning)]),
    "",
  ].join("\n");
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["TORRENTIAL_URL", "Where the daemon is that verbs drive."],
  ["TORRENTIAL_TOKEN", "The key to it."],
  ["TORRENTIAL_PASSWORD, TORRENTIAL_PASSWORD_FILE", "The password that a daemon starts with while it has none."],
  ["TORRENTIAL_<SETTING>", "A setting of the daemon: TORRENTIAL_DOWNLOADS_FOLDER for downloads.folder."],
  ["TORRENTIAL_NODE", "The Node to run with, when the one on PATH is too old."],
];

const FILES: readonly (readonly [string, string])[] = [
  ["~/.config/torrential/torrential.toml", "Settings of the daemon."],
  ["~/.local/state/torrential", "Everything that the daemon remembers; its token is in the file token."],
  ["~/.local/state/torrential/transfers", "What download, seed and stream noted, a folder for each that runs at once."],
];

function describeVerb(verb: Command): string[] {
  const args = verb.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? name : `[${name}]`;
  });
  const options = verb.options.filter(({ hidden }) => !hidden);
  return [
    `.SS ${verb.name()} ${escape(args.join(" "))}`,
    escape(verb.description()),
    ...options.flatMap(({ flags, description }) => [".TP", `.B ${escape(flags)}`, escape(description)]),
  ];
}

/** A line of text as troff reads it. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/g, "\\&$1");
}
