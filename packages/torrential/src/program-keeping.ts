/** More verbs that drive a daemon: labels, order, wishes, jobs, and what it keeps. */
import type { Command } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import type { RemoteOptions } from "./remote/connect.ts";
import type { ActOptions } from "./remote/verbs/act.ts";
import type { JobOptions } from "./remote/verbs/jobs.ts";
import type { HistoryOptions } from "./remote/verbs/keeping.ts";
import type { LabelOptions } from "./remote/verbs/labels.ts";
import type { SetOptions } from "./remote/verbs/order.ts";
import { addRemoteOptions, TORRENT } from "./remote-options.ts";
import { addLimitOptions, oneOf } from "./share-options.ts";
import { collectBy, parseCount, parsePieceLength, parseTier, parseWebSeed, value } from "./values.ts";

type Finish = (exitCode: ExitCode) => void;

export function addKeepingVerbs(program: Command, finish: Finish): void {
  addSet(program, finish);
  addQueue(program, finish);
  addRestore(program, finish);
  addLabels(program, finish);
  addJobs(program, finish);
  addHistory(program, finish);
  addSessions(program, finish);
  addArchive(program, finish);
}

function addSet(program: Command, finish: Finish): void {
  const verb = program
    .command("set")
    .summary("change what is wished of torrents")
    .description("Changes what torrents are called, their category, priority, order and limits.")
    .argument("[TORRENT...]", TORRENT)
    .option("--all", "every torrent")
    .optionsGroup("What:")
    .option("--name <NAME>", "what it is called here")
    .option("-c, --category <NAME>", 'made when there is none of that name; "" for none')
    .option("--comment <TEXT>", "a note of yours")
    .option(
      "--priority <WHICH>",
      "low, normal or high: its share of what limits leave",
      value(oneOf(["low", "normal", "high"])),
    )
    .option("--peers-max <N>", "connected at most; none for the usual", value(parsePeersMax))
    .option("--incomplete-folder <DIR>", 'where it lies until it is whole; "" for where it belongs')
    .option("--sequential", "from the first piece to the last")
    .option("--no-sequential", "the rarest pieces first")
    .option("--first-and-last", "the first and last pieces of each file first")
    .option("--no-first-and-last", "not so")
    .option("--super-seed", "send each piece about once (BEP 16)")
    .option("--no-super-seed", "not so")
    .option("--follow-category", "its folder is its category's")
    .option("--no-follow-category", "it stays where it is");
  addLimitOptions(verb);
  addRemoteOptions(verb);
  verb.action(async (texts: string[], _options: unknown, command: Command) => {
    const { runSet } = await import("./remote/verbs/order.ts");
    finish(await runSet(texts, command.optsWithGlobals<SetOptions>()));
  });
}

function parsePeersMax(text: string): number | "none" {
  return text === "none" ? text : parseCount(text);
}

function addQueue(program: Command, finish: Finish): void {
  const verb = program
    .command("queue")
    .summary("give torrents another place in the queue")
    .description("Moves torrents in the queue: `queue 3 5 top`, `queue film down`, `queue 7 2` for the second place.")
    .argument("<TORRENT...>", "torrents, then top, up, down, bottom or a place");
  addRemoteOptions(verb);
  verb.action(async (words: string[], _options: unknown, command: Command) => {
    const { runQueue } = await import("./remote/verbs/order.ts");
    finish(await runQueue(words, command.optsWithGlobals<ActOptions>()));
  });
}

function addRestore(program: Command, finish: Finish): void {
  const verb = program
    .command("restore")
    .summary("undo a removal of the last hour")
    .description("Brings a removed torrent back, with data that went to the trash; without one, lists which there are.")
    .argument("[TORRENT]", "its info-hash or the beginning of it, or words of its name");
  addRemoteOptions(verb);
  verb.action(async (text: string | undefined, _options: unknown, command: Command) => {
    const { runRestore } = await import("./remote/verbs/order.ts");
    finish(await runRestore(text, command.optsWithGlobals<RemoteOptions>()));
  });
}

function addLabels(program: Command, finish: Finish): void {
  const category = program
    .command("category")
    .summary("list, make, change and remove categories")
    .description("Categories: `category ls`, `category create NAME`, `category set NAME`, `category rm NAME…`.")
    .argument("<ACTION>", "ls, create, set or rm")
    .argument("[NAME...]", 'parts separated by "/"')
    .optionsGroup("What:")
    .option("-o, --folder <DIR>", 'where its torrents go; "" for the usual')
    .option("--incomplete-folder <DIR>", "where they lie until they are whole");
  const tags = program
    .command("tags")
    .summary("list, make, change and remove tags")
    .description("Tags: `tags ls`, `tags create NAME…`, `tags set NAME`, `tags rm NAME…`.")
    .argument("<ACTION>", "ls, create, set or rm")
    .argument("[NAME...]", "without commas");
  for (const [verb, run] of [
    [category, "runCategory"],
    [tags, "runTags"],
  ] as const) {
    addLimitOptions(verb);
    addRemoteOptions(verb);
    verb.action(async (action: string, names: string[], _options: unknown, command: Command) => {
      const verbs = await import("./remote/verbs/labels.ts");
      finish(await verbs[run](action, names, command.optsWithGlobals<LabelOptions>()));
    });
  }
}

function addJobs(program: Command, finish: Finish): void {
  const verb = program
    .command("jobs")
    .summary("let a daemon make torrents")
    .description("Torrents that a daemon makes: `jobs create PATH`, `jobs ls`, then show, save or cancel with an ID.")
    .argument("<ACTION>", "ls, create, show, save or cancel")
    .argument("[PATH|ID]", "what to make it of, under a root of the daemon; or which job")
    .optionsGroup("What:")
    .option("-o, --output <FILE>", "where the .torrent goes; create waits for it")
    .option("-t, --tracker <URLS>", "a tier of trackers, separated by commas (repeatable)", collectBy(parseTier), [])
    .option("--web-seed <URL>", "where it can be had over HTTP (repeatable)", collectBy(parseWebSeed), [])
    .option("--private", "from its trackers alone (BEP 27)")
    .option("--comment <TEXT>", "for people")
    .option("--source <TEXT>", "makes another info-hash of the same data")
    .option("--name <NAME>", "instead of the file's or folder's")
    .option("-l, --piece-length <SIZE>", "256KiB, 1MiB, … (default: by the size of the data)", value(parsePieceLength))
    .option("--seed", "and seed it");
  addRemoteOptions(verb);
  verb.action(async (action: string, what: string | undefined, _options: unknown, command: Command) => {
    const { runJobs } = await import("./remote/verbs/jobs.ts");
    finish(await runJobs(action, what, command.optsWithGlobals<JobOptions>()));
  });
}

function addHistory(program: Command, finish: Finish): void {
  const verb = program
    .command("history")
    .summary("list what happened")
    .description("Lists what happened in a daemon, or to one torrent; the newest last.")
    .argument("[TORRENT]", TORRENT)
    .option("-n, --limit <N>", "the last N (default: 50)", value(parseCount));
  addRemoteOptions(verb);
  verb.action(async (text: string | undefined, _options: unknown, command: Command) => {
    const { runHistory } = await import("./remote/verbs/keeping.ts");
    finish(await runHistory(text, command.optsWithGlobals<HistoryOptions>()));
  });
}

function addSessions(program: Command, finish: Finish): void {
  const verb = program
    .command("sessions")
    .summary("list logins of the page, and end them")
    .description("Logins of the page: `sessions ls`, `sessions end ID`.")
    .argument("<ACTION>", "ls or end")
    .argument("[ID]", "which one");
  addRemoteOptions(verb);
  verb.action(async (action: string, id: string | undefined, _options: unknown, command: Command) => {
    const { runSessions } = await import("./remote/verbs/keeping.ts");
    finish(await runSessions(action, id, command.optsWithGlobals<RemoteOptions>()));
  });
}

function addArchive(program: Command, finish: Finish): void {
  const verbs = [
    ["export", "write all state of a daemon to a file, without secrets", "runExport"],
    ["import", "take in what an export holds; what is there stays", "runImport"],
  ] as const;
  for (const [name, summary, run] of verbs) {
    const verb = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
    verb.argument("<FILE>", name === "export" ? "where to; - for stdout" : "what `export` wrote");
    addRemoteOptions(verb);
    verb.action(async (path: string, _options: unknown, command: Command) => {
      const keeping = await import("./remote/verbs/keeping.ts");
      finish(await keeping[run](path, command.optsWithGlobals<RemoteOptions>()));
    });
  }
}
