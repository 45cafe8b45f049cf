/** Transmission's units: seconds since 1970, and kB of 1000 bytes. */

const KILOBYTE = 1000;

/** Of milliseconds; 0 for never. */
export function seconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}

export function kilobytes(bytes: number | undefined): number {
  return bytes === undefined ? 0 : Math.round(bytes / KILOBYTE);
}

export function bytes(kilobytesCount: number): number {
  return Math.max(0, Math.trunc(kilobytesCount)) * KILOBYTE;
}
