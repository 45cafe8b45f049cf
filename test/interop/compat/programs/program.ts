/** A program or library of others that drives a BitTorrent client over one of the two APIs, as the scripted day uses it. */
import type { Fixture } from "../../../support/fixtures.ts";

/** Where it connects to, and as whom. */
export interface Endpoint {
  /** "http://127.0.0.1:1234" */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** What it shows of a torrent; undefined where it has no eyes for it. */
export interface Shown {
  readonly hash: string;
  readonly name: string;
  /** 1 is all. */
  readonly progress: number;
  readonly isStopped: boolean;
  readonly labels?: readonly string[];
  readonly folder?: string;
  readonly downLimit?: number;
  /** Its place in the queue; smaller is earlier. */
  readonly position?: number;
}

/** What it has no words for is absent. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  /** Asks for a folder around each single file. */
  readonly wantsFolders?: boolean;
  /** All three add it stopped. */
  addFile(torrent: Fixture, folder: string): Promise<unknown>;
  addMagnet(uri: string, folder: string): Promise<unknown>;
  addUrl(url: string, folder: string): Promise<unknown>;
  list(): Promise<readonly Shown[]>;
  /** Bytes per second, in whole KiB. */
  limit?(hash: string, bytesPerSecond: number): Promise<unknown>;
  label?(hash: string, label: string): Promise<unknown>;
  move?(hash: string, folder: string): Promise<unknown>;
  rename?(hash: string, names: { readonly from: string; readonly to: string }): Promise<unknown>;
  toTop?(hash: string): Promise<unknown>;
  verify(hash: string): Promise<unknown>;
  stop(hash: string): Promise<unknown>;
  start(hash: string): Promise<unknown>;
  remove(hash: string, options: { readonly withData: boolean }): Promise<unknown>;
}
