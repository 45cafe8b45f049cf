/** The verbs and their options, as commander parses and explains them. Verbs are loaded when they are run. */
import { Command, Option } from "commander";
import { addDht } from "./dht-program.ts";
import { EXIT, EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import type {
  CreateOptions,
  DaemonVerbOptions,
  GlobalOptions,
  MagnetOptions,
  StreamOptions,
  TrackerOptions,
  TransferOptions,
  VerifyOptions,
} from "./options.ts";
import { parseScheduleSpan } from "./limit-schedule.ts";
import { addRemoteVerbs } from "./program-remote.ts";
import {
  collect,
  collectBy,
  parseBindAddress,
  parseDuration,
  parsePeer,
  parsePieceLength,
  parsePort,
  parseRate,
  parseRatio,
  parseSlots,
  parseThreads,
  parseTier,
  parseWebSeed,
  value,
} from "./values.ts";
import { readVersion } from "./version.ts";

/** `finish` gets the exit code of the verb that was run. */
export function makeProgram(finish: (exitCode: ExitCode) => void): Command {
  const program = new Command("torrential")
    .description("A BitTorrent client.")
    .version(`torrential ${readVersion()}`, "-V, --version", "print the version")
    .usage("VERB [options]")
    .configureHelp({ optionDescription: describeOption })
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [VERB]", "print the help of a verb")
    .showSuggestionAfterError(true)
    .optionsGroup("Options of every verb:")
    .option("--verbose", "say what an error came from")
    .exitOverride()
    // What is wrong is said by whoever calls us, like every other error.
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", () => `\n${EXAMPLES}\n\n${describeExitCodes()}`);
  addDownload(program, finish);
  addSeed(program, finish);
  addStream(program, finish);
  addDaemon(program, finish);
  addVerify(program, finish);
  addInfo(program, finish);
  addCreate(program, finish);
  addMagnet(program, finish);
  addDht(program, finish);
  addTracker(program, finish);
  addVersion(program, finish);
  addPapers(program, finish);
  addRemoteVerbs(program, finish);
  return program;
}

const EXAMPLES = `Examples:
  torrential download debian.torrent -o downloads
  torrential download a.torrent https://example.org/b.torrent --max-down 2MiB --seed-ratio 1
  torrential download big.torrent --select '*.iso' --json
  torrential download 'magnet:?xt=urn:btih:…'
  torrential stream film.torrent --file '*.mkv'
  torrential seed debian.torrent -o downloads --port 6881
  torrential create my-folder --tracker https://tracker.example.org/announce
  torrential daemon &
  torrential add debian.torrent && torrential top`;

function describeExitCodes(): string {
  const rows = EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ["Exit codes:", ...rows].join("\n");
}

/** With its default, unless that is nothing at all. */
function describeOption({ description, defaultValue }: Option): string {
  const isTelling = typeof defaultValue === "string" || typeof defaultValue === "number";
  return isTelling ? `${description} (default: ${defaultValue})` : description;
}

type Finish = (exitCode: ExitCode) => void;

function addDownload(program: Command, finish: Finish): void {
  const verb = program
    .command("download")
    .summary("download torrents")
    .description("Downloads torrents. Run again, it goes on where it stopped.")
    .argument("<SOURCE...>", "a .torrent file, an http(s) URL of one, or a magnet link")
    .optionsGroup("What to download:")
    .option("-o, --output <DIR>", "where to put it", ".")
    .option("--select <GLOB>", "only files that fit (repeatable): '*.iso', 'docs/**'", collect, [])
    .option("--sequential", "from the first piece to the last, for watching meanwhile")
    .option("--first-and-last", "both ends of each file first: players look there")
    .option("--why", "say what keeps it from being faster")
    .option("--recheck", "hash what is there, whatever earlier runs noted")
    .option("--timeout <TIME>", "give up when nothing came for so long (default: never)", value(parseDuration))
    .optionsGroup("Seeding:")
    .option("--seed", "stay and seed when it is done")
    .option("--seed-ratio <R>", "seed until R times its size is uploaded", value(parseRatio))
    .option("--seed-time <TIME>", "seed for so long: 90s, 10m, 2h", value(parseDuration));
  addNetworkOptions(verb);
  addOutputOptions(verb);
  verb.action(async (sources: string[], _options: unknown, command: Command) => {
    const { runDownload } = await import("./verbs/download.ts");
    finish(await runDownload(sources, command.optsWithGlobals<TransferOptions>()));
  });
}

function addSeed(program: Command, finish: Finish): void {
  const verb = program
    .command("seed")
    .summary("seed what is there")
    .description("Seeds what is already there: trusts what earlier runs verified, and hashes the rest first.")
    .argument("<SOURCE...>", "a .torrent file, or an http(s) URL of one")
    .optionsGroup("What to seed:")
    .option("-o, --output <DIR>", "where it is", ".")
    .option("--recheck", "hash what is there, whatever earlier runs noted")
    .option("--super-seed", "for the only seed of a new torrent: send each piece about once (BEP 16)")
    .option("--why", "say what keeps it from being faster")
    .option("--seed-ratio <R>", "until R times its size is uploaded", value(parseRatio))
    .option("--seed-time <TIME>", "for so long: 90s, 10m, 2h", value(parseDuration));
  addNetworkOptions(verb);
  addOutputOptions(verb);
  verb.action(async (sources: string[], _options: unknown, command: Command) => {
    const { runSeed } = await import("./verbs/seed.ts");
    finish(await runSeed(sources, { ...command.optsWithGlobals<TransferOptions>(), select: [] }));
  });
}

function addStream(program: Command, finish: Finish): void {
  const verb = program
    .command("stream")
    .summary("play a torrent while it is being downloaded")
    .description(
      "Downloads the largest file of a torrent, or those that fit --file, and serves them over HTTP meanwhile: open the URL that it prints in a player. Goes on until it is stopped.",
    )
    .argument("<SOURCE>", "a .torrent file, an http(s) URL of one, or a magnet link")
    .optionsGroup("What to stream:")
    .option("--file <GLOB>", "files that fit, and no others (repeatable): '*.mkv'", collect, [])
    .option("-o, --output <DIR>", "where to put it", ".")
    .option("--listen <ADDRESS>", "serve at this address of the machine", value(parseBindAddress), "127.0.0.1")
    .option("--http-port <N>", "serve at this port; 0 = any", value(parsePort), 0);
  addNetworkOptions(verb);
  addOutputOptions(verb);
  verb.action(async (source: string, _options: unknown, command: Command) => {
    const { runStream } = await import("./verbs/stream.ts");
    finish(await runStream(source, command.optsWithGlobals<StreamOptions>()));
  });
}

function addDaemon(program: Command, finish: Finish): void {
  const verb = program
    .command("daemon")
    .summary("run as a service")
    .description(
      "Runs in the foreground as a service that remembers its torrents. SIGTERM stops it, SIGHUP reads the config file again.",
    )
    .optionsGroup("Where:")
    .option("--state <DIR>", "everything it remembers (default: ~/.local/state/torrential)")
    .option("--download-dir <DIR>", "where torrents go that name no folder (default: ~/downloads)")
    .option("--config <FILE>", "the config file (default: ~/.config/torrential/torrential.toml)")
    .optionsGroup("Network:")
    .option("--listen <ADDRESS:PORT>", "serve the page and the APIs here (repeatable)", collect, [])
    .option("--auth <KIND>", "password, or none: only on loopback or a unix socket")
    .option("--port <N>", "listen for peers at this port, or one of the next ten; 0 = any", value(parsePort))
    .option("--bind <ADDRESS>", "use only this address of the machine", value(parseBindAddress))
    .optionsGroup("Settings:")
    .option("--set <KEY=VALUE>", "any setting of the config file (repeatable)", collect, []);
  verb.action(async (_options: unknown, command: Command) => {
    const { runDaemon } = await import("./verbs/daemon.ts");
    finish(await runDaemon(command.optsWithGlobals<DaemonVerbOptions>()));
  });
}

function addVerify(program: Command, finish: Finish): void {
  const verb = program
    .command("verify")
    .summary("hash what is there")
    .description("Hashes what is there and says, file by file, what is missing or wrong. Changes nothing.")
    .argument("<SOURCE>", "a .torrent file, or an http(s) URL of one")
    .optionsGroup("What to verify:")
    .option("-o, --output <DIR>", "where it is", ".")
    .option("--threads <N>", "threads that hash (default: by the number of cores)", value(parseThreads))
    .addOption(new Option("--state <DIR>", "not needed here: nothing is kept").hideHelp());
  addOutputOptions(verb);
  verb.action(async (source: string, _options: unknown, command: Command) => {
    const { runVerify } = await import("./verbs/verify.ts");
    finish(await runVerify(source, command.optsWithGlobals<VerifyOptions>()));
  });
}

function addInfo(program: Command, finish: Finish): void {
  const verb = program
    .command("info")
    .summary("say what a torrent says about itself")
    .description("Says everything that torrents and magnet links say about themselves.")
    .argument("<SOURCE...>", "a .torrent file, an http(s) URL of one, or a magnet link")
    .optionsGroup("Output:")
    .option("--json", "one JSON object a line, one for each SOURCE");
  verb.action(async (sources: string[], _options: unknown, command: Command) => {
    const { runInfo } = await import("./verbs/info.ts");
    finish(await runInfo(sources, command.optsWithGlobals<GlobalOptions>()));
  });
}

function addCreate(program: Command, finish: Finish): void {
  const verb = program
    .command("create")
    .summary("make a .torrent")
    .description("Makes a torrent (v1) of a file, or of a folder with all that is in it.")
    .argument("<PATH>", "the file or folder")
    .optionsGroup("What to make:")
    .option("-o, --output <FILE>", "where to write it (default: NAME.torrent)")
    .option("-f, --force", "overwrite what is there")
    .option(
      "-t, --tracker <URLS>",
      "a tier of trackers, with commas between them (repeatable)",
      collectBy(parseTier),
      [],
    )
    .option("-w, --web-seed <URL>", "where the data is on the web (repeatable)", collectBy(parseWebSeed), [])
    .option("-p, --private", "for trackers that keep peers to themselves (BEP 27)")
    .option("-c, --comment <TEXT>", "a comment")
    .option("-s, --source <TEXT>", "a tag that changes the info-hash, as private trackers want")
    .option("-n, --name <NAME>", "another name than that of PATH")
    .option("-l, --piece-length <SIZE>", "256KiB, 1MiB, … (default: by the size of the data)", value(parsePieceLength))
    .option("--no-date", "leave out the date")
    .option("--threads <N>", "threads that hash (default: one a core)", value(parseThreads));
  addOutputOptions(verb);
  verb.action(async (path: string, _options: unknown, command: Command) => {
    const { runCreate } = await import("./verbs/create.ts");
    finish(await runCreate(path, command.optsWithGlobals<CreateOptions>()));
  });
}

function addMagnet(program: Command, finish: Finish): void {
  const verb = program
    .command("magnet")
    .summary("make a magnet link")
    .description("Makes the magnet link of a torrent, or another one of a magnet link.")
    .argument("<SOURCE>", "a .torrent file, an http(s) URL of one, or a magnet link")
    .optionsGroup("What the link says:")
    .option("-t, --tracker <URLS>", "more trackers, with commas between them (repeatable)", collectBy(parseTier), [])
    .option("--no-trackers", "leave out those of SOURCE")
    .option("--peer <HOST:PORT>", "a peer that has it (repeatable)", collectBy(parsePeer), [])
    .option("-w, --web-seed <URL>", "where the data is on the web (repeatable)", collectBy(parseWebSeed), [])
    .option("--select <GLOB>", "only files that fit (repeatable, BEP 53)", collect, [])
    .option("-n, --name <NAME>", "another name to show");
  addOutputOptions(verb);
  verb.action(async (source: string, _options: unknown, command: Command) => {
    const { runMagnet } = await import("./verbs/magnet.ts");
    finish(await runMagnet(source, command.optsWithGlobals<MagnetOptions>()));
  });
}

function addTracker(program: Command, finish: Finish): void {
  const verb = program
    .command("tracker")
    .summary("run a tracker")
    .description("Runs a tracker over HTTP and UDP, for whoever can reach this machine, until it is stopped.")
    .optionsGroup("What to track:")
    .option("--allow <FILE|HASH...>", "only these torrents (default: all that are announced)", [])
    .option("--interval <TIME>", "how often clients should announce (default: 30m)", value(parseDuration))
    .optionsGroup("Network:")
    .option("--bind <ADDRESS>", "use only this address of the machine", value(parseBindAddress))
    .option("--port <N>", "for HTTP; 0 = any", value(parsePort), 6969)
    .option("--udp-port <N>", "for UDP (default: the same)", value(parsePort))
    .option("--no-udp", "over HTTP only");
  addOutputOptions(verb);
  verb.action(async (_options: unknown, command: Command) => {
    const { runTracker } = await import("./verbs/tracker.ts");
    finish(await runTracker(command.optsWithGlobals<TrackerOptions>()));
  });
}

function addVersion(program: Command, finish: Finish): void {
  const verb = program
    .command("version")
    .summary("print the version")
    .description("Prints the version, Node's, and the platform.")
    .optionsGroup("Output:")
    .option("--json", "as a JSON object");
  verb.action(async (_options: unknown, command: Command) => {
    const { runVersion } = await import("./verbs/version.ts");
    finish(runVersion(command.optsWithGlobals<GlobalOptions>()));
  });
}

/** Completions and the man page come from these same definitions. */
function addPapers(program: Command, finish: Finish): void {
  program
    .command("completions")
    .summary("print completions for a shell")
    .description("Prints completions for bash, zsh or fish.")
    .argument("<SHELL>", "bash, zsh or fish")
    .action(async (shell: string) => {
      const { makeCompletions } = await import("./completions.ts");
      process.stdout.write(makeCompletions(program, shell));
      finish(EXIT.done);
    });
  program
    .command("man")
    .summary("print the man page")
    .description("Prints the man page: `torrential man | man -l -`.")
    .action(async () => {
      const { makeManPage } = await import("./man-page.ts");
      process.stdout.write(makeManPage(program));
      finish(EXIT.done);
    });
}

function addNetworkOptions(verb: Command): void {
  verb
    .optionsGroup("Network:")
    .option("--peer <HOST:PORT>", "connect to this peer (repeatable)", collectBy(parsePeer), [])
    .option("--no-trackers", "ask no tracker")
    .option("--no-dht", "do not look for peers in the DHT (BEP 5); private torrents never do")
    .option("--dht-bootstrap <HOST:PORT>", "start the DHT from this node (repeatable)", collectBy(parsePeer), [])
    .option("--no-lsd", "do not look for peers in the local network (BEP 14)")
    .option("--port <N>", "listen for peers at this port, or one of the next ten; 0 = any", value(parsePort), 0)
    .option("--no-port-mapping", "don't ask the gateway to let peers in (PCP, NAT-PMP, UPnP)")
    .option("--bind <ADDRESS>", "use only this address of the machine", value(parseBindAddress))
    .option("--max-down <RATE>", "download at most so much a second: 500KB, 2MiB", value(parseRate))
    .option("--max-up <RATE>", "upload at most so much a second", value(parseRate))
    .option(
      "--limit-schedule <SPAN>",
      'other rates in a span of the week, by local time: "mon-fri 08:00-18:00 down=1MiB up=off" (repeatable; later ones win)',
      collectBy(parseScheduleSpan),
      [],
    )
    .option("--no-limit-lan", "peers of the local network pass without limit")
    .option("--count-overhead", "what the protocol and TCP/IP cost counts against the limits too")
    .option(
      "--upload-slots <N>",
      "peers served at once, or unlimited (default: as many as keep it busy)",
      value(parseSlots),
    )
    .optionsGroup("State:")
    .option(
      "--state <DIR>",
      "where what is verified is noted, by one run at a time (default: a free folder in ~/.local/state/torrential/transfers)",
    );
}

function addOutputOptions(verb: Command): void {
  verb
    .optionsGroup("Output:")
    .option("--json", "one JSON object a line on stdout")
    .option("-q, --quiet", "errors only");
}
