import { RtorrentClient } from "../support/clients/rtorrent.ts";
import { missingProgram } from "../support/requirements.ts";
import { describeMatrix } from "./matrix.ts";

describeMatrix({
  name: "rtorrent",
  missing: missingProgram("rtorrent", ["-h"]),
  make: (options) => new RtorrentClient(options),
  network: 5,
});
