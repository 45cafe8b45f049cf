import { describe, expect, it } from "vitest";
import { camel, canonicalName, kebab, respell } from "./names.ts";

describe("names of Transmission's RPC", () => {
  it.each([
    ["peer-limit", "peer_limit"],
    ["fileCount", "file_count"],
    ["file-count", "file_count"],
    ["hashString", "hash_string"],
    ["isUTP", "is_utp"],
    ["cache-size-mb", "cache_size_mib"],
    ["seedRatioLimited", "seed_ratio_limited"],
    ["total_size", "total_size"],
    ["alt-speed-time-begin", "alt_speed_time_begin"],
  ])("%s is %s", (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
  });

  it.each([
    ["hash_string", "hashString"],
    ["is_utp", "isUTP"],
    ["downloader_count", "downloader_count"],
    ["begin_piece", "begin_piece"],
    ["bytes_completed", "bytesCompleted"],
  ])("a classic torrent says %s as %s", (canonical, name) => {
    expect(camel(canonical)).toBe(name);
  });

  it.each([
    ["download_dir", "download-dir"],
    ["seed_ratio_limit", "seedRatioLimit"],
    ["cache_size_mib", "cache-size-mb"],
    ["preferred_transports", "preferred_transports"],
  ])("a classic session says %s as %s", (canonical, name) => {
    expect(kebab(canonical)).toBe(name);
  });

  it("respells names at every depth, and no values", () => {
    expect(respell({ a_b: [{ c_d: "e_f" }], g: null }, camel)).toEqual({ aB: [{ cD: "e_f" }], g: null });
  });
});
