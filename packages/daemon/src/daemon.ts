/**
 * The process: takes the state folder, reads the settings, starts the engine's thread, the service and the HTTP server, and
 * stops them in the other order.
 */
import { join, resolve } from "node:path";
import { parseHostPort } from "@torrential/core";
import { StateLock } from "@torrential/node";
import type { Settings } from "./config/definitions.ts";
import { checkLayer, type RawSettings, type SettingSource } from "./config/settings.ts";
import { defaultConfigPath, readAssignments, readConfigFile, readEnvironment } from "./config/sources.ts";
import { EngineThread } from "./engine-thread/engine-thread.ts";
import { DaemonService } from "./service/daemon-service.ts";
import { ENGINE_FOLDER } from "./service/files.ts";
import { SettingsStore } from "./service/settings-service.ts";
import { isDamage, type StateTrust } from "./state/database.ts";
import { StateStore } from "./state/state-store.ts";

export interface DaemonOptions {
  readonly stateDir: string;
  /** Default: `$XDG_CONFIG_HOME/torrential/torrential.toml`, which need not exist. */
  readonly configFile?: string | undefined;
  /** `key=value`, as on the command line; these win over everything. */
  readonly assignments: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** An API asked for the end. */
  readonly onShutdown: () => void;
  /** The engine's thread died: nothing can be promised any more, and the process should end (PROMISES C22). */
  readonly onCrash: (error: Error) => void;
}

/** A daemon that runs. Made by `startDaemon`. */
export class Daemon {
  readonly service: DaemonService;
  readonly stateDir: string;
  readonly settings: Settings;
  readonly #lock: StateLock;
  readonly #store: StateStore;
  readonly #engine: EngineThread;
  #closing: Promise<void> | undefined;

  constructor(
    parts: { readonly lock: StateLock; readonly store: StateStore; readonly engine: EngineThread },
    service: DaemonService,
  ) {
    this.#lock = parts.lock;
    this.#store = parts.store;
    this.#engine = parts.engine;
    this.service = service;
    this.stateDir = parts.store.folder;
    this.settings = service.settings.current;
  }

  /** Where peers reach us. */
  get peerPort(): number {
    return this.#engine.port;
  }

  /** Reads the config file again. Throws a ServiceError "invalid" and changes nothing when it does not fit. */
  reload(): Promise<readonly string[]> {
    return this.service.settings.reload();
  }

  /** Saves everything and ends: at most ten seconds (PROMISES F24). */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What is known is put on disk, and nothing is waited for: the engine's journals stand as they are. */
  async closeAtOnce(): Promise<void> {
    await this.service.prepareToClose();
    await this.#store.close();
  }

  async #close(): Promise<void> {
    await this.service.prepareToClose();
    await this.#engine.close();
    await this.service.close();
    await this.#store.close();
    this.#lock.release();
  }
}

/**
 * Starts everything but HTTP. Throws TorrentialError: "state-locked", "state-unwritable", "state-unsafe", "state-newer",
 * "config-invalid", "listen-…".
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const config = readLayers(options);
  const lock = StateLock.acquire(resolve(options.stateDir));
  try {
    return await bringUp({ options, config, lock }, lock.wasUnclean ? "suspect" : "sound").catch((error: unknown) => {
      // Damaged while nobody ran: not every page is looked at after a clean stop.
      if (!isDamage(error)) throw error;
      return bringUp({ options, config, lock }, "damaged");
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface StartParts {
  readonly options: DaemonOptions;
  readonly config: ReturnType<typeof readLayers>;
  readonly lock: StateLock;
}

async function bringUp({ options, config, lock }: StartParts, trust: StateTrust): Promise<Daemon> {
  const { layers, readFile } = config;
  const folder = resolve(options.stateDir);
  let store: StateStore | undefined;
  let engine: EngineThread | undefined;
  let service: DaemonService | undefined;
  try {
    store = await StateStore.open({ folder, trust });
    const onChanged = (keys: readonly string[]): void => service?.handleSettingsChanged(keys);
    const settings = new SettingsStore({ store, layers, readFile, onChanged });
    engine = await startEngine(folder, settings.current, {
      onNews: (news) => service?.handleNews(news),
      onCrash: options.onCrash,
    });
    service = new DaemonService({
      store,
      settings,
      engine,
      listenPort: engine.port,
      version: options.version,
      shutdown: options.onShutdown,
    });
    await service.start();
    return new Daemon({ lock, store, engine }, service);
  } catch (error) {
    await engine?.close();
    await store?.close();
    throw error;
  }
}

function startEngine(
  folder: string,
  settings: Settings,
  callbacks: Parameters<typeof EngineThread.start>[1],
): Promise<EngineThread> {
  const { "network.bind": bind, "network.port": port, "network.port_mapping": portMapping } = settings;
  const diskThreads = settings["engine.disk_threads"];
  const bootstrap = settings["network.dht_bootstrap"].map(parseHostPort);
  return EngineThread.start(
    {
      stateDir: join(folder, ENGINE_FOLDER),
      bind: bind === "" ? undefined : bind,
      port,
      diskThreads: diskThreads === 0 ? undefined : diskThreads,
      portMapping,
      dht: { enabled: settings["network.dht"], ...(bootstrap.length === 0 ? {} : { bootstrap }) },
      localDiscovery: settings["network.lsd"],
      connectionsMax: settings["network.connections_max"],
      peersMax: settings["network.torrent_connections_max"],
      limits: {},
    },
    callbacks,
  );
}

/** Throws "config-invalid". */
function readLayers(options: DaemonOptions): {
  readonly layers: ReadonlyMap<SettingSource, RawSettings>;
  readonly readFile: () => RawSettings;
} {
  const { configFile, env } = options;
  const path = configFile ?? defaultConfigPath(env);
  const readFile = (): RawSettings => {
    const layer = readConfigFile(path, { mustExist: configFile !== undefined });
    checkLayer("file", layer);
    return layer;
  };
  const layers = new Map<SettingSource, RawSettings>([
    ["file", readFile()],
    ["environment", readEnvironment(env)],
    ["command", readAssignments(options.assignments)],
  ]);
  for (const [source, layer] of layers) checkLayer(source, layer);
  return { layers, readFile };
}
