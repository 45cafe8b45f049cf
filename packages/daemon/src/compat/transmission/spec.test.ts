/** What docs/rpc-spec.md of Transmission 4.1 lists, in the JSON-RPC form: every field, under its name, of its type. */
import { describe, expect, it } from "vitest";
import { bodyText } from "../../test-support/body-text.ts";
import { FakeService, makeTorrent } from "../../test-support/fake-service.ts";
import { TransmissionApi } from "./transmission-api.ts";

const TORRENT_NUMBERS = (
  "activity_date added_date bandwidth_priority corrupt_ever date_created desired_available done_date downloaded_ever " +
  "download_limit edit_date error eta eta_idle file_count have_unchecked have_valid id left_until_done " +
  "manual_announce_time max_connected_peers metadata_percent_complete peer_limit peers_connected peers_getting_from_us " +
  "peers_sending_to_us percent_complete percent_done piece_count piece_size queue_position rate_download rate_upload " +
  "recheck_progress seconds_downloading seconds_seeding seed_idle_limit seed_idle_mode seed_ratio_limit " +
  "seed_ratio_mode sequential_download_from_piece size_when_done start_date status total_size uploaded_ever " +
  "upload_limit upload_ratio webseeds_sending_to_us"
).split(" ");
const TORRENT_TEXTS = (
  "comment creator download_dir error_string group hash_string magnet_link name pieces primary_mime_type torrent_file " +
  "tracker_list"
).split(" ");
const TORRENT_FLAGS =
  "download_limited honors_session_limits is_finished is_private is_stalled sequential_download upload_limited".split(
    " ",
  );
const TORRENT_LISTS =
  "availability bytes_completed files file_stats labels peers priorities trackers tracker_stats wanted webseeds".split(
    " ",
  );
const TRACKER_STATS = (
  "announce announce_state download_count downloader_count has_announced has_scraped host id is_backup " +
  "last_announce_peer_count last_announce_result last_announce_start_time last_announce_succeeded last_announce_time " +
  "last_announce_timed_out last_scrape_result last_scrape_start_time last_scrape_succeeded last_scrape_time " +
  "last_scrape_timed_out leecher_count next_announce_time next_scrape_time scrape scrape_state seeder_count sitename tier"
).split(" ");

const SESSION = (
  "alt_speed_down alt_speed_enabled alt_speed_time_begin alt_speed_time_day alt_speed_time_enabled alt_speed_time_end " +
  "alt_speed_up anti_brute_force_enabled blocklist_enabled blocklist_size blocklist_url cache_size_mib config_dir " +
  "default_trackers dht_enabled download_dir download_dir_free_space download_queue_enabled download_queue_size " +
  "encryption idle_seeding_limit idle_seeding_limit_enabled incomplete_dir incomplete_dir_enabled lpd_enabled " +
  "peer_limit_global peer_limit_per_torrent peer_port_random_on_start peer_port pex_enabled port_forwarding_enabled " +
  "preferred_transports queue_stalled_enabled queue_stalled_minutes rename_partial_files reqq rpc_version_minimum " +
  "rpc_version_semver rpc_version script_torrent_added_enabled script_torrent_added_filename " +
  "script_torrent_done_enabled script_torrent_done_filename script_torrent_done_seeding_enabled " +
  "script_torrent_done_seeding_filename seed_queue_enabled seed_queue_size seed_ratio_limit seed_ratio_limited " +
  "sequential_download session_id speed_limit_down speed_limit_down_enabled speed_limit_up speed_limit_up_enabled " +
  "start_added_torrents tcp_enabled trash_original_torrent_files units utp_enabled version"
).split(" ");

const METHODS = (
  "blocklist_update free_space group_get group_set port_test queue_move_bottom queue_move_down queue_move_top " +
  "queue_move_up session_get session_set session_stats torrent_add torrent_get torrent_reannounce torrent_remove " +
  "torrent_rename_path torrent_set torrent_set_location torrent_start torrent_start_now torrent_stop torrent_verify"
).split(" ");

type Fields = Readonly<Record<string, unknown>>;

function start(): (method: string, params?: object, id?: unknown) => Promise<Fields> {
  const service = new FakeService([makeTorrent(1)]).asService();
  const api = new TransmissionApi({ service, stateFolder: "/state" });
  return async (method, params = {}, id = 1) => {
    const body = JSON.stringify({ jsonrpc: "2.0", method, params, id });
    const sent = { method: "POST", sessionId: api.sessionId, body, isSudo: true, mayControl: true };
    return JSON.parse(bodyText((await api.handle(sent)).body)) as Fields;
  };
}

describe("the JSON-RPC form", () => {
  it("has every field of a torrent", async () => {
    const asked = [...TORRENT_NUMBERS, ...TORRENT_TEXTS, ...TORRENT_FLAGS, ...TORRENT_LISTS, "peers_from"];
    const answer = await start()("torrent_get", { fields: asked });
    const { torrents } = answer["result"] as { torrents: readonly Fields[] };
    const [torrent = {}] = torrents;
    expect(Object.keys(torrent).toSorted()).toEqual(asked.toSorted());
    for (const name of TORRENT_NUMBERS) expect([name, torrent[name]]).toEqual([name, expect.any(Number)]);
    for (const name of TORRENT_TEXTS) expect([name, torrent[name]]).toEqual([name, expect.any(String)]);
    for (const name of TORRENT_FLAGS) expect([name, torrent[name]]).toEqual([name, expect.any(Boolean)]);
    for (const name of TORRENT_LISTS) expect([name, torrent[name]]).toEqual([name, expect.any(Array)]);
    expect(torrent["wanted"]).toEqual([true]);
    const [files, stats] = [torrent["files"], torrent["file_stats"]] as (readonly Fields[])[];
    expect(Object.keys(files?.[0] ?? {}).toSorted()).toEqual([
      "begin_piece",
      "bytes_completed",
      "end_piece",
      "length",
      "name",
    ]);
    expect(Object.keys(stats?.[0] ?? {}).toSorted()).toEqual(["bytes_completed", "priority", "wanted"]);
    const [trackers, trackerStats] = [torrent["trackers"], torrent["tracker_stats"]] as (readonly Fields[])[];
    expect(Object.keys(trackers?.[0] ?? {}).toSorted()).toEqual(["announce", "id", "scrape", "sitename", "tier"]);
    expect(Object.keys(trackerStats?.[0] ?? {}).toSorted()).toEqual(TRACKER_STATS);
    const sources = ["from_cache", "from_dht", "from_incoming", "from_lpd", "from_ltep", "from_pex", "from_tracker"];
    expect(Object.keys(Object(torrent["peers_from"])).toSorted()).toEqual(sources);
  });

  it("has every field of a session, in the words of this form", async () => {
    const { result } = await start()("session_get");
    expect(Object.keys(Object(result))).toEqual(expect.arrayContaining(SESSION));
    expect(result).toMatchObject({ encryption: "allowed", rpc_version_semver: "6.0.0", preferred_transports: ["tcp"] });
  });

  it.each(METHODS)("knows %s", async (method) => {
    const answer = await start()(method, { ids: [] });
    expect(answer).toMatchObject({ jsonrpc: "2.0", id: 1 });
    expect(answer["error"]).not.toEqual(expect.objectContaining({ code: -32601 }));
  });

  it("refuses what is no call", async () => {
    const ask = start();
    expect(await ask("torrent-get")).toMatchObject({ error: { code: -32601 } });
    expect(await ask("torrent_get", { fields: ["id"] }, {})).toMatchObject({ error: { code: -32600 }, id: null });
    expect(await ask("torrent_get", {}, "text")).toMatchObject({ error: { code: -32602 }, id: "text" });
    expect(await ask("torrent_add", { download_dir: "here", metainfo: "x" })).toMatchObject({ error: { code: 3 } });
  });
});
