/** Client names from peer ids (BEP 20): a courtesy for people, never a reason to treat a peer differently. */

// Ids seen in swarms today; the two letters are the client's own choice.
const AZUREUS_NAMES: ReadonlyMap<string, string> = new Map([
  ["7T", "aTorrent"],
  ["AZ", "Vuze"],
  ["BC", "BitComet"],
  ["BG", "BTGetit"],
  ["BI", "BiglyBT"],
  ["BT", "BitTorrent"],
  ["DE", "Deluge"],
  ["FD", "Free Download Manager"],
  ["FL", "Folx"],
  ["FW", "FrostWire"],
  ["KG", "KGet"],
  ["KT", "KTorrent"],
  ["LP", "Lphant"],
  ["LT", "libtorrent"],
  ["lt", "rTorrent/libTorrent"],
  ["LW", "LimeWire"],
  ["PI", "PicoTorrent"],
  ["qB", "qBittorrent"],
  ["rQ", "rqbit"],
  ["SD", "Xunlei"],
  ["TB", "Torch"],
  ["TL", "Tribler"],
  ["TO", "Torrential"],
  ["TR", "Transmission"],
  ["TX", "Tixati"],
  ["UE", "µTorrent Embedded"],
  ["UM", "µTorrent Mac"],
  ["UT", "µTorrent"],
  ["UW", "µTorrent Web"],
  ["WD", "WebTorrent Desktop"],
  ["WW", "WebTorrent"],
  ["XL", "Xunlei"],
]);

// WebTorrent writes major and minor as two digits each: 0300 is 3.0.
const TWO_DIGIT_VERSIONS: ReadonlySet<string> = new Set(["WW", "WD"]);

const DASHED_NAMES: ReadonlyMap<string, string> = new Map([
  ["A2", "aria2"],
  ["M", "BitTorrent"],
  ["Q", "Queen Bee"],
]);

const SHADOW_NAMES: ReadonlyMap<string, string> = new Map([
  ["A", "ABC"],
  ["O", "Osprey"],
  ["R", "Tribler"],
  ["S", "Shadow"],
  ["T", "BitTornado"],
  ["U", "UPnP NAT"],
]);

/** "qBittorrent 4.5.2" when the id follows a known convention; otherwise its printable start, the rest as %xx. */
export function describePeerId(id: Uint8Array): string {
  const text = String.fromCharCode(...id.subarray(0, 20));
  return describeAzureus(text) ?? describeDashed(text) ?? describeShadow(text) ?? escapeUnprintable(text);
}

// "-qB4520-": two letters, four version digits, of which a trailing zero is usually padding.
function describeAzureus(text: string): string | undefined {
  const match = /^-([A-Za-z0-9~]{2})([0-9A-Za-z]{3})([0-9A-Za-z])[-!]/.exec(text);
  if (match === null) return undefined;
  const [, letters = "", digits = "", last = ""] = match;
  const name = AZUREUS_NAMES.get(letters) ?? letters;
  if (TWO_DIGIT_VERSIONS.has(letters) && /^\d+$/.test(digits + last)) {
    const version = digits + last;
    return `${name} ${Number(version.slice(0, 2))}.${Number(version.slice(2))}`;
  }
  const parts = Array.from(digits, versionDigit);
  // A letter in last place marks a build (Deluge 's', µTorrent 'W'), not a number.
  if (/[1-9]/.test(last)) parts.push(versionDigit(last));
  return `${name} ${parts.join(".")}`;
}

// "M7-9-2--", "A2-1-36-0-": decimal numbers between dashes.
function describeDashed(text: string): string | undefined {
  const match = /^(A2-|M|Q)(\d{1,3})-(\d{1,3})-(\d{1,3})-/.exec(text);
  if (match === null) return undefined;
  const [, letters = "", major, minor, patch] = match;
  const name = DASHED_NAMES.get(letters.replace("-", ""));
  return name === undefined ? undefined : `${name} ${major}.${minor}.${patch}`;
}

// "T03I-----": one letter, up to five base-64 digits, dashes to byte 9.
function describeShadow(text: string): string | undefined {
  const match = /^([AORSTU])([0-9A-Za-z]{2,4})-{2,}/.exec(text);
  if (match === null) return undefined;
  const [, letter = "", digits = ""] = match;
  return `${SHADOW_NAMES.get(letter)} ${Array.from(digits, versionDigit).join(".")}`;
}

// Digits go on after 9 with letters: rTorrent's 0D80 is 0.13.8.
function versionDigit(digit: string): string {
  return String(Number.parseInt(digit, 36));
}

function escapeUnprintable(text: string): string {
  // "%" too, so that the escape can be undone.
  return text.replace(/[^!-$&-~]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
