"use strict";
/*
 * Preloaded into the real process when the launcher could not replace itself: the launcher holds the other end of a
 * pipe, so the pipe's end means that the launcher was killed outright, and then this process must not go on unseen.
 */
var net = require("net");
var workerThreads = require("worker_threads");

var fd = Number(process.env.TORRENTIAL_PARENT_FD);
// Worker threads inherit --require; the pipe belongs to the main thread.
if (workerThreads.isMainThread && fd > 2) {
  delete process.env.TORRENTIAL_PARENT_FD;
  var parent = new net.Socket({ fd: fd, readable: true, writable: false });
  parent.on("error", end);
  parent.on("close", end);

  parent.resume();
  parent.unref();
}

function end() {
  process.kill(process.pid, "SIGKILL");
}
