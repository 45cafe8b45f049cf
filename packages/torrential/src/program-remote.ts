/** The verbs that drive a daemon, as commander parses and explains them. */
import type { HostPort } from "@torrential/core";
import type { Command } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import type { RemoteOptions } from "./remote/connect.ts";
import type { ActOptions, MoveOptions, What } from "./remote/verbs/act.ts";
import type { AddVerbOptions } from "./remote/verbs/add.ts";
import type { DoctorOptions } from "./remote/verbs/doctor.ts";
import type { LimitOptions } from "./remote/verbs/limit.ts";
import type { LsOptions } from "./remote/verbs/ls.ts";
import type { ConfigOptions, TokenOptions } from "./remote/verbs/manage.ts";
import type { FilesOptions, WhyOptions } from "./remote/verbs/show.ts";
import type { TopOptions, WatchOptions } from "./remote/verbs/watch.ts";
import { addKeepingVerbs } from "./program-keeping.ts";
import { parseScheduleSpan } from "./limit-schedule.ts";
import { parseLimitValue } from "./limit-value.ts";
import { addRemoteOptions, TORRENT, toSentence } from "./remote-options.ts";
import { oneOf } from "./share-options.ts";
import type { BanOptions, LimitsOptions } from "./remote/verbs/limits.ts";
import { collect, collectBy, parseDuration, parsePeer, parseRate, parseWeight, UsageError, value } from "./values.ts";

type Finish = (exitCode: ExitCode) => void;

const LAYOUTS = ["original", "subfolder", "no-subfolder"] as const;
const STOPS = ["metadata", "checked"] as const;

export const REMOTE_GROUP = "Verbs that drive a daemon:";

export function addRemoteVerbs(program: Command, finish: Finish): void {
  program.commandsGroup(REMOTE_GROUP);
  addAdd(program, finish);
  addLs(program, finish);
  addOneTorrent(program, finish);
  addFiles(program, finish);
  addActions(program, finish);
  addLimit(program, finish);
  addLimits(program, finish);
  addBans(program, finish);
  addMove(program, finish);
  addWatching(program, finish);
  addManaging(program, finish);
  addKeepingVerbs(program, finish);
  addDoctor(program, finish);
}

function addAdd(program: Command, finish: Finish): void {
  const verb = program
    .command("add")
    .summary("add torrents to a daemon")
    .description("Adds torrents to a daemon, which downloads and seeds them.")
    .argument("<SOURCE...>", "a .torrent file, an http(s) URL of one, a magnet link, or an info-hash")
    .optionsGroup("How:")
    .option("-o, --folder <DIR>", "where its data goes, under a root of the daemon")
    .option("-c, --category <NAME>", "made when there is none of that name")
    .option("-t, --tag <NAME>", "a tag (repeatable)", collect, [])
    .option("--paused", "do not start it")
    .option("--force", "start it whatever the queue says")
    .option("--top", "to the top of the queue")
    .option("--sequential", "from the first piece to the last")
    .option("--first-and-last", "the first and last pieces of each file first")
    .option("--skip-check", "believe that the data is there; each piece is hashed before it is sent")
    .option("--layout <HOW>", "folders: original, subfolder or no-subfolder", value(oneOf(LAYOUTS)))
    .option("--incomplete-folder <DIR>", "where it lies until it is whole")
    .option("--stop-when <WHEN>", "rest once its metadata is here, or its files are checked", value(oneOf(STOPS)))
    .option("--priority <WHICH>", "low, normal or high", value(oneOf(["low", "normal", "high"])))
    .option("--peers-max <N>", "connected at most", value(parseLimit))
    .option("--super-seed", "send each piece about once (BEP 16)")
    .option("--name <NAME>", "what it is called here")
    .option("--tracker <URL>", "one more tracker (repeatable)", collect, [])
    .option("--cookie <TEXT>", "for the server of a URL")
    .option("--max-down <RATE>", "download at most so much a second", value(parseRate))
    .option("--max-up <RATE>", "upload at most so much a second", value(parseRate))
    .option("--merge", "when it is there already, take over the trackers");
  addRemoteOptions(verb);
  verb.action(async (sources: string[], _options: unknown, command: Command) => {
    const { runAdd } = await import("./remote/verbs/add.ts");
    finish(await runAdd(sources, command.optsWithGlobals<AddVerbOptions>()));
  });
}

function addLs(program: Command, finish: Finish): void {
  const verb = program
    .command("ls")
    .summary("list a daemon's torrents")
    .description("Lists a daemon's torrents: those whose names hold every WORD.")
    .argument("[WORD...]", "words of the name")
    .optionsGroup("Which:")
    .option("--is <KIND>", "active, stalled, complete, error, … or a state (repeatable)", collect, [])
    .option("-c, --category <NAME>", "and those below it")
    .option("-t, --tag <NAME>", "with this tag (repeatable)", collect, [])
    .option("--tracker <HOST>", "of this tracker")
    .option("--sort <FIELD>", "by a field of the API; -FIELD for from high to low")
    .option("-n, --limit <N>", "so many at most", value(parseLimit));
  addRemoteOptions(verb);
  verb.action(async (words: string[], _options: unknown, command: Command) => {
    const { runLs } = await import("./remote/verbs/ls.ts");
    finish(await runLs(words, command.optsWithGlobals<LsOptions>()));
  });
}

/** Verbs that show one torrent: name, summary, and what runs them. */
function addOneTorrent(program: Command, finish: Finish): void {
  const show = addTorrentVerb(program, "show", "show everything about a torrent");
  show.action(async (text: string, _options: unknown, command: Command) => {
    const { runShow } = await import("./remote/verbs/show.ts");
    finish(await runShow(text, command.optsWithGlobals<RemoteOptions>()));
  });
  const why = addTorrentVerb(program, "why", "say why a torrent, or a peer of it, is not faster");
  why.option("--peer <ADDRESS:PORT>", "why this peer is not, as the list of peers has it", value(parsePeer));
  why.action(async (text: string, _options: unknown, command: Command) => {
    const { runWhy } = await import("./remote/verbs/show.ts");
    finish(await runWhy(text, command.optsWithGlobals<WhyOptions>()));
  });
  const peers = addTorrentVerb(program, "peers", "list a torrent's peers, and what they do");
  peers.option("--add <HOST:PORT>", "connect to this peer (repeatable), and list none", collectBy(parsePeer), []);
  peers.action(async (text: string, _options: unknown, command: Command) => {
    const { runPeers } = await import("./remote/verbs/show.ts");
    finish(await runPeers(text, command.optsWithGlobals<RemoteOptions & { add: readonly HostPort[] }>()));
  });
  const trackers = addTorrentVerb(program, "trackers", "list a torrent's trackers");
  trackers.option("--secrets", "with passkeys");
  trackers.action(async (text: string, _options: unknown, command: Command) => {
    const { runTrackers } = await import("./remote/verbs/show.ts");
    finish(await runTrackers(text, command.optsWithGlobals<RemoteOptions & { secrets?: boolean }>()));
  });
}

function addTorrentVerb(program: Command, name: string, summary: string): Command {
  const verb = program.command(name).summary(summary).description(toSentence(summary)).argument("<TORRENT>", TORRENT);
  addRemoteOptions(verb);
  return verb;
}

function addFiles(program: Command, finish: Finish): void {
  const verb = program
    .command("files")
    .summary("list a torrent's files, and choose among them")
    .description("Lists a torrent's files; with numbers of files, chooses among them first.")
    .argument("<TORRENT>", TORRENT)
    .optionsGroup("Choose:")
    .option("--skip <N>", "do not download this file (repeatable)", collectBy(parseIndex), [])
    .option("--want <N>", "download it (repeatable)", collectBy(parseIndex), [])
    .option("--first <N>", "download it before others (repeatable)", collectBy(parseIndex), []);
  addRemoteOptions(verb);
  verb.action(async (text: string, _options: unknown, command: Command) => {
    const { runFiles } = await import("./remote/verbs/show.ts");
    finish(await runFiles(text, command.optsWithGlobals<FilesOptions>()));
  });
}

interface ActionVerbOptions extends ActOptions {
  readonly force?: boolean;
  readonly deleteData?: boolean;
  readonly trash?: boolean;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

function addActions(program: Command, finish: Finish): void {
  addAction(program, finish, "start", "start torrents", (options) => ({
    what: { action: options.force === true ? "force-start" : "start" },
    done: "started",
  })).option("--force", "whatever the queue says");
  addAction(program, finish, "stop", "stop torrents", () => ({ what: { action: "stop" }, done: "stopped" }));
  addAction(program, finish, "rm", "remove torrents", ({ deleteData = false, trash = false }) => ({
    what: { action: "remove", deleteData: deleteData || trash, trash },
    done: "removed",
  }))
    .option("--delete-data", "and the data that they brought")
    .option("--trash", "the same, but keep it for an hour");
  addAction(program, finish, "recheck", "hash what is there", () => ({
    what: { action: "recheck" },
    done: "rechecking",
  }));
  addAction(program, finish, "reannounce", "ask trackers now", () => ({
    what: { action: "reannounce" },
    done: "reannounced",
  }));
  addAction(program, finish, "tag", "give torrents tags, or take them away", ({ add = [], remove = [] }) => ({
    what: { action: "tag", addTags: add, removeTags: remove },
    done: "tagged",
  }))
    .option("--add <NAME>", "a tag to give (repeatable)", collect, [])
    .option("--remove <NAME>", "a tag to take away (repeatable)", collect, []);
}

type Plan = (options: ActionVerbOptions) => {
  readonly what: What;
  readonly done: string;
};

function addAction(program: Command, finish: Finish, name: string, summary: string, plan: Plan): Command {
  const verb = program
    .command(name)
    .summary(summary)
    .description(toSentence(summary))
    .argument("[TORRENT...]", TORRENT)
    .option("--all", "every torrent");
  addRemoteOptions(verb);
  verb.action(async (texts: string[], _options: unknown, command: Command) => {
    const { runAction } = await import("./remote/verbs/act.ts");
    const options = command.optsWithGlobals<ActionVerbOptions>();
    const { what, done } = plan(options);
    finish(await runAction(texts, what, { options, done }));
  });
  return verb;
}

function addLimit(program: Command, finish: Finish): void {
  const verb = program
    .command("limit")
    .summary("limit rates: of everything, groups, torrents or peers")
    .description(
      "Limits rates, while everything runs. A way that is not given has no limit. A LIMIT is a rate (500KB, 2MiB), none, off " +
        "(nothing passes), or what it is sure of with what it may have at most (500KB..2MiB, 500KB..).",
    )
    .argument(
      "[NODE...]",
      `a torrent (${TORRENT}), tag:NAME, category:NAME, tracker:HOST, lan, wan, ipv4, ipv6, tcp, or peer:TORRENT/ADDRESS:PORT`,
    )
    .option("--all", "every torrent, each for itself")
    .option("--global", "everything together")
    .option("--down <LIMIT>", "of downloads", value(parseLimitValue))
    .option("--up <LIMIT>", "of uploads", value(parseLimitValue))
    .option(
      "--schedule <SPAN>",
      'other limits in a span of the week, by its local time: "mon-fri 08:00-18:00 down=1MiB up=off" (repeatable; later ones win)',
      collectBy(parseScheduleSpan),
      [],
    )
    .option(
      "--weight <N>",
      "share of what is left among siblings, where others have 1 (torrents, peers)",
      value(parseWeight),
    )
    .option("--alternative <WHEN>", "alternative limits: on, off, or schedule");
  addRemoteOptions(verb);
  verb.action(async (texts: string[], _options: unknown, command: Command) => {
    const { runLimit } = await import("./remote/verbs/limit.ts");
    finish(await runLimit(texts, command.optsWithGlobals<LimitOptions>()));
  });
}

function addLimits(program: Command, finish: Finish): void {
  const verb = program
    .command("limits")
    .summary("show the tree of limits, and what passes")
    .description("Shows what is limited, by what, what passes now, and how many peers wait.")
    .option("--all", "torrents that move nothing too")
    .option("--peers <TORRENT>", "a torrent's peers too");
  addRemoteOptions(verb);
  verb.action(async (_options: unknown, command: Command) => {
    const { runLimits } = await import("./remote/verbs/limits.ts");
    finish(await runLimits(command.optsWithGlobals<LimitsOptions>()));
  });
}

function addBans(program: Command, finish: Finish): void {
  const ban = program
    .command("ban")
    .summary("keep peers out")
    .description("Keeps peers out of every torrent; those that are connected are sent away.")
    .argument("<PEER...>", "an address, or ADDRESS:PORT")
    .option("--for <TIME>", "for so long: 30m, 12h, 7d (default: for good)", value(parseDuration))
    .option("--reason <TEXT>", "why, for who reads the list");
  addRemoteOptions(ban);
  ban.action(async (peers: string[], _options: unknown, command: Command) => {
    const { runBan } = await import("./remote/verbs/limits.ts");
    finish(await runBan(peers, command.optsWithGlobals<BanOptions>()));
  });
  const unban = program
    .command("unban")
    .summary("let peers in again")
    .description("Lifts bans: those made by hand, and those of torrents for bad data.")
    .argument("<PEER...>", "as `torrential bans` lists them");
  addRemoteOptions(unban);
  unban.action(async (peers: string[], _options: unknown, command: Command) => {
    const { runUnban } = await import("./remote/verbs/limits.ts");
    finish(await runUnban(peers, command.optsWithGlobals<RemoteOptions>()));
  });
  const bans = program.command("bans").summary("list who is kept out").description("Lists who is kept out, and why.");
  addRemoteOptions(bans);
  bans.action(async (_options: unknown, command: Command) => {
    const { runBans } = await import("./remote/verbs/limits.ts");
    finish(await runBans(command.optsWithGlobals<RemoteOptions>()));
  });
}

function addMove(program: Command, finish: Finish): void {
  const verb = program
    .command("move")
    .summary("move torrents to another folder")
    .description("Moves torrents, with their data, to a folder under a root of the daemon.")
    .argument("<TORRENT...>", "torrents, then the folder")
    .option("--no-data", "the data is there already");
  addRemoteOptions(verb);
  verb.action(async (words: string[], _options: unknown, command: Command) => {
    const { runMove } = await import("./remote/verbs/act.ts");
    finish(await runMove(words, command.optsWithGlobals<MoveOptions>()));
  });
}

function addWatching(program: Command, finish: Finish): void {
  const top = program
    .command("top")
    .summary("show the busiest torrents, live")
    .description("Shows the busiest torrents, drawn again as they change. Ctrl-C ends it.")
    .option("--sort <FIELD>", "by a field of the API", "-downRate")
    .option("--text <WORDS>", "those whose names hold these words");
  addRemoteOptions(top);
  top.action(async (_options: unknown, command: Command) => {
    const { runTop } = await import("./remote/verbs/watch.ts");
    finish(await runTop(command.optsWithGlobals<TopOptions>()));
  });
  const watch = program
    .command("watch")
    .summary("print what happens, as it happens")
    .description("Prints what happens in the daemon, as it happens. Ctrl-C ends it.")
    .option("--log", "its log too");
  addRemoteOptions(watch);
  watch.action(async (_options: unknown, command: Command) => {
    const { runWatch } = await import("./remote/verbs/watch.ts");
    finish(await runWatch(command.optsWithGlobals<WatchOptions>()));
  });
}

function addManaging(program: Command, finish: Finish): void {
  const config = program
    .command("config")
    .summary("show and change a daemon's settings")
    .description("Shows settings and changes them: `config limits`, `config limits.down=500000`.")
    .argument("[KEY|KEY=VALUE...]", "settings by their names in the config file")
    .option("--reload", "read the config file again");
  addRemoteOptions(config);
  config.action(async (words: string[], _options: unknown, command: Command) => {
    const { runConfig } = await import("./remote/verbs/manage.ts");
    finish(await runConfig(words, command.optsWithGlobals<ConfigOptions>()));
  });
  const token = program
    .command("token")
    .summary("list, make and revoke API tokens")
    .description("Lists, makes and revokes API tokens: `token ls`, `token create NAME`, `token revoke ID`.")
    .argument("<ACTION>", "ls, create or revoke")
    .argument("[NAME|ID]", "what it is for; or which one")
    .option("--scope <SCOPE>", "read, add, control or admin: each holds those before it", "control")
    .option("--expires <TIME>", "good for so long: 12h, 90d (default: until revoked)", value(parseDuration));
  addRemoteOptions(token);
  token.action(async (action: string, name: string | undefined, _options: unknown, command: Command) => {
    const { runToken } = await import("./remote/verbs/manage.ts");
    finish(await runToken(action, name, command.optsWithGlobals<TokenOptions>()));
  });
  const password = program
    .command("password")
    .summary("set the password of a daemon")
    .description("Sets the password of a daemon: asked for, or the first line of stdin. Other sessions end.")
    .option("--user <NAME>", "the user", "admin");
  addRemoteOptions(password);
  password.action(async (_options: unknown, command: Command) => {
    const { runPassword } = await import("./remote/verbs/manage.ts");
    finish(await runPassword(command.optsWithGlobals<RemoteOptions & { user: string }>()));
  });
  const stats = program.command("stats").summary("show a daemon as a whole").description("Shows a daemon as a whole.");
  addRemoteOptions(stats);
  stats.action(async (_options: unknown, command: Command) => {
    const { runStats } = await import("./remote/verbs/manage.ts");
    finish(await runStats(command.optsWithGlobals<RemoteOptions>()));
  });
}

function addDoctor(program: Command, finish: Finish): void {
  const verb = program
    .command("doctor")
    .summary("say what is wrong with this installation")
    .description("Looks at this installation and its daemon, and says what is wrong, each with what to do about it.");
  addRemoteOptions(verb);
  verb.action(async (_options: unknown, command: Command) => {
    const { runDoctor } = await import("./remote/verbs/doctor.ts");
    finish(await runDoctor(command.optsWithGlobals<DoctorOptions>()));
  });
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`got ${JSON.stringify(text)}, wanted a number from 1`);
  return Number(text);
}

function parseIndex(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`got ${JSON.stringify(text)}, wanted the number of a file`);
  return Number(text);
}
