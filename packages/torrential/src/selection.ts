/** Which files of a torrent `--select` means. */
import { type Metainfo, TorrentialError } from "@torrential/core";
import picomatch from "picomatch";
import { toLine } from "./text.ts";

const WANTED = 4;
const UNWANTED = 0;
const NAMES_SHOWN = 5;

/**
 * A priority for each file: those that fit any of `globs` are wanted. A glob fits a path with or without the torrent's
 * name in front, a folder with all that is in it, and, when it has no slash, the name of a file at any depth.
 * Throws "select-none" when nothing fits.
 */
export function selectFiles(metainfo: Metainfo, globs: readonly string[]): readonly number[] {
  const matchers = globs.map(makeMatcher);
  const priorities = metainfo.files.map((file) =>
    !file.isPad && matchers.some((matches) => matches(file.path)) ? WANTED : UNWANTED,
  );
  if (priorities.includes(WANTED)) return priorities;
  const names = metainfo.files.filter((file) => !file.isPad).map((file) => file.path.join("/"));
  const shown = names.slice(0, NAMES_SHOWN).map(toLine).join(", ");
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  throw new TorrentialError(
    "select-none",
    `${metainfo.name}: no file fits --select ${globs.join(" --select ")}; it has ${shown}${more}`,
  );
}

function makeMatcher(glob: string): (path: readonly string[]) => boolean {
  const pattern = glob.replace(/^\.?\//, "").replace(/\/$/, "");
  const options = { dot: true, nonegate: true };
  const matches = picomatch([pattern, `${pattern}/**`], options);
  const hasSlash = pattern.includes("/");
  return (path) => {
    const whole = path.join("/");
    const inside = path.slice(1).join("/");
    const name = path.at(-1) ?? "";
    // Names with brackets in them are common, and read as patterns they would not fit themselves.
    if (pattern === whole || pattern === inside || pattern === name) return true;
    return matches(whole) || (inside !== "" && matches(inside)) || (!hasSlash && matches(name));
  };
}
