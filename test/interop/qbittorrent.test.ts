import { QbittorrentClient } from "../support/clients/qbittorrent.ts";
import { missingProgram } from "../support/requirements.ts";
import { describeMatrix } from "./matrix.ts";

describeMatrix({
  name: "qbittorrent",
  missing: missingProgram("qbittorrent-nox"),
  make: (options) => new QbittorrentClient(options),
  network: 3,
});
