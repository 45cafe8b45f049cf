/** Numbers as people of a language read them. Sizes in powers of 1000, as disks and links are sold. */

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;
const THOUSAND = 1000;

export interface Format {
  readonly bytes: (bytes: number) => string;
  /** Of powers of two, as piece lengths are: "256 KiB". */
  readonly binary: (bytes: number) => string;
  /** Bytes per second; "" when nothing moves. */
  readonly rate: (bytesPerSec: number) => string;
  readonly percent: (share: number) => string;
  readonly number: (value: number, digits?: number) => string;
  /** Of milliseconds, in its two largest units. */
  readonly duration: (ms: number) => string;
  /** A point in time, as milliseconds since 1970. */
  readonly dateTime: (atMs: number) => string;
  readonly time: (atMs: number) => string;
}

export function makeFormat(locale: string): Format {
  const byteFormats = UNITS.map((unit, index) => {
    const digits = index === 0 ? 0 : 1;
    return new Intl.NumberFormat(locale, {
      style: "unit",
      unit,
      unitDisplay: index === 0 ? "long" : "short",
      maximumFractionDigits: digits,
    });
  });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  // Making one takes a hundred times as long as using it, and a list has many numbers.
  const numberFormats = new Map<number, Intl.NumberFormat>();
  const numberFormat = (digits: number): Intl.NumberFormat => {
    const known = numberFormats.get(digits) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
    numberFormats.set(digits, known);
    return known;
  };
  const bytes = (value: number): string => {
    let scaled = value;
    let unit = 0;
    while (scaled >= THOUSAND && unit < UNITS.length - 1) {
      scaled /= THOUSAND;
      unit += 1;
    }
    return (byteFormats[unit] ?? byteFormats[0])?.format(scaled) ?? "";
  };
  return {
    bytes,
    binary: makeBinary(locale),
    rate: (bytesPerSec) => (bytesPerSec < 1 ? "" : `${bytes(bytesPerSec)}/s`),
    // 99.97 % is not all of it.
    percent: (share) => percent.format(share < 1 ? Math.min(share, 0.999) : share),
    number: (value, digits = 2) => numberFormat(digits).format(value),
    duration: makeDuration(locale),
    dateTime: (atMs) => dateTime.format(atMs),
    time: (atMs) => time.format(atMs),
  };
}

/** What no locale names. */
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB"] as const;

function makeBinary(locale: string): (bytes: number) => string {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return (bytes) => {
    const unit = Math.min(BINARY_UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
    return `${number.format(bytes / 1024 ** unit)} ${BINARY_UNITS[unit] ?? ""}`;
  };
}

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

function makeDuration(locale: string): (ms: number) => string {
  const formats = new Map(
    STEPS.map(([unit]) => [unit, new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" })]),
  );
  return (ms) => {
    let rest = Math.max(0, Math.round(ms / THOUSAND));
    const parts: string[] = [];
    for (const [unit, seconds] of STEPS) {
      const count = Math.floor(rest / seconds);
      rest -= count * seconds;
      if (count === 0 && (parts.length === 0 || rest === 0)) continue;
      parts.push(formats.get(unit)?.format(count) ?? "");
      if (parts.length === 2) break;
    }
    return parts.length === 0 ? (formats.get("second")?.format(0) ?? "") : parts.join(" ");
  };
}
