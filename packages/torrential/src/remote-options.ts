/** Options that every verb of a daemon takes, and words that several of them use. */
import type { Command } from "commander";

export const TORRENT = "its number, its info-hash or the beginning of it, or words of its name";

export function addRemoteOptions(verb: Command): void {
  verb
    .optionsGroup("The daemon:")
    .option("--url <URL>", "where it is: http://HOST:PORT or unix:/PATH (default: what the state folder says)")
    .option("--token-file <FILE>", "the key to it (default: TORRENTIAL_TOKEN, or the state folder's)")
    .option("--state <DIR>", "its state folder (default: ~/.local/state/torrential)")
    .optionsGroup("Output:")
    .option("--json", "one JSON object a line on stdout")
    .option("-q, --quiet", "errors only");
}

export function toSentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
