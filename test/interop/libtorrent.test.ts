import { LibtorrentClient } from "../support/clients/libtorrent.ts";
import { missingLibtorrent } from "../support/requirements.ts";
import { describeMatrix } from "./matrix.ts";

describeMatrix({
  name: "libtorrent",
  missing: missingLibtorrent(),
  make: (options) => new LibtorrentClient(options),
  network: 1,
});
