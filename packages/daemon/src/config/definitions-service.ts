/** Settings of torrents and the engine: folders, network, threads, hooks. */
export const SERVICE_SETTINGS = {
  "downloads.folder": {
    type: "string",
    title: "Download folder",
    description:
      "Where torrents go that name no other folder and whose category has none. Empty: downloads in the home folder.",
    default: "",
    maxLength: 4096,
    needsSudo: true,
  },
  "downloads.roots": {
    type: "array",
    title: "Allowed folders",
    description:
      "Torrents may lie in these folders and below, and nowhere else. The download folder is always one of them.",
    default: [],
    items: { type: "string", maxLength: 4096 },
    maxItems: 100,
    needsSudo: true,
  },
  "downloads.incomplete_folder": {
    type: "string",
    title: "Folder for what is incomplete",
    description:
      "Torrents lie here until all that is wanted is there, then move to their folder. Empty: in their folder from the start.",
    default: "",
    maxLength: 4096,
    needsSudo: true,
  },
  "downloads.start": {
    type: "string",
    title: "What is added starts",
    description: "Whether torrents that are added without a word on it start at once.",
    default: "start",
    enum: ["start", "stop"],
  },
  "downloads.layout": {
    type: "string",
    title: "Layout",
    description:
      "original: as the torrent says, a folder for several files and none for one. subfolder makes one for a single file too; no-subfolder makes none.",
    default: "original",
    enum: ["original", "subfolder", "no-subfolder"],
  },
  "downloads.torrent_copy_folder": {
    type: "string",
    title: "Copies of torrent files",
    description: "A copy of each .torrent is put here, besides the one in the state. Empty: none.",
    default: "",
    maxLength: 4096,
    needsSudo: true,
  },
  "downloads.auto_managed": {
    type: "boolean",
    title: "Folders follow categories",
    description: "Torrents that are added without a folder move when the folder of their category changes.",
    default: false,
  },
  "downloads.trash": {
    type: "boolean",
    title: "Deleted data waits an hour",
    description:
      "Data that is deleted with its torrent goes to a trash folder on the same disk first, and removing can be undone for an hour.",
    default: true,
  },
  "watch.folders": {
    type: "array",
    title: "Watched folders",
    description:
      "Torrent files and files with magnet links that appear here are added, then renamed to end in .added, or deleted.",
    default: [],
    items: {
      type: "object",
      required: ["path"],
      additionalProperties: false,
      properties: {
        path: { type: "string", maxLength: 4096 },
        folder: { type: "string", maxLength: 4096 },
        category: { type: "string", maxLength: 4096 },
        tags: { type: "array", items: { type: "string", maxLength: 4096 }, maxItems: 100 },
        start: { type: "boolean" },
        delete: { type: "boolean" },
      },
    },
    maxItems: 50,
    needsSudo: true,
  },
  "network.bind": {
    type: "string",
    title: "Own address",
    description: "No packet leaves by another address of this machine than this one. Empty: any.",
    default: "",
    maxLength: 64,
    needsSudo: true,
    needsRestart: true,
  },
  "network.port": {
    type: "integer",
    title: "Port for peers",
    description: "Where peers reach us. When it is taken, the next ten are tried; 0 takes any.",
    default: 51_413,
    minimum: 0,
    maximum: 65_535,
    needsRestart: true,
  },
  "network.port_mapping": {
    type: "boolean",
    title: "Ask the gateway to let peers in",
    description: "Maps the port for peers at the gateway by PCP, NAT-PMP or UPnP. The web page's port is never mapped.",
    default: true,
    needsRestart: true,
  },
  "engine.disk_threads": {
    type: "integer",
    title: "Disk threads",
    description: "Threads that read, write and hash. 0: one less than cores, 1 to 4.",
    default: 0,
    minimum: 0,
    maximum: 64,
    needsRestart: true,
  },
  hooks: {
    type: "array",
    title: "Hooks",
    description:
      "Programs to run when something happens to a torrent, without a shell. What is known of the torrent is in the environment: TORRENTIAL_EVENT, _NAME, _INFO_HASH, _FOLDER, _PATH, _CATEGORY, _TAGS.",
    default: [],
    items: {
      type: "object",
      required: ["name", "command", "on"],
      additionalProperties: false,
      properties: {
        name: { type: "string", minLength: 1, maxLength: 100 },
        command: { type: "array", items: { type: "string", maxLength: 4096 }, minItems: 1, maxItems: 100 },
        on: { type: "array", items: { enum: ["added", "completed", "removed", "problem"] }, minItems: 1 },
      },
    },
    maxItems: 50,
    isFileOnly: true,
  },
} as const;
